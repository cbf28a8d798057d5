import * as pulumi from "@pulumi/pulumi";
import { groupBy } from "../groupBy";
import type { DnsModel } from "../model";
import type { KeptRecords } from "../schema";
import { MailDomain } from "./mailDomain";
import { closest, isWithin } from "./names";
import { publishers } from "./publishers";
import { outlineOf, type PlannedRecord, type RecordPurpose } from "./record";
import { type RecordFacts, resolveRecord } from "./resolveRecords";

/** Records that are published, by their domain; those of the server itself by the empty text. */
export type Published = ReadonlyMap<string, pulumi.Resource[]>;

/** When records are published. */
interface Turn {
  /** What each of them waits for. */
  dependsOn: pulumi.Input<pulumi.Resource[]>;
  /** Of these, each waits for those of its domain and of the server: if each waited for all, the graph would grow by the square of the domains. */
  after?: Published;
}

/** Publishes the records of some purposes. */
export type Publish = (facts: RecordFacts, purposes: RecordPurpose[], turn: Turn) => Published;

/** The node below which the records of a domain, or of the server, hang. */
export type DomainNodes = (domain: string) => pulumi.Resource;

/** A node for each domain that has records, made with the first of them; the server's hang below `parent` itself. */
export function domainNodes(name: string, parent: pulumi.Resource, earlier: pulumi.Resource): DomainNodes {
  const nodes = new Map([["", parent]]);
  return (domain) => {
    const node = nodes.get(domain) ?? new MailDomain(`${name}-${domain}`, parent, earlier);
    nodes.set(domain, node);
    return node;
  };
}

/** Publishes records where the args say. What resources there are follows from the model alone. */
export function publisher(
  name: string,
  args: KeptRecords,
  model: DnsModel,
  planned: PlannedRecord[],
  nodes: DomainNodes,
): Publish {
  const publisherOf = publishers(args);
  const domains = new Set(model.domains.map((domain) => domain.name));
  const domainOf = (at: string) => (isWithin(at, model.hostname) ? "" : (closest(at, domains) ?? ""));
  const byDomain = [...groupBy(planned, (each) => domainOf(outlineOf(each).name))];
  return (facts, purposes, { dependsOn, after = new Map<string, pulumi.Resource[]>() }) => {
    const made = new Map<string, pulumi.Resource[]>();
    // Loops within one function: the state of each record holds the way of calls to it.
    for (const [domain, own] of byDomain) {
      const earlier = [...new Set(["", domain])].flatMap((each) => after.get(each) ?? []);
      const before = pulumi.output(dependsOn).apply((others) => [...others, ...earlier]);
      const published: pulumi.Resource[] = [];
      for (const each of own.filter(({ purpose }) => purposes.includes(purpose))) {
        const outline = outlineOf(each);
        const publishRecord = publisherOf(outline);
        if (!publishRecord) continue;
        const opts = { parent: nodes(domain), dependsOn: before };
        const resource = withShortTraces(() =>
          publishRecord(`${name}-${each.id}`, outline, resolveRecord(each, facts), opts),
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

/** The resources of all domains and of the server itself. */
export function resourcesOf(published: Published): pulumi.Resource[] {
  return [...published.values()].flat();
}
