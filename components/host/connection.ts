import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { MachineAddresses } from "../machineAddresses";

/** A machine, wherever it is: where the world finds it, and how SSH gets in. */
export interface Host extends MachineAddresses {
  /** User that the connection logs in as. */
  user: string;
  /** Port of its SSH server. */
  port: number;
  /** Public key that its SSH server must show. */
  hostKey: pulumi.Output<string>;
  connection: command.types.input.remote.ConnectionArgs;
  /** The machine as a resource, where the stack ordered it. */
  vps?: pulumi.CustomResource;
}

/** How SSH connects to a machine; no secret. */
export interface SshEndpoint {
  /** Public IPv4 address. */
  address: string;
  /** User that logs in. */
  user: string;
  /** Port of its SSH server. */
  port: number;
  /** Public key that the machine's SSH server must show, as in `known_hosts` without the names. */
  hostKey: string;
}

/** What others need to know in order to look at the machine. */
export function sshEndpointOf({ ipv4Address, user, port, hostKey }: Host): pulumi.Output<SshEndpoint> {
  return pulumi.all([ipv4Address, hostKey]).apply(([at, key]) => ({ address: at, user, port, hostKey: key }));
}

/** How SSH gets in, with every default filled in. */
export interface SshAccess {
  port: number;
  user: string;
  privateKey?: pulumi.Input<string>;
  privateKeyPassword?: pulumi.Input<string>;
  agentSocketPath?: string;
}

/**
 * The members of a connection and no others: the plugin prints the whole connection, private key included, when it does not know
 * one of them (pulumi-command issue 773).
 */
export function connectionTo(
  address: pulumi.Input<string>,
  hostKey: pulumi.Input<string>,
  { port, user, privateKey, privateKeyPassword, agentSocketPath }: SshAccess,
): command.types.input.remote.ConnectionArgs {
  return {
    host: address,
    port,
    user,
    hostKey,
    privateKey,
    privateKeyPassword,
    agentSocketPath,
    dialErrorLimit: 10,
  };
}
