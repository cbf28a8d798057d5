import * as pulumi from "@pulumi/pulumi";
import type { ValidArgs } from "../schema";
import { connectionTo, type Host } from "./connection";

/** A machine that exists and is reached by SSH: everything about it is said in the args. */
export function sshHost(args: NonNullable<ValidArgs["host"]["ssh"]>): Host {
  return {
    ipv4Address: pulumi.output(args.ipv4Address),
    ipv6Address: args.ipv6Address === undefined ? undefined : pulumi.output(args.ipv6Address),
    user: args.user,
    port: args.port,
    hostKey: pulumi.output(args.hostKey),
    connection: connectionTo(args.ipv4Address, args.hostKey, args),
  };
}
