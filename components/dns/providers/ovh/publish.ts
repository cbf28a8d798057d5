import type * as ovh from "@ovhcloud/pulumi-ovh";
import * as pulumi from "@pulumi/pulumi";
import { ovhSdk } from "../../../ovhSdk";
import { refusal } from "../../../refusal";
import { answerOf, type FoundRecord, plainName, plainText } from "../../existing";
import { zoneOf } from "../../names";
import type { PublishRecord } from "../publishRecord";
import { type KeptOvhRecord, keptTarget, toOvh } from "./record";

/** A zone at OVH, with every default filled in. */
export interface OvhZone {
  /** The registrable domain of each name, if left out. */
  zone?: string;
  ttl: number;
}

/** Publishes records at OVH. */
export function publishAtOvh({ zone: given, ttl }: OvhZone): PublishRecord {
  return (name, outline, record, opts) => {
    const zone = zoneOf(outline.name, given);
    const { subdomain, fieldtype } = toOvh(outline, zone, ttl);
    const wanted = record.apply((known) => toOvh(known, zone, ttl));
    const target =
      fieldtype === "DKIM"
        ? pulumi.all([wanted, ovhRecordsKept(zone, opts.parent)]).apply(([known, kept]) => keptTarget(known, kept))
        : wanted.apply((known) => known.target);
    // OVH refuses a second CNAME and the like beside the one that is to go.
    const { ZoneRecord } = ovhSdk().domain;
    return new ZoneRecord(name, { zone, subdomain, fieldtype, target, ttl }, { ...opts, deleteBeforeReplace: true });
  };
}

/**
 * The zone's name, if the account has the zone.
 * @throws with what to do, if it has not
 */
export async function zoneInAccount(zone: string, parent: pulumi.Resource): Promise<string> {
  try {
    return (await ovhSdk().domain.getZone({ name: zone }, { parent })).name;
  } catch (cause) {
    throw refusal(
      `OVH does not show the DNS zone ${zone} to these credentials: order the zone (it is free with a domain, and can be had without one), let the credentials read /domain/zone/${zone}, or name the zone that holds the records as dns.ovh.zone. OVH's answer: ${answerOf(cause)}`,
    );
  }
}

/** The MX and TXT records of a zone. None in a preview that does not know yet how the provider logs in. */
export async function ovhRecordsFound(zone: string, parent: pulumi.Resource): Promise<FoundRecord[]> {
  return (await ovhRecords(zone, parent)).flatMap(({ id, subDomain, fieldType, target }) => {
    const at = { name: subDomain ? `${subDomain}.${zone}` : zone, importId: `${id}.${zone}` };
    if (fieldType === "MX") return [{ ...at, type: "MX", value: plainName(target.split(/\s+/).at(-1) ?? "") }];
    return ["TXT", "SPF"].includes(fieldType) ? [{ ...at, type: "TXT", value: plainText(target) }] : [];
  });
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
  const sdk = ovhSdk();
  const asked = sdk
    .getDomainZoneRecords({ zoneName: zone }, { parent })
    .then(({ ids = [] }) => Promise.all(ids.map((id) => sdk.getDomainZoneRecord({ zoneName: zone, id }, { parent }))));
  own.set(zone, asked);
  return asked;
}
