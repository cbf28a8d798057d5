import * as pulumi from "@pulumi/pulumi";
import { printable } from "../deployer/printable";
import { ConflictingRecords } from "../enums";
import { groupBy } from "../groupBy";
import { refusal } from "../refusal";
import type { KeptRecords } from "../schema";
import type { AccessOf } from "./accounts";
import { answerOf, type FoundRecord, findConflictingRecords, isExclusive, type ZoneEntry } from "./existing";
import { dnsOfNames } from "./placement";
import { accountIn, providerOf } from "./providers";
import type { Access, DnsProvider, NameAt } from "./providers/provider";
import { type DnsRecord, outlineOf, type PlannedRecord, RecordPurpose } from "./record";
import { type RecordFacts, resolveRecords } from "./resolveRecords";
import { stackRecords } from "./stackRecords";

/**
 * Looks, in previews too, whether the accounts at the providers have the zones of the records, and for MX and SPF records in them
 * that contradict the server's, those that the stack itself published earlier aside. (A name server that takes dynamic updates is asked when the record is made,
 * as a preview does not reach it.)
 *
 * @returns nothing, once the zones are known to be free: what depends on it waits for that
 */
export function requireFreeZones(
  name: string,
  args: KeptRecords,
  planned: PlannedRecord[],
  facts: RecordFacts,
  accessOf: AccessOf,
): pulumi.Output<pulumi.Resource[]> {
  const outline = planned.map(outlineOf);
  const ours = resolveRecords(
    planned.filter((each) => isExclusive(outlineOf(each))),
    facts,
  );
  const found = pulumi.output(findZones(args, outline, accessOf).then(() => recordsFound(args, outline, accessOf)));
  // A preview may not know the addresses yet, and where mail goes does not depend on them.
  const known = found.apply(async (there) => {
    const earlier = findConflictingRecords(outline, there).length > 0 ? await stackRecords(name, outline) : [];
    if (findConflictingRecords(outline, there, earlier).some(({ type }) => type === "MX"))
      refuseForeignRecords(outline, there, earlier);
    return { there, earlier };
  });
  return pulumi.all([known, ours]).apply(([{ there, earlier }, records]) => {
    refuseForeignRecords(records, there, earlier);
    return [];
  });
}

/** @throws with what to do about a zone that is not there, or not the one of its names */
export async function findZones(args: KeptRecords, records: DnsRecord[], accessOf: AccessOf): Promise<void> {
  const forward = records.filter(({ purpose }) => purpose !== RecordPurpose.Reverse);
  await Promise.all(
    byAccount(args, forward, accessOf).map(({ provider, names, access }) => provider.checkZones?.(names, access)),
  );
}

/** The MX and TXT records of the zones that are to hold records of which there may be one server's only, unless the args say that they are known. */
export async function recordsFound(
  args: KeptRecords,
  records: DnsRecord[],
  accessOf: AccessOf,
): Promise<FoundRecord[]> {
  const refusing = ({ conflictingRecords }: { conflictingRecords?: ConflictingRecords }) =>
    conflictingRecords === ConflictingRecords.Fail;
  const found = byAccount(args, records.filter(isExclusive), accessOf).map(({ provider, names, access }) => {
    const asked = names.filter((name) => refusing(name.args as object));
    return asked.length === 0 ? [] : (provider.existingRecords?.(asked, access).catch(notLookedUp(asked)) ?? []);
  });
  return (await Promise.all(found)).flat();
}

/** What to do where a provider that has the zones does not tell what they hold. */
function notLookedUp(names: NameAt<unknown>[]): (cause: unknown) => never {
  return (cause) => {
    const all = [...new Set(names.map(({ name }) => name))].sort().join(", ");
    throw refusal(
      `whether another mail server's records stand at ${all} could not be looked up; no record has been changed. Run it again, or set conflictingRecords: keep in the dns of the domain if you know that there are none. The provider's answer: ${answerOf(cause)}`,
    );
  };
}

/** Names of records that one account at one provider keeps. */
interface NamesAtAccount {
  provider: DnsProvider;
  names: NameAt<unknown>[];
  access: Access;
}

function byAccount(args: KeptRecords, records: DnsRecord[], accessOf: AccessOf): NamesAtAccount[] {
  const dnsOf = dnsOfNames(args);
  const placed = records.map(({ name }) => ({ ...providerOf(dnsOf(name)), name }));
  return [...groupBy(placed, ({ provider }) => provider)].flatMap(([provider, all]) =>
    [...groupBy(all, (each) => accountIn(each.args))].map(([, names]) => ({
      provider,
      names,
      access: accessOf(names[0]?.args),
    })),
  );
}

/** @throws with all that contradicts the records and what to do */
export function refuseForeignRecords(
  records: DnsRecord[],
  found: FoundRecord[],
  earlier: readonly ZoneEntry[] = [],
): void {
  const foreign = findConflictingRecords(records, found, earlier);
  if (foreign.length > 0) throw refusal(conflictMessage(foreign));
}

function conflictMessage(foreign: FoundRecord[]): string {
  const lines = foreign.map(({ name, type, value, importId }) => {
    const way = importId === undefined ? "" : ` (import ID ${printable(importId)})`;
    return `  ${printable(`${name} ${type} ${value}`, 500)}${way}`;
  });
  const isImportable = foreign.some(({ importId }) => importId !== undefined);
  const ways = isImportable
    ? "Either delete them at the provider; or bring them into the stack as the server's own records of these names (`pulumi import`), which then change when the server is ready; or let them stay beside the server's. For the latter two, set"
    : "Either delete them at the provider, or let them stay beside the server's. For the latter, set";
  return `The DNS zones hold records of another mail server; no record has been changed:
${lines.join("\n")}
Two SPF records are an error, and mail goes to whichever MX record a sender picks. ${ways} conflictingRecords: keep in the dns of the domain. What this stack itself published is known by the stack's state; where that cannot be (an \`up\` that was killed, a program without outputs, a component with a new name), set it for one run.`;
}
