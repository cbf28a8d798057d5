import type * as pulumi from "@pulumi/pulumi";
import type { KeptRecords } from "../schema";
import { zoneFile } from "./presentation";
import { providerOf } from "./providers";
import { type DnsRecord, type PlannedRecord, RecordPurpose } from "./record";
import { type RecordFacts, resolveRecords } from "./resolveRecords";

/** What a component says of its records, each output known as soon as what it says is. */
export interface RecordOutputs {
  records: pulumi.Output<Record<string, DnsRecord>>;
  zoneFile: pulumi.Output<string>;
  reverseRecords: pulumi.Output<Record<string, DnsRecord>>;
  dkimRecords: pulumi.Output<Record<string, string>>;
}

export function recordOutputs(planned: PlannedRecord[], facts: RecordFacts, args: KeptRecords): RecordOutputs {
  const some = (which: (each: PlannedRecord) => boolean) => resolveRecords(planned.filter(which), facts);
  const all = some(() => true);
  return {
    records: all.apply(byId),
    zoneFile: all.apply((known) => zoneFileOf(known, args)),
    reverseRecords: some(({ purpose }) => purpose === RecordPurpose.Reverse).apply(byId),
    dkimRecords: some(({ dkimDomain }) => dkimDomain !== undefined).apply((known) =>
      Object.fromEntries(known.map(({ name, value }) => [name, value])),
    ),
  };
}

/** Records by their ids: in a list, one record more would move all that follow, and a preview would show each as changed. */
function byId(all: DnsRecord[]): Record<string, DnsRecord> {
  return Object.fromEntries(all.map((record) => [record.id, record]));
}

/** All records but the PTR records as a zone file. */
function zoneFileOf(all: DnsRecord[], { dns }: KeptRecords): string {
  const { provider, args: settings } = providerOf(dns);
  return zoneFile(
    all.filter(({ purpose }) => purpose !== RecordPurpose.Reverse),
    provider.ttl(settings),
  );
}
