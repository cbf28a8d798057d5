import * as pulumi from "@pulumi/pulumi";
import { ResourceInvokeRequest } from "@pulumi/pulumi/proto/resource_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { atCloudflare } from "./cloudflare";
import type { RecordText } from "./existing";
import { atOvh } from "./ovh";
import type { DnsRecord } from "./records";

/**
 * What these records said when the stack published them last, in whatever zone: what a zone holds in these words is the stack's own, although its args have
 * changed since. The engine tells it from the stack's state. Where it does not, there are none.
 *
 * @param name the component's
 */
export async function stackRecords(name: string, records: Pick<DnsRecord, "id">[]): Promise<RecordText[]> {
  const names = new Set(records.map(({ id }) => `${name}-${id}`));
  const resources = await resourcesInState().catch(() => ({}));
  return Object.entries(resources).flatMap(([urn, { type, outputs }]) => {
    const read = names.has(urn.split("::").slice(3).join("::")) ? readers[type] : undefined;
    return read?.(texts(outputs ?? {})) ?? [];
  });
}

type Texts = Record<string, string>;

const readers: Record<string, (outputs: Texts) => RecordText[]> = {
  "cloudflare:index/dnsRecord:DnsRecord": ({ name = "", type = "", content = "" }) =>
    atCloudflare({ name, type, content }),
  "ovh:Domain/zoneRecord:ZoneRecord": ({ zone = "", subdomain = "", fieldtype = "", target = "" }) =>
    atOvh({ subDomain: subdomain, fieldType: fieldtype, target }, zone),
};

/** The outputs that are texts. One that the program holds for a secret, as an address can be, comes in a wrapping. */
function texts(outputs: Record<string, unknown>): Texts {
  const bare = (each: unknown) => (typeof each === "object" && each !== null && "value" in each ? each.value : each);
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, each]) => {
      const text = bare(each);
      return typeof text === "string" ? [[name, text]] : [];
    }),
  );
}

type State = Record<string, { type: string; outputs?: Record<string, unknown> }>;

/** The stack's resources by their URNs. */
async function resourcesInState(): Promise<State> {
  const stack = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  // The engine does not survive the question for the resources of a stack that has none yet; such a stack has no outputs either.
  const exported = await ask("pulumi:pulumi:readStackOutputs", { name: stack });
  if (Object.keys(exported).length === 0) return {};
  return (await ask("pulumi:pulumi:readStackResourceOutputs", { stackName: stack })) as State;
}

/** Asks the engine itself; `pulumi.runtime.invoke` would make resources of all that stand in outputs, and these are not registered yet. */
function ask(token: string, args: Record<string, string>): Promise<Record<string, unknown>> {
  const request = new ResourceInvokeRequest();
  request.setTok(token);
  request.setArgs(Struct.fromJavaScript(args));
  request.setAcceptresources(false);
  return new Promise((resolve, reject) => {
    pulumi.runtime.getMonitor()?.invoke(request, (error, response) => {
      if (error) return reject(error);
      const { outputs } = (response.getReturn()?.toJavaScript() ?? {}) as { outputs?: Record<string, unknown> };
      resolve(outputs ?? {});
    });
  });
}
