import * as pulumi from "@pulumi/pulumi";
import type { MachineModel } from "../model";
import { ovhSdk } from "../ovhSdk";
import type { ValidArgs } from "../schema";
import { openPorts } from "../services/openPorts";
import type { Host } from "./connection";
import { type EdgeRule, edgeRules } from "./edgeRules";

/**
 * OVH's edge firewall before the machine's IPv4 address, where the args ask for it. A firewall without rules lets everything pass, so SSH
 * is never locked out: first the firewall, then what it lets in, and what it keeps out last; when it goes, in the opposite order.
 *
 * @returns what must be in place before a look from outside says how the machine works
 */
export function publishEdgeFirewall(
  name: string,
  args: ValidArgs,
  model: MachineModel,
  { ipv4Address, port }: Host,
  { parent, dependsOn }: { parent: pulumi.Resource; dependsOn: pulumi.Input<pulumi.Resource[]> },
): pulumi.Resource[] {
  if (!args.host.ovhVps?.enableEdgeFirewall) return [];
  const at = { ip: pulumi.interpolate`${ipv4Address}/32`, ipOnFirewall: ipv4Address };
  const { Firewall, FirewallRule } = ovhSdk().ip;
  const firewall = new Firewall(`${name}-edge`, { ...at, enabled: true }, { parent, dependsOn });
  const publish = (rule: EdgeRule, after: pulumi.Resource[]) =>
    new FirewallRule(
      `${name}-edge-${rule.sequence}`,
      { ...at, ...rule },
      // Every change replaces a rule, and a second one with its sequence would be refused.
      { parent, dependsOn: after, deleteBeforeReplace: true },
    );
  const rules = edgeRules(openPorts(model), port);
  const permits = rules.filter(({ action }) => action === "permit").map((rule) => publish(rule, [firewall]));
  const denials = rules.filter(({ action }) => action === "deny").map((rule) => publish(rule, [firewall, ...permits]));
  return [firewall, ...permits, ...denials];
}
