import type * as pulumi from "@pulumi/pulumi";
import type { Addresses } from "../host/connection";
import { awaitConfirmedNames, awaitForwardNames } from "../host/names";
import { publishReverseAtOvh } from "../host/reverseDns";
import type { KeptRecords } from "../schema";
import type { PlannedRecords, Publish } from "./published";
import { RecordPurpose } from "./records";
import { vetZones } from "./vetZones";

/**
 * Publishes where the machine is and, once that can be seen, who it is: the names of its addresses, and who may send for the domains.
 *
 * @returns all that must be there before the machine does anything in its name
 */
export function publishIdentity(
  name: string,
  args: KeptRecords,
  addresses: Addresses,
  planned: PlannedRecords,
  publish: Publish,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const vetted = vetZones(args, planned.keyless, parent);
  const whereItIs = publish(planned, [RecordPurpose.Address], { parent, dependsOn: vetted });
  const resolves = awaitForwardNames(name, args, addresses, { parent, dependsOn: whereItIs });
  const located = [...whereItIs, ...resolves];
  const findable = { parent, dependsOn: vetted.apply(() => located) };
  const whoItIs = [
    ...publish(planned, [RecordPurpose.Reverse, RecordPurpose.Sender], findable),
    ...publishReverseAtOvh(name, args, addresses, findable),
  ];
  const confirmed = awaitConfirmedNames(name, args, addresses, { parent, dependsOn: whoItIs });
  return [...located, ...whoItIs, ...confirmed];
}
