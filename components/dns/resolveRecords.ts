import * as pulumi from "@pulumi/pulumi";
import type { MachineAddresses } from "../machineAddresses";
import type { DkimPublicKeys } from "./dkimKeys";
import { type DnsFacts, type DnsRecord, type PlannedRecord, recordWith } from "./record";
import { factOf } from "./records";
import { type Fact, factsIn } from "./recordText";

/** What records say that is known only when the machines and the keys exist. */
export interface RecordFacts {
  /** By the names of the machines. */
  machines: Record<string, MachineSources>;
  dkimKeys: DkimPublicKeys;
  /** As in `DnsFacts`; known once the machine works. */
  acmeAccountUri?: pulumi.Input<string>;
}

/** What records say of a machine. */
interface MachineSources extends MachineAddresses {
  /** As in `MachineFacts`; known once the machine works. */
  certificateSpkiSha256?: pulumi.Input<string>;
}

/** The record, known as soon as what it says is: an address waits for no key. */
export function resolveRecord(planned: PlannedRecord, facts: RecordFacts): pulumi.Output<DnsRecord> {
  return resolveRecords([planned], facts).apply(([record]) => record as DnsRecord);
}

/** The records, known as soon as all that they say is. */
export function resolveRecords(planned: PlannedRecord[], facts: RecordFacts): pulumi.Output<DnsRecord[]> {
  const needed = planned.flatMap(({ name, value }) => [...factsIn(name), ...factsIn(value)]);
  return pulumi
    .output(partOf(facts, needed))
    .apply((known) => planned.map((each) => recordWith(each, (fact) => factOf(fact, known as DnsFacts))));
}

/** The facts that are needed: one that is not must not be waited for. */
function partOf(facts: RecordFacts, needed: Fact[]): pulumi.Inputs {
  const keys = needed.flatMap((fact) => (fact.from === "dkimKey" ? [fact.record] : []));
  const ofMachine = (name: string, { ipv4Address, ipv6Address, certificateSpkiSha256 }: MachineSources) => {
    const sources = new Set(needed.flatMap((fact) => ("machine" in fact && fact.machine === name ? [fact.from] : [])));
    return {
      ...(sources.has("ipv4") || sources.has("reverseIpv4") ? { ipv4Address } : {}),
      ...(sources.has("ipv6") || sources.has("reverseIpv6") ? { ipv6Address } : {}),
      ...(sources.has("certificateSpkiSha256") ? { certificateSpkiSha256 } : {}),
    };
  };
  return {
    machines: Object.fromEntries(Object.entries(facts.machines).map(([name, each]) => [name, ofMachine(name, each)])),
    dkimPublicKeys: Object.fromEntries(keys.map((name) => [name, facts.dkimKeys.get(name)?.publicKeyPem ?? ""])),
    ...(needed.some(({ from }) => from === "acmeAccountUri") ? { acmeAccountUri: facts.acmeAccountUri } : {}),
  };
}
