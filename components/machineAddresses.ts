import type * as pulumi from "@pulumi/pulumi";

/** Where the world finds a machine. */
export interface MachineAddresses {
  /** Public IPv4 address. */
  ipv4Address: pulumi.Output<string>;
  /** Public IPv6 address, if the server uses IPv6. */
  ipv6Address?: pulumi.Output<string>;
}
