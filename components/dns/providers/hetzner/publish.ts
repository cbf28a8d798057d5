import { refusal } from "../../../refusal";
import { answerOf, type FoundRecord } from "../../existing";
import { zoneOf } from "../../names";
import type { Access } from "../provider";
import type { PublishRecord } from "../publishRecord";
import { readWritten } from "../readRecord";
import { toHetzner, wholeName } from "./record";
import { hetznerSdk } from "./sdk";

/** A zone at Hetzner. */
export interface HetznerZone {
  /** The registrable domain of each name, if left out. */
  zone?: string;
}

/**
 * Publishes records at Hetzner, each by itself: a resource for all records of a name and type (`ZoneRrset`) would have to be made of texts that are somebody
 * else's, too, such as those that prove to others whose the domain is.
 */
export function publishAtHetzner({ zone: given }: HetznerZone): PublishRecord {
  return (resourceName, outline, record, opts) => {
    const zone = zoneOf(outline.name, given);
    const { name, type } = toHetzner(outline, zone);
    const value = record.apply((known) => toHetzner(known, zone).value);
    const { ZoneRecord } = hetznerSdk();
    // Every change replaces it. Two SPF records are none, and two CNAME records are refused.
    return new ZoneRecord(resourceName, { zone, name, type, value }, { ...opts, deleteBeforeReplace: true });
  };
}

/** @throws with what to do, if the token does not see the zone, or the zone's records are kept elsewhere */
export async function requirePrimaryZone(zone: string, access: Access): Promise<void> {
  const { mode } = await hetznerSdk()
    .getZone({ name: zone }, access)
    .catch((cause: unknown) => {
      throw refusal(
        `Hetzner does not show the DNS zone ${zone} to this token: add the zone in the project of Hetzner Console that the token (HCLOUD_TOKEN) belongs to; name the zone that holds the records as dns.hetzner.zone; or, where another account has the zone, name that one (dns.hetzner.account). Hetzner's answer: ${answerOf(cause)}`,
      );
    });
  // Unknown in a preview that does not know yet how the provider logs in.
  if (mode === undefined || mode === "primary") return;
  throw refusal(
    `the DNS zone ${zone} is a secondary zone at Hetzner, which copies its records from other name servers: name those as dns.rfc2136, or have Hetzner keep the zone as a primary one`,
  );
}

/** The MX and TXT records of a zone. None of them can be imported, as the provider knows a record by what it says. */
export async function hetznerRecordsFound(zone: string, access: Access): Promise<FoundRecord[]> {
  const { rrsets = [] } = await hetznerSdk().getZoneRrsets({ zone }, access);
  return rrsets
    .filter(({ type }) => type === "MX" || type === "TXT")
    .flatMap(({ name, type, records }) =>
      records.flatMap(({ value }) => readWritten(wholeName(name, zone), type, value) ?? []),
    );
}
