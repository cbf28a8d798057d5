import type * as ovh from "@ovhcloud/pulumi-ovh";
import { plainText } from "../../existing";
import { relativeName } from "../../names";
import { judged, presentation } from "../../presentation";
import type { DnsRecord } from "../../record";

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

/** A record as OVH's API gives it back. */
export interface KeptOvhRecord {
  fieldType: string;
  subDomain: string;
  target: string;
  ttl: number;
}

/**
 * The target of a DKIM record in the form in which OVH holds it already, in quotes and pieces or without: the provider overlooks a different form of a TXT
 * record only. As a change it is sent without them, since the API takes no others.
 */
export function keptTarget({ fieldtype, subdomain, target, ttl }: OvhRecord, kept: KeptOvhRecord[]): string {
  const same = kept.find(
    (each) =>
      each.fieldType === fieldtype &&
      each.subDomain === subdomain &&
      each.ttl === ttl &&
      plainText(each.target) === target,
  );
  return same?.target ?? target;
}
