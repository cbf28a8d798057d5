import * as ovh from "@ovhcloud/pulumi-ovh";
import * as pulumi from "@pulumi/pulumi";
import type { KeptRecords } from "../schema";
import type { Addresses } from "./connection";

/**
 * The PTR records of the machine's addresses at OVH, which takes none before the hostname leads to the address. The name ends with
 * a dot, as OVH gives it back: without one, the next refresh would see another name and replace the record.
 */
export function publishReverseAtOvh(
  name: string,
  { hostname, reverseDns }: Pick<KeptRecords, "hostname" | "reverseDns">,
  { address, addressV6 }: Addresses,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  if (!reverseDns?.ovh) return [];
  const { blockV4, blockV6 } = reverseDns.ovh;
  const publish = (id: string, ip: pulumi.Output<string>, block: pulumi.Input<string>) =>
    new ovh.ip.Reverse(
      `${name}-${id}`,
      { ip: block, ReverseIp: ip, ReverseValue: `${hostname}.`, readinessTimeoutDuration: "10m" },
      // Every change replaces it, and deleting the old record after making the new one would take the new one away. The duration
      // matters while it is made only, and a record that was imported has none.
      { ...opts, deleteBeforeReplace: true, ignoreChanges: ["readinessTimeoutDuration"] },
    );
  return [
    publish("reverse-v4", address, blockV4 ?? pulumi.interpolate`${address}/32`),
    ...(addressV6 ? [publish("reverse-v6", addressV6, blockV6 ?? pulumi.interpolate`${addressV6}/128`)] : []),
  ];
}
