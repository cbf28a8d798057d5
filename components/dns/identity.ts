import type * as pulumi from "@pulumi/pulumi";
import type { MachineAddresses } from "../machineAddresses";
import type { KeptRecords } from "../schema";
import type { AccessOf } from "./accounts";
import { awaitConfirmedNames, awaitForwardNames } from "./awaitNames";
import { reverseProviderOf } from "./providers";
import {
  allResources,
  mergeByDomain,
  type PublishRecords,
  type RecordResources,
  serverRecords,
} from "./publishRecords";
import { RecordPurpose } from "./record";
import type { RecordFacts } from "./resolveRecords";

/**
 * Publishes the addresses of the machine and, once they resolve, its PTR records and the records of sender authentication (SPF, DKIM, DMARC).
 *
 * @returns what the change of the machine must wait for; what these resources wait for themselves is left out
 */
export function publishIdentity(
  name: string,
  args: KeptRecords,
  facts: RecordFacts,
  machine: MachineAddresses,
  publish: PublishRecords,
  accessOf: AccessOf,
  { parent, dependsOn: zonesFree }: { parent: pulumi.Resource; dependsOn: pulumi.Output<pulumi.Resource[]> },
): RecordResources {
  const ofServer = (resources: pulumi.Resource[]): RecordResources => new Map([[serverRecords, resources]]);
  const addressed = publish(facts, [RecordPurpose.Address], { dependsOn: zonesFree });
  const resolves = awaitForwardNames(name, args, machine, { parent, dependsOn: allResources(addressed) });
  const addressesResolve = resolves.length > 0 ? ofServer(resolves) : addressed;
  const senderRecords = mergeByDomain(
    publish(facts, [RecordPurpose.Reverse, RecordPurpose.Sender], { dependsOn: zonesFree, after: addressesResolve }),
    ofServer(
      publishReverse(name, args, machine, accessOf, {
        parent,
        dependsOn: zonesFree.apply(() => addressesResolve.get(serverRecords) ?? []),
      }),
    ),
  );
  const confirmed = awaitConfirmedNames(name, args, machine, { parent, dependsOn: allResources(senderRecords) });
  return confirmed.length > 0 ? ofServer(confirmed) : mergeByDomain(addressesResolve, senderRecords);
}

/** The PTR records, where they are resources of their own kind. */
function publishReverse(
  name: string,
  { hostname, reverseDns }: KeptRecords,
  machine: MachineAddresses,
  accessOf: AccessOf,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const reverse = reverseProviderOf(reverseDns);
  if (!reverse?.provider.publishReverse) return [];
  const { provider } = accessOf(reverse.args);
  return reverse.provider.publishReverse(name, hostname, reverse.args, machine, { ...opts, provider });
}
