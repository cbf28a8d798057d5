import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type Cloud, cloudEnvironment } from "./cloud";
import type { Engine } from "./engine/engine";
import { acme, machine, privateKeyPath, tsig } from "./lab";
import { checkout } from "./paths";
import { LabStack, type StackConfig } from "./stack";

/** The stack of a file in `stacks/`: `local`, or that of a cloud. */
export function demoStack(engine: Engine, cloud?: Cloud): LabStack {
  return new LabStack(engine, cloud ?? "local", cloud ? { environment: cloudEnvironment } : {});
}

/** What the stack's file in `stacks/` says, and what belongs to this computer's lab. */
export function demoConfig(cloud?: Cloud): StackConfig {
  const { config } = parse(readFileSync(join(checkout, "stacks", `Pulumi.${cloud ?? "local"}.yaml`), "utf8"));
  const { hostPublicKey } = machine("demo");
  const login = { hostKey: hostPublicKey, privateKey: readFileSync(privateKeyPath, "utf8") };
  Object.assign(config["mail:host"].ssh ?? config["mail:host"].ovhVps, login);
  if (cloud === undefined) {
    for (const server of [config["mail:dns"], config["mail:reverseDns"]]) server.rfc2136.keySecret = tsig.secret;
    return config;
  }
  // A machine of the lab knows root only; its certificates come from the lab's own authority; the secrets are set here.
  if (config["mail:host"].ovhVps) config["mail:host"].ovhVps.user = "root";
  config["mail:certificate"].acme.directoryUrl = acme.directoryUrl;
  for (const mailbox of config["mail:mailboxes"]) mailbox.password = `rehearsal-${mailbox.address}`;
  return config;
}
