import { mostEdgeRules } from "../../components/host/edgeRules";
import type { Rule, Seen } from "../rule";

/** OVH's edge firewall lets in mail and SSH, and ends with a refusal, within the rules that an address may have. */
export const edgeFirewall: Rule = {
  name: "edge-firewall-limits",
  description: `An address has ${mostEdgeRules} rules, the first that matches decides, and without a last denial everything passes`,
  severity: "high",
  judgeAll: (resources) => {
    const rules = resources.filter(({ type }) => type === "ovh:Ip/firewallRule:FirewallRule");
    const addresses = new Set(rules.map(({ inputs }) => inputs.ipOnFirewall));
    // Whose rules those are that have no known address yet cannot be told.
    addresses.delete(undefined);
    return [...addresses].flatMap((address) => {
      const own = rules
        .filter(({ inputs }) => inputs.ipOnFirewall === address)
        .sort((a, b) => Number(a.inputs.sequence) - Number(b.inputs.sequence));
      const urn = own.at(-1)?.urn ?? "";
      return problems(own, sshPorts(resources, address)).map((message) => ({ urn, message }));
    });
  },
};

function problems(rules: Seen[], ports: number[]): string[] {
  const last = rules.at(-1);
  const firstDenial = rules.findIndex(({ inputs }) => inputs.action === "deny" && inputs.protocol === "ipv4");
  const admitted = firstDenial === -1 ? rules : rules.slice(0, firstDenial);
  const lets = (port: number) =>
    admitted.some(
      ({ inputs }) =>
        inputs.action === "permit" && inputs.protocol === "tcp" && Number(inputs.destinationPort) === port,
    );
  return [
    ...(rules.length > mostEdgeRules
      ? [`has ${rules.length} rules, allowed are ${mostEdgeRules}; name fewer firewall.sshPorts`]
      : []),
    ...(last && firstDenial === rules.length - 1
      ? []
      : ["must end with the only denial of all (protocol ipv4), or what no rule names gets in"]),
    ...[25, ...ports]
      .filter((port) => !lets(port))
      .map(
        (port) =>
          `lets in nobody on port ${port}, ${port === 25 ? "where mail arrives" : "by which the machine is reached"}; permit it`,
      ),
  ];
}

/** The ports by which the stack reaches the machine at an address. */
function sshPorts(resources: Seen[], address: unknown): number[] {
  const connections = resources
    .filter(({ type }) => type === "command:remote:Command")
    .map(({ inputs }) => inputs.connection as { host?: string; port?: number } | undefined)
    .filter((connection) => connection?.host === address);
  return [...new Set(connections.map((connection) => connection?.port ?? 22))];
}
