import * as pulumi from "@pulumi/pulumi";
import { groupBy } from "../groupBy";
import type { Addresses } from "../host/connection";
import type { DnsModel } from "../model";
import type { KeptRecords } from "../schema";
import { adapters } from "./adapters";
import { dkimRecord, signers } from "./dkim";
import type { DkimPublicKeys } from "./dkimKeys";
import { closest, isWithin } from "./names";
import { zoneFile } from "./presentation";
import { type DnsFacts, type DnsRecord, dependsOnCertificate, RecordPurpose, recordOutline, records } from "./records";

/** The records, each known as soon as what it says is known: an address needs no key. */
export interface PlannedRecords {
  all: pulumi.Output<DnsRecord[]>;
  /** All of them with what is known as soon as the addresses are. */
  keyless: pulumi.Output<DnsRecord[]>;
  one(outline: DnsRecord): pulumi.Output<DnsRecord>;
}

/** What the machine tells of itself once it is at work. */
interface Proof {
  certificateKey?: pulumi.Input<string>;
  acmeAccount?: pulumi.Input<string>;
}

/** The records of the server as far as the machine, the keys and, once there is one, the proof tell them. */
export function planRecords(
  { address, addressV6 }: Addresses,
  model: DnsModel,
  keys: DkimPublicKeys,
  proof?: Proof,
): PlannedRecords {
  const addresses = pulumi.output({ address, addressV6 });
  const publicKeys = pulumi.output(Object.fromEntries([...keys].map(([at, key]) => [at, key.publicKeyPem])));
  const proved = pulumi.output({ certificateKey: proof?.certificateKey, acmeAccount: proof?.acmeAccount });
  const plan = (facts: Partial<DnsFacts> & Pick<DnsFacts, "address">) =>
    records(model, { dkimPublicKeys: {}, ...facts });
  const keyless = addresses.apply(plan);
  const addressed = keyless.apply(byId);
  const certified = pulumi.all([addresses, proved]).apply(([known, facts]) => byId(plan({ ...known, ...facts })));
  const dkimOf = new Map(signers(model).map(({ name, dkim }) => [name, dkim]));
  return {
    keyless,
    all: pulumi
      .all([addresses, proved, publicKeys])
      .apply(([known, facts, dkimPublicKeys]) => plan({ ...known, ...facts, dkimPublicKeys })),
    one: (outline) => {
      const key = keys.get(outline.name);
      const dkim = dkimOf.get(outline.dkimDomain ?? "");
      if (key && dkim) return key.publicKeyPem.apply((pem) => ({ ...outline, value: dkimRecord(pem, dkim) }));
      const known = dependsOnCertificate(outline) ? certified : addressed;
      return known.apply((found) => found[outline.id] as DnsRecord);
    },
  };
}

/** Records that are published, by their domain; those of the server itself by the empty text. */
export type Published = ReadonlyMap<string, pulumi.Resource[]>;

/** When records are published. */
interface Turn {
  parent: pulumi.Resource;
  /** What each of them waits for. */
  dependsOn: pulumi.Input<pulumi.Resource[]>;
  /** Of these, each waits for those of its domain and of the server: if each waited for all, the graph would grow by the square of the domains. */
  after?: Published;
}

/** Publishes the records of some purposes as they are planned. */
export type Publish = (planned: PlannedRecords, purposes: RecordPurpose[], turn: Turn) => Published;

/** Publishes records where the args say. What resources there are follows from the model alone. */
export function publisher(name: string, args: KeptRecords, model: DnsModel): Publish {
  const adapterOf = adapters(args);
  const domains = new Set(model.domains.map((domain) => domain.name));
  const domainOf = (at: string) => (isWithin(at, model.hostname) ? "" : (closest(at, domains) ?? ""));
  const byDomain = [...groupBy(recordOutline(model), (outline) => domainOf(outline.name))];
  return (planned, purposes, { parent, dependsOn, after = new Map<string, pulumi.Resource[]>() }) => {
    const made = new Map<string, pulumi.Resource[]>();
    // Loops within one function: the state of each record holds the way of calls to it.
    for (const [domain, own] of byDomain) {
      const earlier = [...new Set(["", domain])].flatMap((each) => after.get(each) ?? []);
      const opts = { parent, dependsOn: pulumi.output(dependsOn).apply((others) => [...others, ...earlier]) };
      const published: pulumi.Resource[] = [];
      for (const outline of own.filter(({ purpose }) => purposes.includes(purpose))) {
        const publishRecord = adapterOf(outline);
        if (!publishRecord) continue;
        const resource = withShortTraces(() =>
          publishRecord(`${name}-${outline.id}`, outline, planned.one(outline), opts),
        );
        published.push(resource);
      }
      made.set(domain, published);
    }
    return made;
  };
}

/** While it works, an error knows where it was made and no more: the SDK makes one for each property of each resource, and keeps it. */
function withShortTraces<T>(work: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** All of several. */
export function together(...several: Published[]): Published {
  const all = several.flatMap((each) => [...each.keys()]);
  return new Map(all.map((domain) => [domain, several.flatMap((each) => each.get(domain) ?? [])]));
}

/** The resources, whosever they are. */
export function resourcesOf(published: Published): pulumi.Resource[] {
  return [...published.values()].flat();
}

/** Records by their ids: in a list, one record more would move all that follow, and a preview would show each as changed. */
export function byId(all: DnsRecord[]): Record<string, DnsRecord> {
  return Object.fromEntries(all.map((record) => [record.id, record]));
}

/** All records but the PTR records as a zone file. */
export function zoneFileOf(all: DnsRecord[], args: KeptRecords): string {
  return zoneFile(
    all.filter((record) => !isReverse(record)),
    ttlOf(args),
  );
}

/** The PTR records by their ids. */
export function reverseRecordsOf(all: DnsRecord[]): Record<string, DnsRecord> {
  return byId(all.filter(isReverse));
}

/** The text of each DKIM record, by its name. */
export function dkimTexts(all: DnsRecord[]): Record<string, string> {
  return Object.fromEntries(
    all.filter(({ dkimDomain }) => dkimDomain !== undefined).map(({ name, value }) => [name, value]),
  );
}

function isReverse({ purpose }: DnsRecord): boolean {
  return purpose === RecordPurpose.Reverse;
}

/** Seconds that the output `zoneFile` names; a provider's word for "as you like" has no place there. */
function ttlOf(args: KeptRecords): number {
  const { rfc2136, zoneFile, ovh, cloudflare } = args.dns;
  return (rfc2136 ?? zoneFile)?.ttl ?? Math.max((ovh ?? cloudflare)?.ttl ?? 3600, 60);
}
