import * as grpc from "@grpc/grpc-js";
import { type DiffRequest, DiffResponse, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import { containsSecret, isObject, plain, type Values } from "./values";

/** What happens to the properties at some paths, such as `environment.PORT` or `triggers[1]`. */
export type DetailedDiff = Record<string, "add" | "delete" | "update">;

/**
 * The paths at which two values of a property differ. What is secret is one value, whatever it is made of: the engine must not look into it.
 *
 * @param path of the property
 */
export function detailedDiff(path: string, before: unknown, after: unknown): DetailedDiff {
  const [old, wanted] = [plain(before), plain(after)];
  if (JSON.stringify(old) === JSON.stringify(wanted)) return {};
  if (old === undefined || old === null) return { [path]: "add" };
  if (wanted === undefined || wanted === null) return { [path]: "delete" };
  const whole = containsSecret(before) || containsSecret(after);
  if (whole || !isObject(before) || !isObject(after)) return { [path]: "update" };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const parts = names.map((name) => detailedDiff(`${path}.${name}`, before[name], after[name]));
  return Object.assign({}, ...parts) as DetailedDiff;
}

/**
 * Has each answer to a diff say which paths differ, as the official plugins do and Pulumi's library does not: the engine then shows these instead of comparing
 * by itself. Where all of them are in `hideDiffs`, it shows every input.
 *
 * @param details what differs of a resource that was found changed
 */
export function answerInDetail(details: (urn: string, olds: Values, news: Values) => DetailedDiff): void {
  const { addService } = grpc.Server.prototype;
  grpc.Server.prototype.addService = function (this: grpc.Server, service, implementation) {
    const { diff } = implementation as { diff: grpc.handleUnaryCall<DiffRequest, DiffResponse> };
    const detailed: typeof diff = (call, callback) =>
      diff.call(implementation, call, (error, response, ...rest) => {
        if (response?.getChanges() === DiffResponse.DiffChanges.DIFF_SOME) describe(call.request, response);
        callback(error, response, ...rest);
      });
    return addService.call(this, service, Object.assign(implementation, { diff: detailed }));
  };

  function describe(request: DiffRequest, response: DiffResponse): void {
    const [olds, news] = [request.getOlds(), request.getNews()].map(
      (values) => (values?.toJavaScript() ?? {}) as Values,
    );
    const replacing = response.getReplacesList();
    const { Kind } = PropertyDiff;
    const kinds = {
      add: [Kind.ADD, Kind.ADD_REPLACE],
      delete: [Kind.DELETE, Kind.DELETE_REPLACE],
      update: [Kind.UPDATE, Kind.UPDATE_REPLACE],
    };
    for (const [path, what] of Object.entries(details(request.getUrn(), olds ?? {}, news ?? {}))) {
      const replaces = replacing.includes(path.split(/[.[]/, 1)[0] ?? "");
      const property = new PropertyDiff();
      property.setKind(kinds[what][replaces ? 1 : 0] ?? Kind.UPDATE);
      response.getDetaileddiffMap().set(path, property);
    }
    response.setHasdetaileddiff(true);
  }
}
