/** The edge firewalls as rules of the lab's router, which stands between a machine and everybody but its own network. */
import type { OvhFirewall, OvhRule } from "./api";

/** The router's table, which holds the rules of every address. */
export const EDGE_TABLE = "ip ovh-edge";

/**
 * Input of `nft`, which puts these firewalls in place of all that were there. Only those that are switched on count. No rule knows
 * connections, and what no rule is about passes.
 */
export function edgeRuleset(firewalls: Record<string, OvhFirewall>): string {
  const active = Object.entries(firewalls).filter(([, { enabled }]) => enabled);
  const jumps = active.map(([address], index) => `    ip daddr ${address} jump edge${index}`);
  const hooks = ["output", "forward"].map(
    (hook) => `  chain ${hook} {\n    type filter hook ${hook} priority 0; policy accept;\n${jumps.join("\n")}\n  }`,
  );
  const chains = active.map(
    ([, { rules }], index) =>
      `  chain edge${index} {\n${rules.map((rule) => `    ${statement(rule)}`).join("\n")}\n  }`,
  );
  return [
    `table ${EDGE_TABLE}`,
    `delete table ${EDGE_TABLE}`,
    `table ${EDGE_TABLE} {`,
    ...chains,
    ...hooks,
    "}",
    "",
  ].join("\n");
}

function statement(rule: OvhRule): string {
  const { action, protocol, source, sourcePort, destinationPort, tcpOption, fragments } = rule;
  return [
    source === undefined ? "" : `ip saddr ${source}`,
    protocol === "ipv4" ? "" : `ip protocol ${protocol}`,
    sourcePort === undefined ? "" : `${protocol} sport ${sourcePort}`,
    destinationPort === undefined ? "" : `${protocol} dport ${destinationPort}`,
    // Without memory, all that can be seen of a connection is that it is not being opened.
    tcpOption === "established" ? "tcp flags & (ack | rst) != 0" : "",
    tcpOption === "syn" ? "tcp flags & (fin | syn | rst | ack) == syn" : "",
    fragments === true ? "ip frag-off & 0x1fff != 0" : "",
    action === "permit" ? "accept" : "drop",
  ]
    .filter(Boolean)
    .join(" ");
}
