import type * as pulumi from "@pulumi/pulumi";
import type { MachineAddresses } from "../../../machineAddresses";
import { hetznerSdk } from "./sdk";

/** The PTR records of a cloud server's addresses at Hetzner. Without them, the addresses have names of Hetzner's own again. */
export function publishReverseAtHetzner(
  name: string,
  hostname: string,
  { serverId }: { serverId: number },
  { ipv4Address, ipv6Address }: MachineAddresses,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { Rdns } = hetznerSdk();
  const publish = (id: string, ipAddress: pulumi.Output<string>) =>
    // Another server of the same address: deleting the old record after making the new one would take the new one away.
    new Rdns(`${name}-${id}`, { serverId, ipAddress, dnsPtr: hostname }, { ...opts, deleteBeforeReplace: true });
  return [publish("reverse-v4", ipv4Address), ...(ipv6Address ? [publish("reverse-v6", ipv6Address)] : [])];
}
