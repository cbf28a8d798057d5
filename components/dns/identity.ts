import type * as pulumi from "@pulumi/pulumi";
import type { MachineAddresses } from "../machineAddresses";
import type { KeptRecords } from "../schema";
import { awaitConfirmedNames, awaitForwardNames } from "./awaitNames";
import { publishReverseAtOvh } from "./ovhReverse";
import { type PlannedRecords, type Publish, type Published, resourcesOf, together } from "./published";
import { RecordPurpose } from "./record";

/**
 * Publishes where the machine is and, once that can be seen, who it is: the names of its addresses, and who may send for the domains.
 *
 * @returns what must be there before the machine does anything in its name, without what that itself waits for
 */
export function publishIdentity(
  name: string,
  args: KeptRecords,
  addresses: MachineAddresses,
  planned: PlannedRecords,
  publish: Publish,
  { parent, dependsOn: vetted }: { parent: pulumi.Resource; dependsOn: pulumi.Output<pulumi.Resource[]> },
): Published {
  const ofServer = (resources: pulumi.Resource[]): Published => new Map([["", resources]]);
  const addressed = publish(planned, [RecordPurpose.Address], { parent, dependsOn: vetted });
  const resolves = awaitForwardNames(name, args, addresses, { parent, dependsOn: resourcesOf(addressed) });
  const located = resolves.length > 0 ? ofServer(resolves) : addressed;
  const whoItIs = together(
    publish(planned, [RecordPurpose.Reverse, RecordPurpose.Sender], { parent, dependsOn: vetted, after: located }),
    ofServer(
      publishReverseAtOvh(name, args, addresses, { parent, dependsOn: vetted.apply(() => located.get("") ?? []) }),
    ),
  );
  const confirmed = awaitConfirmedNames(name, args, addresses, { parent, dependsOn: resourcesOf(whoItIs) });
  return confirmed.length > 0 ? ofServer(confirmed) : together(located, whoItIs);
}
