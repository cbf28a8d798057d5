import type * as hcloud from "@pulumi/hcloud";
import { relativeName } from "../../names";
import { presentation } from "../../presentation";
import type { DnsRecord } from "../../record";

/** The arguments of an `hcloud.ZoneRecord`, all of them known. */
export type HetznerRecord = Record<"zone" | "name" | "type" | "value", string>;

/** How the API calls the zone's own name. */
const apex = "@";

/**
 * A record as Hetzner's API wants it: name relative to its zone, everything else as a zone file writes it. What stands in the zone later is compared with
 * this character by character.
 */
export function toHetzner(record: DnsRecord, zone: string): HetznerRecord {
  return {
    zone,
    name: relativeName(record.name, zone) || apex,
    type: record.type,
    value: presentation(record),
  } satisfies hcloud.ZoneRecordArgs;
}

/** The whole name of a record in a zone. */
export function wholeName(name: string, zone: string): string {
  return name === apex ? zone : `${name}.${zone}`;
}
