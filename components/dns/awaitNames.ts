import * as pulumi from "@pulumi/pulumi";
import { reverseName } from "../addresses";
import { runOnDeployer } from "../deployer/run";
import type { MachineAddresses } from "../machineAddresses";
import type { KeptRecords } from "../schema";
import { dnsOfNames } from "./placement";
import { isPublished, reverseProviderOf } from "./providers";

/** Seconds that a record may take to be seen by everybody. */
const patience = 600;

/** Seconds that a person has for the PTR records, who can run it all again at any time. */
const handPatience = 120;

/** How long names are waited for, and what to say where they do not come. */
interface Limits {
  patience: number;
  otherwise?: string;
}

/**
 * Holds up what depends on it until the hostname leads to the machine's addresses and to no others, as seen from where Pulumi runs; addresses that the
 * stack has had there before may stay, as the engine deletes their records last.
 * A record that was accepted is not yet one that resolves; nobody gives a PTR record or a certificate to a name that does not.
 * Records that a person pastes are not waited for here: they are known only when the run ends.
 */
export function awaitForwardNames(
  name: string,
  args: KeptRecords,
  host: MachineAddresses,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  if (!namesAreAwaited(args)) return [];
  const { hostname } = args;
  const what = `wait until ${hostname} resolves`;
  return [awaitNames(`${name}-resolves`, what, forwardNames(hostname, host), { patience }, opts)];
}

/**
 * Holds up what depends on it until the machine's addresses lead to the hostname and the hostname back to them (forward-confirmed
 * reverse DNS), without which the big providers refuse mail. Only where somebody publishes the PTR records, and the names resolve meanwhile.
 */
export function awaitConfirmedNames(
  name: string,
  args: KeptRecords,
  host: MachineAddresses,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  return isConfirmedEarly(args) ? [awaitBothWays(name, args, host, { patience }, opts)] : [];
}

/**
 * The same for the MX records alone, where nobody but a person at the machine's provider can set the PTR records: it says which,
 * waits for a little while, and refuses. Nothing where all MX records are pasted.
 */
export function awaitReverseNames(
  name: string,
  args: KeptRecords,
  host: MachineAddresses,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const dnsOf = dnsOfNames(args);
  const published = args.domains.some((domain) => isPublished(dnsOf(domain.name)));
  if (!args.requireReverseDns || !published || isConfirmedEarly(args)) return [];
  const otherwise = args.reverseDns
    ? ""
    : "No MX record was published. Receivers refuse mail from addresses without these names: whoever rents out the machine lets them be set in the control panel, and for a machine at OVH the arg reverseDns does it. To publish the MX records all the same, set requireReverseDns to false.";
  return [awaitBothWays(name, args, host, { patience: handPatience, otherwise }, opts)];
}

function isConfirmedEarly(args: KeptRecords): boolean {
  return namesAreAwaited(args) && args.reverseDns !== undefined && args.requireReverseDns;
}

function awaitBothWays(
  name: string,
  { hostname }: KeptRecords,
  host: MachineAddresses,
  limits: Limits,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const questions = pulumi
    .all([host.ipv4Address, host.ipv6Address, forwardNames(hostname, host)])
    .apply(([v4, v6, forward]) => [
      ...forward,
      ...[v4, ...(v6 === undefined ? [] : [v6])].map(
        (address): Question => ({ name: reverseName(address), type: "PTR", expected: [hostname] }),
      ),
    ]);
  const what = `wait until ${hostname} and its addresses lead to one another`;
  return awaitNames(`${name}-confirmed`, what, questions, limits, opts);
}

/** OVH takes no PTR record before the name resolves, whoever publishes it. */
function namesAreAwaited(args: KeptRecords): boolean {
  const demanded = reverseProviderOf(args.reverseDns)?.provider.demandsForwardNames ?? false;
  return isPublished(dnsOfNames(args)(args.hostname)) || demanded;
}

/** What DNS must say: these values and, besides what the stack itself had there before, no others. */
export interface Question {
  name: string;
  type: "A" | "AAAA" | "PTR";
  expected: string[];
}

function forwardNames(name: string, { ipv4Address, ipv6Address }: MachineAddresses): pulumi.Output<Question[]> {
  return pulumi.all([ipv4Address, ipv6Address]).apply(([v4, v6]): Question[] => [
    { name, type: "A", expected: [v4] },
    { name, type: "AAAA", expected: v6 === undefined ? [] : [v6] },
  ]);
}

function awaitNames(
  name: string,
  what: string,
  questions: pulumi.Output<Question[]>,
  limits: Limits,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const environment = {
    QUESTIONS: questions.apply((all) => JSON.stringify(all)),
    SECONDS: `${limits.patience}`,
    ...(limits.otherwise ? { OTHERWISE: limits.otherwise } : {}),
  };
  return runOnDeployer(
    name,
    { script: "resolution", what, environment, remembers: true },
    { ...opts, customTimeouts: { create: "15m", update: "15m" } },
  );
}
