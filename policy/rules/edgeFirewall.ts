import { mostEdgeRules } from "../../components/host/edgeRules";
import type { Resource, Rule } from "../rule";

/** OVH's edge firewall lets in mail and SSH, and ends with a refusal, within the rules that an address may have. */
export const edgeFirewall: Rule = {
  name: "edge-firewall-limits",
  description: `An address has ${mostEdgeRules} rules, the first that matches decides, and without a last denial everything passes`,
  severity: "high",
  checkStack: (resources) => {
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

function problems(rules: Resource[], ports: number[]): string[] {
  const last = rules.at(-1);
  const fromAnywhere = rules.filter(isFromAnywhere);
  // The stack decides from where SSH may come, as long as it is from somewhere.
  const fromSomewhere = rules.filter((rule) => isFromAnywhere(rule) || !isDenial(rule));
  const forAll = fromAnywhere.find((rule) => rule.inputs.protocol === "ipv4" && !isForSome(rule));
  return [
    ...(rules.length > mostEdgeRules
      ? [`has ${rules.length} rules, allowed are ${mostEdgeRules}; name fewer firewall.sshPorts`]
      : []),
    ...(last && forAll === last && isDenial(last)
      ? []
      : ["must end with the only denial of all (protocol ipv4), or what no rule names gets in"]),
    ...fromAnywhere
      .filter((rule) => !isDenial(rule) && isForAnyPort(rule))
      .map(({ inputs }) => `permits all of ${inputs.protocol} (rule ${inputs.sequence}); let it name a port`),
    ...(admits(fromAnywhere, 25) ? [] : ["lets in nobody on port 25, where mail arrives; permit it"]),
    ...ports
      .filter((port) => !admits(fromSomewhere, port))
      .map((port) => `lets in nobody on port ${port}, by which the machine is reached; permit it`),
  ];
}

/** Whether the first of the rules that is for a new connection to the port lets it in. */
function admits(rules: Resource[], port: number): boolean {
  const first = rules
    .filter((rule) => !isForSome(rule))
    .find(
      ({ inputs: { protocol, sourcePort, destinationPort } }) =>
        protocol === "ipv4" ||
        (protocol === "tcp" &&
          sourcePort === undefined &&
          (destinationPort === undefined || Number(destinationPort) === port)),
    );
  return first !== undefined && !isDenial(first);
}

function isDenial({ inputs }: Resource): boolean {
  return inputs.action === "deny";
}

function isFromAnywhere({ inputs: { source } }: Resource): boolean {
  return source === undefined || ["", "any", "0.0.0.0/0"].includes(String(source));
}

/** Whether it is for some packets of a connection only, and not for the one that opens it. */
function isForSome({ inputs: { tcpOption, fragments } }: Resource): boolean {
  return tcpOption === "established" || fragments === true;
}

function isForAnyPort(rule: Resource): boolean {
  const { protocol, sourcePort, destinationPort } = rule.inputs;
  return (
    ["tcp", "udp"].includes(String(protocol)) &&
    sourcePort === undefined &&
    destinationPort === undefined &&
    !isForSome(rule)
  );
}

/** The ports by which the stack reaches the machine at an address. */
function sshPorts(resources: Resource[], address: unknown): number[] {
  const connections = resources
    .filter(({ type }) => type === "command:remote:Command")
    .map(({ inputs }) => inputs.connection as { host?: string; port?: number } | undefined)
    .filter((connection) => connection?.host === address);
  return [...new Set(connections.map((connection) => connection?.port ?? 22))];
}
