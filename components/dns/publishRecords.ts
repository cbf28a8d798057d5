import * as pulumi from "@pulumi/pulumi";
import { groupBy } from "../groupBy";
import type { DnsModel } from "../model";
import type { KeptRecords } from "../schema";
import { withoutTraces } from "../withoutTraces";
import type { AccessOf } from "./accounts";
import { MailDomain } from "./mailDomain";
import { closest, isWithin } from "./names";
import { publishers } from "./publishers";
import { outlineOf, type PlannedRecord, type RecordPurpose } from "./record";
import { type RecordFacts, resolveRecord } from "./resolveRecords";

/** The key of the records that belong to no domain but to the server itself. */
export const serverRecords = "";

/** The resources that publish records, by domain; those of the server itself by {@link serverRecords}. */
export type RecordResources = ReadonlyMap<string, pulumi.Resource[]>;

/** When records are published. */
interface PublishOptions {
  /** What each record waits for. */
  dependsOn: pulumi.Input<pulumi.Resource[]>;
  /** Of these, each record waits for those of its domain and of the server: if it waited for all, the graph would grow by the square of the domains. */
  after?: RecordResources;
}

/** Publishes the records of some purposes. */
export type PublishRecords = (
  facts: RecordFacts,
  purposes: RecordPurpose[],
  options: PublishOptions,
) => RecordResources;

/** The node below which the records of a domain, or of the server, hang. */
export type DomainNodes = (domain: string) => pulumi.Resource;

/** A node for each domain that has records, made with the first of them; the server's hang below `parent` itself. */
export function domainNodes(name: string, parent: pulumi.Resource, earlier: pulumi.Resource): DomainNodes {
  const nodes = new Map([[serverRecords, parent]]);
  return (domain) => {
    const node = nodes.get(domain) ?? new MailDomain(`${name}-${domain}`, parent, earlier);
    nodes.set(domain, node);
    return node;
  };
}

/** Publishes records where the args say. What resources there are follows from the model alone. */
export function recordPublisher(
  name: string,
  args: KeptRecords,
  model: DnsModel,
  planned: PlannedRecord[],
  nodes: DomainNodes,
  accessOf: AccessOf,
): PublishRecords {
  const publisherOf = publishers(args, accessOf);
  const domains = new Set(model.domains.map((domain) => domain.name));
  const domainOf = (at: string) =>
    model.machines.some(({ hostname }) => isWithin(at, hostname))
      ? serverRecords
      : (closest(at, domains) ?? serverRecords);
  const byDomain = [...groupBy(planned, (each) => domainOf(outlineOf(each).name))];
  return (facts, purposes, { dependsOn, after = new Map<string, pulumi.Resource[]>() }) => {
    const made = new Map<string, pulumi.Resource[]>();
    for (const [domain, own] of byDomain) {
      const earlier = [...new Set([serverRecords, domain])].flatMap((each) => after.get(each) ?? []);
      const before = pulumi.output(dependsOn).apply((others) => [...others, ...earlier]);
      const published: pulumi.Resource[] = [];
      for (const each of own.filter(({ purpose }) => purposes.includes(purpose))) {
        const outline = outlineOf(each);
        const publishRecord = publisherOf(outline);
        if (!publishRecord) continue;
        published.push(
          withoutTraces(() => {
            const opts = { parent: nodes(domain), dependsOn: before };
            return publishRecord(`${name}-${each.id}`, outline, resolveRecord(each, facts), opts);
          }),
        );
      }
      made.set(domain, published);
    }
    return made;
  };
}

/** The resources of several, by domain. */
export function mergeByDomain(...several: RecordResources[]): RecordResources {
  const all = several.flatMap((each) => [...each.keys()]);
  return new Map(all.map((domain) => [domain, several.flatMap((each) => each.get(domain) ?? [])]));
}

/** The resources of all domains and of the server itself. */
export function allResources(published: RecordResources): pulumi.Resource[] {
  return [...published.values()].flat();
}
