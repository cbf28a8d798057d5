import { ReadRequest } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/**
 * Lets Pulumi's library read for an import, when there is no state yet: the engine then leaves the properties out, on which the
 * library's server for plugins fails.
 */
export function allowImports(): void {
  const { getProperties } = ReadRequest.prototype;
  ReadRequest.prototype.getProperties = function (this: ReadRequest) {
    return getProperties.call(this) ?? new Struct();
  };
}
