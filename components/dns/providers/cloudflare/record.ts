import type * as cloudflare from "@pulumi/cloudflare";
import type * as pulumi from "@pulumi/pulumi";
import { judged, presentation } from "../../presentation";
import type { DnsRecord } from "../../record";

/** The arguments of a `cloudflare.DnsRecord`, all but the zone of them known. */
export interface CloudflareRecord {
  zoneId: pulumi.Input<string>;
  name: string;
  type: string;
  ttl: number;
  proxied: boolean;
  content?: string;
  priority?: number;
  data?: CloudflareData;
}

/** What a record says where Cloudflare's API wants it in parts. */
export type CloudflareData = Partial<
  Record<"priority" | "weight" | "port" | "flags" | "usage" | "selector" | "matchingType", number> &
    Record<"target" | "tag" | "value" | "certificate", string>
>;

/** The member of the parts that holds a record's value; the others follow from its outline. */
export function valueMember(type: string): "target" | "certificate" | "value" {
  return type === "SRV" ? "target" : type === "TLSA" ? "certificate" : "value";
}

/**
 * A record as Cloudflare's API wants it: fully qualified name, no dots at the end, TXT in quotes and in pieces, SRV, CAA and TLSA in parts. Never through
 * Cloudflare's proxy, which speaks neither SMTP nor IMAP.
 *
 * @param ttl seconds; 1 is Cloudflare's choice
 */
export function toCloudflare(record: DnsRecord, zoneId: pulumi.Input<string>, ttl: number): CloudflareRecord {
  const { name, type } = record;
  return { zoneId, name, type, ttl, proxied: false, ...dataOf(record) } satisfies cloudflare.DnsRecordArgs;
}

/** What a record says, in the members that it has for that. */
export function dataOf(record: DnsRecord): Pick<CloudflareRecord, "content" | "priority" | "data"> {
  const { value, priority = 0, srv, caa, tlsa } = judged(record);
  switch (record.type) {
    case "MX":
      return { content: value || ".", priority: record.priority ?? 10 };
    case "TXT":
      return { content: presentation(record) };
    case "SRV":
      // The API repeats the priority outside the parts; without it there, every preview shows a change
      // (https://github.com/cloudflare/terraform-provider-cloudflare/issues/6684).
      return {
        priority,
        data: { priority, weight: srv?.weight ?? 0, port: srv?.port ?? 0, target: value || "." },
      };
    case "CAA":
      return { data: { flags: caa?.flags ?? 0, tag: caa?.tag ?? "issue", value } };
    case "TLSA":
      return {
        data: {
          usage: tlsa?.usage ?? 3,
          selector: tlsa?.selector ?? 1,
          matchingType: tlsa?.matchingType ?? 1,
          certificate: value.toLowerCase(),
        },
      };
    default:
      return { content: value };
  }
}
