import type * as pulumi from "@pulumi/pulumi";
import * as ipaddr from "ipaddr.js";
import type { MachineAddresses } from "../../../machineAddresses";
import { ovhSdk } from "../../../ovhSdk";
import { refusal } from "../../../refusal";

/** By which blocks OVH knows a machine's addresses. */
export interface OvhReverse {
  blockV4?: string;
  blockV6?: string;
}

/**
 * The PTR records of the machine's addresses at OVH, which takes none before the hostname leads to the address. The name ends with
 * a dot, as OVH gives it back: without one, the next refresh would see another name and replace the record.
 */
export function publishReverseAtOvh(
  name: string,
  hostname: string,
  { blockV4, blockV6 }: OvhReverse,
  { ipv4Address, ipv6Address }: MachineAddresses,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { Reverse } = ovhSdk().ip;
  const publish = (id: string, ip: pulumi.Output<string>, block: pulumi.Output<string>) =>
    new Reverse(
      `${name}-${id}`,
      { ip: block, ReverseIp: ip, ReverseValue: `${hostname}.`, readinessTimeoutDuration: "10m" },
      // Every change replaces it, and deleting the old record after making the new one would take the new one away. The duration
      // matters while it is made only, and a record that was imported has none.
      { ...opts, deleteBeforeReplace: true, ignoreChanges: ["readinessTimeoutDuration"] },
    );
  return [
    publish("reverse-v4", ipv4Address, ipv4Address.apply(blockOf("blockV4", blockV4, 32))),
    ...(ipv6Address ? [publish("reverse-v6", ipv6Address, ipv6Address.apply(blockOf("blockV6", blockV6, 128)))] : []),
  ];
}

/** The block by which OVH knows an address: the one that the args name, which must contain it, or the address itself. @throws where it does not */
export function blockOf(member: string, block: string | undefined, longest: number): (address: string) => string {
  return (address) => {
    if (block === undefined) return `${address}/${longest}`;
    if (ipaddr.parse(address).match(ipaddr.parseCIDR(block))) return block;
    throw refusal(`reverseDns.ovh.${member}: ${block} does not contain ${address}, the machine's address; \
give the block in which OVH lists it, or leave ${member} out`);
  };
}
