import * as ovh from "@ovhcloud/pulumi-ovh";
import * as pulumi from "@pulumi/pulumi";
import type { Port } from "../model";
import { type EdgeRule, edgeRules } from "./edgeRules";

/**
 * OVH's edge firewall before the machine's IPv4 address. A firewall without rules lets everything pass, so SSH is never locked out:
 * first the firewall, then what it lets in, and what it keeps out last; when it goes, in the opposite order.
 */
export function publishEdgeFirewall(
  name: string,
  address: pulumi.Output<string>,
  ports: Port[],
  sshPort: number,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const at = { ip: pulumi.interpolate`${address}/32`, ipOnFirewall: address };
  const firewall = new ovh.ip.Firewall(`${name}-edge`, { ...at, enabled: true }, { parent });
  const publish = (rule: EdgeRule, dependsOn: pulumi.Resource[]) =>
    new ovh.ip.FirewallRule(
      `${name}-edge-${rule.sequence}`,
      { ...at, ...rule },
      // Every change replaces a rule, and a second one with its sequence would be refused.
      { parent, dependsOn, deleteBeforeReplace: true },
    );
  const rules = edgeRules(ports, sshPort);
  const permits = rules.filter(({ action }) => action === "permit").map((rule) => publish(rule, [firewall]));
  const denials = rules.filter(({ action }) => action === "deny").map((rule) => publish(rule, [firewall, ...permits]));
  return [firewall, ...permits, ...denials];
}
