import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Engine } from "./engine/engine";
import { machine, privateKeyPath, tsig } from "./lab";
import { checkout } from "./paths";
import { LabStack, type StackConfig } from "./stack";

/** The stack `local` as a person finds it in `stacks/`, with what differs from computer to computer. */
export function demoStack(engine: Engine): LabStack {
  const stack = new LabStack(engine, "local");
  stack.configure(demoConfig());
  return stack;
}

/** What `stacks/Pulumi.local.yaml` says, and the keys of this computer's lab. */
export function demoConfig(): StackConfig {
  const { config } = parse(readFileSync(join(checkout, "stacks", "Pulumi.local.yaml"), "utf8"));
  const { hostPublicKey } = machine("demo");
  Object.assign(config["mail:host"].ssh, { hostKey: hostPublicKey, privateKey: readFileSync(privateKeyPath, "utf8") });
  for (const server of [config["mail:dns"], config["mail:reverseDns"]]) server.rfc2136.keySecret = tsig.secret;
  return config;
}
