import type * as pulumi from "@pulumi/pulumi";
import type { KeptRecords } from "../schema";
import { awaitConfirmedNames, awaitForwardNames } from "./awaitNames";
import { reverseProviderOf } from "./providers";
import { type Publish, type Published, resourcesOf, together } from "./published";
import { RecordPurpose } from "./record";
import type { RecordFacts } from "./resolveRecords";

/**
 * Publishes where the machine is and, once that can be seen, who it is: the names of its addresses, and who may send for the domains.
 *
 * @returns what must be there before the machine does anything in its name, without what that itself waits for
 */
export function publishIdentity(
  name: string,
  args: KeptRecords,
  facts: RecordFacts,
  publish: Publish,
  { parent, dependsOn: vetted }: { parent: pulumi.Resource; dependsOn: pulumi.Output<pulumi.Resource[]> },
): Published {
  const ofServer = (resources: pulumi.Resource[]): Published => new Map([["", resources]]);
  const addressed = publish(facts, [RecordPurpose.Address], { dependsOn: vetted });
  const resolves = awaitForwardNames(name, args, facts, { parent, dependsOn: resourcesOf(addressed) });
  const located = resolves.length > 0 ? ofServer(resolves) : addressed;
  const whoItIs = together(
    publish(facts, [RecordPurpose.Reverse, RecordPurpose.Sender], { dependsOn: vetted, after: located }),
    ofServer(publishReverse(name, args, facts, { parent, dependsOn: vetted.apply(() => located.get("") ?? []) })),
  );
  const confirmed = awaitConfirmedNames(name, args, facts, { parent, dependsOn: resourcesOf(whoItIs) });
  return confirmed.length > 0 ? ofServer(confirmed) : together(located, whoItIs);
}

/** The PTR records, where they are resources of their own kind. */
function publishReverse(
  name: string,
  { hostname, reverseDns }: KeptRecords,
  facts: RecordFacts,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const reverse = reverseProviderOf(reverseDns);
  return reverse?.provider.publishReverse?.(name, hostname, reverse.args, facts, opts) ?? [];
}
