import type * as ovh from "@ovhcloud/pulumi-ovh";
import { relativeName } from "./names";
import { judged, presentation } from "./presentation";
import type { DnsRecord } from "./records";

/** The arguments of an `ovh.domain.ZoneRecord`, all of them known. */
export type OvhRecord = Record<"zone" | "subdomain" | "fieldtype" | "target", string> & { ttl: number };

/**
 * A record as OVH's API wants it: name relative to its zone, everything else as a zone file writes it. SPF and DMARC stay TXT, which every other tool
 * can read too; a DKIM key has a type of its own, because a TXT longer than 255 bytes comes back from the API split in another place and so would show as
 * a change forever (https://github.com/ovh/terraform-provider-ovh/issues/1225), and the API refuses quotes in it.
 *
 * @param ttl seconds; 0 is the zone's own
 */
export function toOvh(record: DnsRecord, zone: string, ttl: number): OvhRecord {
  const isKey = judged(record).dkimDomain !== undefined;
  return {
    zone,
    subdomain: relativeName(record.name, zone),
    fieldtype: isKey ? "DKIM" : record.type,
    target: isKey ? record.value : presentation(record),
    ttl,
  } satisfies ovh.domain.ZoneRecordArgs;
}
