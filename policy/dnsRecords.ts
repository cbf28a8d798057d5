import { isIP } from "node:net";
import { reverseName } from "../components/addresses";
import { plainName, plainText } from "../components/dns/existing";
import type { Seen } from "./rule";

/** A DNS record that a resource publishes, as far as it is known. */
export interface SeenRecord {
  urn: string;
  /** Fully qualified, without a dot at the end. */
  name: string;
  type: string;
  /** A text in one piece, a name without a dot at the end, an MX record's target without its preference. */
  value: string;
}

/** The records of the types that rules look at (A, AAAA, MX, PTR, TXT), whoever publishes them. */
export function dnsRecords(resources: Seen[]): SeenRecord[] {
  return resources.flatMap((resource) => {
    const read = readers[resource.type];
    const record = read?.(resource.inputs);
    return record ? [{ ...record, urn: resource.urn }] : [];
  });
}

/** Those at whose name another one stands before them. */
export function repeated(records: SeenRecord[]): SeenRecord[] {
  return records.filter(({ name }, index) => records.findIndex((each) => each.name === name) < index);
}

type Read = (inputs: Record<string, unknown>) => Omit<SeenRecord, "urn"> | undefined;

const readers: Record<string, Read> = {
  "ovh:Domain/zoneRecord:ZoneRecord": ({ zone, subdomain, fieldtype, target }) => {
    if (typeof zone !== "string" || typeof fieldtype !== "string" || typeof target !== "string") return undefined;
    // Pseudo-types of OVH's API, which are served as TXT.
    const type = ["DKIM", "DMARC", "SPF"].includes(fieldtype) ? "TXT" : fieldtype;
    return record(subdomain ? `${String(subdomain)}.${zone}` : zone, type, target);
  },
  "ovh:Ip/reverse:Reverse": ({ ReverseIp, ReverseValue }) => {
    if (typeof ReverseIp !== "string" || !isIP(ReverseIp) || typeof ReverseValue !== "string") return undefined;
    return { name: reverseName(ReverseIp), type: "PTR", value: plainName(ReverseValue) };
  },
  "cloudflare:index/dnsRecord:DnsRecord": cloudflareRecord,
  // What it was called before; programs still use it.
  "cloudflare:index/record:Record": cloudflareRecord,
  "command:local:Command": ({ environment }) => {
    const line = (environment as { RECORD?: unknown } | undefined)?.RECORD;
    const [, name, type, value] = (typeof line === "string" && /^(\S+) \d+ IN (\S+) (.*)$/s.exec(line)) || [];
    return name && type && value ? record(name, type, value) : undefined;
  },
};

function cloudflareRecord({ name, type, content }: Record<string, unknown>): ReturnType<Read> {
  if (typeof name !== "string" || typeof type !== "string" || typeof content !== "string") return undefined;
  return record(name, type, content);
}

function record(name: string, type: string, written: string): Omit<SeenRecord, "urn"> {
  const value = type === "TXT" ? plainText(written) : plainName(written.split(/\s+/).at(-1) ?? "");
  return { name: plainName(name), type, value };
}
