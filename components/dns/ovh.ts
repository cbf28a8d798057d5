import * as ovh from "@ovhcloud/pulumi-ovh";
import * as pulumi from "@pulumi/pulumi";
import { getDomain } from "tldts";
import { refusal } from "../refusal";
import type { DnsAdapter } from "./adapter";
import { answerOf, type FoundRecord, plainName, plainText, type RecordText } from "./existing";
import { type KeptOvhRecord, keptTarget, toOvh } from "./ovhRecord";

/** A zone at OVH, with every default filled in. */
export interface OvhZone {
  /** The registrable domain of each name, if left out. */
  zone?: string;
  ttl: number;
}

/** Publishes records at OVH. */
export function ovhAdapter({ zone: given, ttl }: OvhZone): DnsAdapter {
  return (name, outline, record, opts) => {
    const zone = ovhZoneOf(outline.name, given);
    const { subdomain, fieldtype } = toOvh(outline, zone, ttl);
    const wanted = record.apply((known) => toOvh(known, zone, ttl));
    const target =
      fieldtype === "DKIM"
        ? pulumi.all([wanted, ovhRecordsKept(zone, opts.parent)]).apply(([known, kept]) => keptTarget(known, kept))
        : wanted.apply((known) => known.target);
    // OVH refuses a second CNAME and the like beside the one that is to go.
    return new ovh.domain.ZoneRecord(
      name,
      { zone, subdomain, fieldtype, target, ttl },
      { ...opts, deleteBeforeReplace: true },
    );
  };
}

/** The zone that a name is in: the one that was given, else the name's registrable domain. */
export function ovhZoneOf(name: string, given?: string): string {
  return given ?? getDomain(name) ?? name;
}

/**
 * The zone's name, if the account has the zone.
 * @throws with what to do, if it has not
 */
export async function zoneInAccount(zone: string, parent: pulumi.Resource): Promise<string> {
  try {
    return (await ovh.domain.getZone({ name: zone }, { parent })).name;
  } catch (cause) {
    throw refusal(
      `OVH does not show the DNS zone ${zone} to these credentials: order the zone (it is free with a domain, and can be had without one), let the credentials read /domain/zone/${zone}, or name the zone that holds the records as dns.ovh.zone. OVH's answer: ${answerOf(cause)}`,
    );
  }
}

/** The MX and TXT records of a zone. None in a preview that does not know yet how the provider logs in. */
export async function ovhRecordsFound(zone: string, parent: pulumi.Resource): Promise<FoundRecord[]> {
  return (await ovhRecords(zone, parent)).flatMap((each) =>
    atOvh(each, zone).map((says) => ({ ...says, importId: `${each.id}.${zone}` })),
  );
}

/** What an MX or TXT record in a zone at OVH says; nothing of another. */
export function atOvh(
  { subDomain, fieldType, target }: Pick<KeptOvhRecord, "subDomain" | "fieldType" | "target">,
  zone: string,
): RecordText[] {
  const name = subDomain ? `${subDomain}.${zone}` : zone;
  if (fieldType === "MX") return [{ name, type: "MX", value: plainName(target.split(/\s+/).at(-1) ?? "") }];
  return ["TXT", "SPF"].includes(fieldType) ? [{ name, type: "TXT", value: plainText(target) }] : [];
}

/** All records of a zone; none where the look-up fails, since that is no reason against a record. */
function ovhRecordsKept(zone: string, parent?: pulumi.Resource): Promise<KeptOvhRecord[]> {
  return parent ? ovhRecords(zone, parent).catch(() => []) : Promise.resolve([]);
}

type OvhRecords = Promise<ovh.GetDomainZoneRecordResult[]>;

/** The look-ups so far, by who asked. */
const lookUps = new WeakMap<pulumi.Resource, Map<string, OvhRecords>>();

/** All records of a zone, which OVH tells one by one: each is asked for once for all that want it. */
function ovhRecords(zone: string, parent: pulumi.Resource): OvhRecords {
  const own = lookUps.get(parent) ?? new Map<string, OvhRecords>();
  lookUps.set(parent, own);
  const known = own.get(zone);
  if (known) return known;
  const asked = ovh
    .getDomainZoneRecords({ zoneName: zone }, { parent })
    .then(({ ids = [] }) => Promise.all(ids.map((id) => ovh.getDomainZoneRecord({ zoneName: zone, id }, { parent }))));
  own.set(zone, asked);
  return asked;
}
