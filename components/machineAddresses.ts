import type * as pulumi from "@pulumi/pulumi";

/** Where the world finds a machine. */
export interface MachineAddresses {
  /** Public IPv4 address. */
  address: pulumi.Output<string>;
  /** Public IPv6 address, if the server uses IPv6. */
  addressV6?: pulumi.Output<string>;
}
