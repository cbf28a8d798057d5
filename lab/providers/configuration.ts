import * as grpc from "@grpc/grpc-js";
import type { ConfigureRequest } from "@pulumi/pulumi/proto/provider_pb";
import { plainValues, type Values } from "./values";

/** Has the plugin told what its provider resource says, or the stack's configuration: Pulumi's library keeps it from plugins. */
export function tellConfiguration(told: (configuration: Values) => void): void {
  const { addService } = grpc.Server.prototype;
  grpc.Server.prototype.addService = function (this: grpc.Server, service, implementation) {
    const { configure } = implementation as { configure: grpc.handleUnaryCall<ConfigureRequest, unknown> };
    const telling: typeof configure = (call, callback) => {
      told(plainValues((call.request.getArgs()?.toJavaScript() ?? {}) as Values));
      configure.call(implementation, call, callback);
    };
    return addService.call(this, service, Object.assign(implementation, { configure: telling }));
  };
}
