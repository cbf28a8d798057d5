import type * as ovh from "@ovhcloud/pulumi-ovh";
import * as pulumi from "@pulumi/pulumi";
import { ovhSdk } from "../../../ovhSdk";
import { refusal } from "../../../refusal";
import { answerOf, type FoundRecord, plainName, plainText } from "../../existing";
import { zoneOf } from "../../names";
import type { Access } from "../provider";
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
        ? pulumi.all([wanted, ovhRecordsKept(zone, opts)]).apply(([known, kept]) => keptTarget(known, kept))
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
export async function zoneInAccount(zone: string, access: Access): Promise<string> {
  try {
    return (await ovhSdk().domain.getZone({ name: zone }, access)).name;
  } catch (cause) {
    throw refusal(
      `OVH does not show the DNS zone ${zone} to these credentials: order the zone (it is free with a domain, and can be had without one), let the credentials read /domain/zone/${zone}; name the zone that holds the records as dns.ovh.zone; or, where another account has the zone, name that one (dns.ovh.account). OVH's answer: ${answerOf(cause)}`,
    );
  }
}

/** The MX and TXT records of a zone. None in a preview that does not know yet how the provider logs in. */
export async function ovhRecordsFound(zone: string, access: Access): Promise<FoundRecord[]> {
  return (await ovhRecords(zone, access)).flatMap(({ id, subDomain, fieldType, target }) => {
    const at = { name: subDomain ? `${subDomain}.${zone}` : zone, importId: `${id}.${zone}` };
    if (fieldType === "MX") return [{ ...at, type: "MX", value: plainName(target.split(/\s+/).at(-1) ?? "") }];
    return ["TXT", "SPF"].includes(fieldType) ? [{ ...at, type: "TXT", value: plainText(target) }] : [];
  });
}

/** All records of a zone; none where the look-up fails, since that is no reason against a record. */
function ovhRecordsKept(zone: string, { parent, provider }: Access): Promise<KeptOvhRecord[]> {
  return ovhRecords(zone, { parent, provider }).catch(() => []);
}

type OvhRecords = Promise<ovh.GetDomainZoneRecordResult[]>;

/** The look-ups so far, by as whom they were asked. */
const lookUps = new WeakMap<object, Map<string, OvhRecords>>();

const nobody = {};

/** All records of a zone, which OVH tells one by one: each is asked for once for all that want it. */
function ovhRecords(zone: string, access: Access): OvhRecords {
  const by = access.provider ?? access.parent ?? nobody;
  const own = lookUps.get(by) ?? new Map<string, OvhRecords>();
  lookUps.set(by, own);
  const known = own.get(zone);
  if (known) return known;
  const sdk = ovhSdk();
  const asked = sdk
    .getDomainZoneRecords({ zoneName: zone }, access)
    .then(({ ids = [] }) => Promise.all(ids.map((id) => sdk.getDomainZoneRecord({ zoneName: zone, id }, access))));
  own.set(zone, asked);
  return asked;
}
