import type * as pulumi from "@pulumi/pulumi";
import type { ValidArgs } from "../schema";
import type { Host } from "./connection";
import { ovhVps } from "./ovhVps";
import { sshHost } from "./sshHost";

/** The machine that the args name. */
export function createHost(name: string, { host }: ValidArgs, parent: pulumi.Resource): Host {
  if (host.ovhVps) return ovhVps(name, host.ovhVps, parent);
  if (host.ssh) return sshHost(host.ssh);
  throw new Error("host has no member");
}
