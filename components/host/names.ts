import * as pulumi from "@pulumi/pulumi";
import { reverseName } from "../addresses";
import { keepers } from "../dns/keeper";
import type { KeptRecords } from "../schema";
import type { Addresses } from "./connection";
import { runOnDeployer } from "./deployer/run";

/** Seconds that a record may take to be seen by everybody. */
const patience = 600;

/**
 * Holds up what depends on it until the hostname leads to the machine's addresses and to no others, as seen from where Pulumi runs; addresses that the
 * stack has had there before may stay, as the engine deletes their records last.
 * A record that was accepted is not yet one that resolves; nobody gives a PTR record or a certificate to a name that does not.
 * Records that a person pastes are not waited for here: they are known only when the run ends.
 */
export function awaitForwardNames(
  name: string,
  args: KeptRecords,
  host: Addresses,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  if (!namesAreAwaited(args)) return [];
  const { hostname } = args;
  return [awaitNames(`${name}-resolves`, `wait until ${hostname} resolves`, forwardNames(hostname, host), opts)];
}

/**
 * Holds up what depends on it until the machine's addresses lead to the hostname and the hostname back to them (forward-confirmed
 * reverse DNS), without which the big providers refuse mail.
 */
export function awaitConfirmedNames(
  name: string,
  args: KeptRecords,
  host: Addresses,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  if (!namesAreAwaited(args) || !args.reverseDns) return [];
  const { hostname } = args;
  const questions = pulumi
    .all([host.address, host.addressV6, forwardNames(hostname, host)])
    .apply(([v4, v6, forward]) => [
      ...forward,
      ...[v4, ...(v6 === undefined ? [] : [v6])].map(
        (address): Question => ({ name: reverseName(address), type: "PTR", expected: [hostname] }),
      ),
    ]);
  return [
    awaitNames(`${name}-confirmed`, `wait until ${hostname} and its addresses lead to one another`, questions, opts),
  ];
}

/** OVH takes no PTR record before the name resolves, whoever publishes it. */
function namesAreAwaited(args: KeptRecords): boolean {
  return keepers(args)(args.hostname).zoneFile === undefined || args.reverseDns?.ovh !== undefined;
}

/** What DNS must say: these values and, besides what the stack itself had there before, no others. */
export interface Question {
  name: string;
  type: "A" | "AAAA" | "PTR";
  expected: string[];
}

function forwardNames(name: string, { address, addressV6 }: Addresses): pulumi.Output<Question[]> {
  return pulumi.all([address, addressV6]).apply(([v4, v6]): Question[] => [
    { name, type: "A", expected: [v4] },
    { name, type: "AAAA", expected: v6 === undefined ? [] : [v6] },
  ]);
}

function awaitNames(
  name: string,
  what: string,
  questions: pulumi.Output<Question[]>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const environment = { QUESTIONS: questions.apply((all) => JSON.stringify(all)), SECONDS: `${patience}` };
  return runOnDeployer(
    name,
    { script: "resolution", what, environment, remembers: true },
    { ...opts, customTimeouts: { create: "15m", update: "15m" } },
  );
}
