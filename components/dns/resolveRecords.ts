import * as pulumi from "@pulumi/pulumi";
import type { MachineAddresses } from "../machineAddresses";
import type { DkimPublicKeys } from "./dkimKeys";
import { type DnsFacts, type DnsRecord, type PlannedRecord, recordWith } from "./record";
import { factOf } from "./records";
import { type Fact, factsIn } from "./recordText";

/** What records say that is known only when the machine and the keys exist. */
export interface RecordFacts extends MachineAddresses {
  dkimKeys: DkimPublicKeys;
  /** As in `DnsFacts`; known once the machine works. */
  certificateSpkiSha256?: pulumi.Input<string>;
  /** As in `DnsFacts`; known once the machine works. */
  acmeAccountUri?: pulumi.Input<string>;
}

/** The record, known as soon as what it says is: an address waits for no key. */
export function resolveRecord(planned: PlannedRecord, facts: RecordFacts): pulumi.Output<DnsRecord> {
  return resolveRecords([planned], facts).apply(([record]) => record as DnsRecord);
}

/** The records, known as soon as all that they say is. */
export function resolveRecords(planned: PlannedRecord[], facts: RecordFacts): pulumi.Output<DnsRecord[]> {
  const needed = planned.flatMap(({ name, value }) => [...factsIn(name), ...factsIn(value)]);
  return pulumi.output(partOf(facts, needed)).apply((known) => {
    const all: DnsFacts = { ipv4Address: "", dkimPublicKeys: {}, ...known };
    return planned.map((each) => recordWith(each, (fact) => factOf(fact, all)));
  });
}

/** The facts that are needed: one that is not must not be waited for. */
function partOf(facts: RecordFacts, needed: Fact[]): pulumi.Inputs {
  const sources = new Set(needed.map(({ from }) => from));
  const keys = needed.flatMap((fact) => (fact.from === "dkimKey" ? [fact.record] : []));
  const dkimPublicKeys = Object.fromEntries(keys.map((name) => [name, facts.dkimKeys.get(name)?.publicKeyPem ?? ""]));
  return {
    ...(sources.has("ipv4") || sources.has("reverseIpv4") ? { ipv4Address: facts.ipv4Address } : {}),
    ...(sources.has("ipv6") || sources.has("reverseIpv6") ? { ipv6Address: facts.ipv6Address } : {}),
    ...(sources.has("certificateSpkiSha256") ? { certificateSpkiSha256: facts.certificateSpkiSha256 } : {}),
    ...(sources.has("acmeAccountUri") ? { acmeAccountUri: facts.acmeAccountUri } : {}),
    ...(keys.length > 0 ? { dkimPublicKeys } : {}),
  };
}
