import type { OpenPort } from "../services/openPorts";

/** One rule of OVH's edge firewall, in its own terms. The first rule that a packet matches decides; without one, it may pass. */
export interface EdgeRule {
  /** 0 to 19, the order in which rules are tried. */
  sequence: number;
  action: "permit" | "deny";
  protocol: "tcp" | "udp" | "icmp" | "ipv4";
  sourcePort?: number;
  destinationPort?: number;
  /** `established`: every segment but the one that opens a connection. */
  tcpOption?: "established";
}

/** Rules that one address may have. */
export const mostEdgeRules = 20;

const replies: Omit<EdgeRule, "sequence">[] = [
  { action: "permit", protocol: "tcp", tcpOption: "established" },
  { action: "permit", protocol: "udp", sourcePort: 53 },
  { action: "permit", protocol: "udp", sourcePort: 123 },
  { action: "permit", protocol: "icmp" },
];

/**
 * Ports whose rules keep their places whether the others are in use or not: a rule that moves is deleted first and is away for
 * minutes, and with it its service.
 */
const placed = [25, 80, 443, 465, 587, 993, 143, 995, 110, 4190];

/**
 * The rules that let in new connections to the ports and nothing else. The firewall is stateless: what answers the machine's own
 * connections and its questions to DNS (53) and NTP (123) must be let in by its flags or its source port. One rule holds one port.
 */
export function edgeRules(ports: OpenPort[], sshPort: number): EdgeRule[] {
  const wanted = [...new Set([...ports.map(({ number }) => number), sshPort])].sort((a, b) => a - b);
  const places = placed.map((number, index) => ({ number, sequence: replies.length + index }));
  const taken = places.filter(({ number }) => wanted.includes(number));
  const others = wanted.filter((number) => !placed.includes(number));
  const free = Array.from(
    { length: mostEdgeRules - 1 - replies.length },
    (_, index) => mostEdgeRules - 2 - index,
  ).filter((sequence) => taken.every((place) => place.sequence !== sequence));
  const overflow = (index: number) => mostEdgeRules + index - free.length;
  const permits = [...taken, ...others.map((number, index) => ({ number, sequence: free[index] ?? overflow(index) }))]
    .sort((a, b) => a.sequence - b.sequence)
    .map(
      ({ number, sequence }): EdgeRule => ({ sequence, action: "permit", protocol: "tcp", destinationPort: number }),
    );
  return [
    ...replies.map((rule, sequence) => ({ sequence, ...rule })),
    ...permits,
    { sequence: mostEdgeRules - 1, action: "deny", protocol: "ipv4" },
  ];
}
