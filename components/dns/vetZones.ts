import * as pulumi from "@pulumi/pulumi";
import { ExistingRecords } from "../args";
import { groupBy } from "../groupBy";
import { printable } from "../host/deployer/printable";
import type { DnsModel } from "../model";
import { refusal } from "../refusal";
import type { KeptRecords } from "../schema";
import { cloudflareRecordsFound, nameWithin, zoneName } from "./cloudflare";
import { contradictions, type FoundRecord, isExclusive, type RecordText } from "./existing";
import { keepers } from "./keeper";
import { ovhRecordsFound, ovhZoneOf, zoneInAccount } from "./ovh";
import { type DnsRecord, RecordPurpose, recordOutline } from "./records";
import { stackRecords } from "./stackRecords";

/**
 * Looks, in previews too, whether the accounts at OVH and Cloudflare have the zones of the records, and for MX and SPF records in them
 * that contradict the server's, those that the stack itself published earlier aside. (A name server that takes dynamic updates is asked when the record is made,
 * as a preview does not reach it.)
 *
 * @returns nothing, once the zones are known to be free: what depends on it waits for that
 */
export function vetZones(
  name: string,
  args: KeptRecords,
  model: DnsModel,
  ours: pulumi.Output<DnsRecord[]>,
  parent: pulumi.Resource,
): pulumi.Output<pulumi.Resource[]> {
  const outline = recordOutline(model);
  const found = pulumi.output(findZones(args, outline, parent).then(() => recordsFound(args, outline, parent)));
  // A preview may not know the addresses yet, and where mail goes does not depend on them.
  const known = found.apply(async (there) => {
    const earlier = contradictions(outline, there).length > 0 ? await stackRecords(name, outline) : [];
    if (contradictions(outline, there, earlier).some(({ type }) => type === "MX"))
      refuseForeignRecords(outline, there, earlier);
    return { there, earlier };
  });
  return pulumi.all([known, ours]).apply(([{ there, earlier }, records]) => {
    refuseForeignRecords(records, there, earlier);
    return [];
  });
}

/** @throws with what to do about a zone that is not there, or not the one of its names */
export async function findZones(args: KeptRecords, records: DnsRecord[], parent: pulumi.Resource): Promise<void> {
  const forward = records.filter(({ purpose }) => purpose !== RecordPurpose.Reverse);
  const keeperOf = keepers(args);
  const kept = forward.map(({ name }) => ({ name, ...keeperOf(name) }));
  const atOvh = kept.flatMap(({ name, ovh }) => (ovh ? [ovhZoneOf(name, ovh.zone)] : []));
  const atCloudflare = kept.flatMap(({ name, cloudflare }) =>
    cloudflare ? [{ name, zoneId: cloudflare.zoneId }] : [],
  );
  await Promise.all([
    ...[...new Set(atOvh)].map((zone) => zoneInAccount(zone, parent)),
    ...[...groupBy(atCloudflare, ({ zoneId }) => zoneId)].map(async ([zoneId, names]) => {
      const zone = await zoneName(zoneId, parent);
      for (const { name } of names) if (zone !== undefined) nameWithin(name, zone, zoneId);
    }),
  ]);
}

/** The MX and TXT records of the zones that are to hold records of which there may be one server's only, unless the args say that they are known. */
export async function recordsFound(
  args: KeptRecords,
  records: DnsRecord[],
  parent: pulumi.Resource,
): Promise<FoundRecord[]> {
  const found = [...looks(args, records.filter(isExclusive), parent).values()].map((look) => look());
  return (await Promise.all(found)).flat();
}

/** @throws with all that contradicts the records and what to do */
export function refuseForeignRecords(
  records: DnsRecord[],
  found: FoundRecord[],
  earlier: readonly RecordText[] = [],
): void {
  const foreign = contradictions(records, found, earlier);
  if (foreign.length > 0) throw refusal(complaint(foreign));
}

type Look = () => Promise<FoundRecord[]>;

/** One look a zone. */
function looks(args: KeptRecords, records: DnsRecord[], parent: pulumi.Resource): Map<string, Look> {
  const keeperOf = keepers(args);
  return new Map(
    records.flatMap(({ name }): [string, Look][] => {
      const { ovh, cloudflare } = keeperOf(name);
      if ((ovh ?? cloudflare)?.existing !== ExistingRecords.Refuse) return [];
      if (cloudflare) return [[cloudflare.zoneId, () => cloudflareRecordsFound(cloudflare.zoneId, parent)]];
      const zone = ovhZoneOf(name, ovh?.zone);
      return [[zone, () => ovhRecordsFound(zone, parent)]];
    }),
  );
}

function complaint(foreign: FoundRecord[]): string {
  const lines = foreign.map(
    ({ name, type, value, importId }) =>
      `  ${printable(`${name} ${type} ${value}`, 500)} (import ID ${printable(importId)})`,
  );
  return `The DNS zones hold records of another mail server; no record has been changed:
${lines.join("\n")}
Two SPF records are an error, and mail goes to whichever MX record a sender picks. Either delete them at the provider; or bring them into the stack as the server's own records of these names (\`pulumi import\`), which then change when the server is ready; or let them stay beside the server's. For the latter two, set existing: adopt in the dns of the domain. What this stack itself published is known by the stack's state; where that cannot be (an \`up\` that was killed, a program without outputs, a component with a new name), set it for one run.`;
}
