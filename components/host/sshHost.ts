import * as pulumi from "@pulumi/pulumi";
import type { ValidArgs } from "../schema";
import { connectionTo, type Host } from "./connection";

/** A machine that exists and is reached by SSH: everything about it is said in the args. */
export function sshHost(args: NonNullable<ValidArgs["host"]["ssh"]>): Host {
  return {
    address: pulumi.output(args.address),
    addressV6: args.addressV6 === undefined ? undefined : pulumi.output(args.addressV6),
    user: args.user,
    port: args.port,
    hostKey: pulumi.output(args.hostKey),
    connection: connectionTo(args.address, args.hostKey, args),
  };
}
