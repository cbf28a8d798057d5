import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EdgeRule, edgeRules, mostEdgeRules } from "../../../components/host/edgeRules";

interface Packet {
  protocol: "tcp" | "udp" | "icmp" | "gre";
  sourcePort?: number;
  destinationPort?: number;
  /** Whether a TCP segment belongs to a connection: it has ACK or RST. */
  established?: boolean;
}

/** What OVH's documentation says of the firewall: the first rule that matches decides, and without one the packet passes. */
function passes(rules: EdgeRule[], packet: Packet): boolean {
  const decisive = [...rules].sort((a, b) => a.sequence - b.sequence).find((rule) => matches(rule, packet));
  return decisive?.action !== "deny";
}

function matches(rule: EdgeRule, packet: Packet): boolean {
  return (
    (rule.protocol === "ipv4" || rule.protocol === packet.protocol) &&
    (rule.sourcePort === undefined || rule.sourcePort === packet.sourcePort) &&
    (rule.destinationPort === undefined || rule.destinationPort === packet.destinationPort) &&
    (rule.tcpOption === undefined || packet.established === true)
  );
}

const mail = [25, 80, 143, 443, 465, 587, 993];
const pop3 = [110, 995];
const port = fc.integer({ min: 1, max: 65535 });
const sshPort = port.filter((number) => ![...mail, ...pop3, 4190].includes(number));
const server = fc
  .record({ ssh: fc.uniqueArray(sshPort, { minLength: 1, maxLength: 6 }), withPop3: fc.boolean(), reached: sshPort })
  .map(({ ssh, withPop3, reached }) => {
    const numbers = [...mail, ...(withPop3 ? pop3 : []), ...ssh.slice(0, withPop3 ? 5 : 6)];
    return { ports: numbers.map((number) => ({ number, service: "any" })), reached, open: [...numbers, reached] };
  });
const rulesOf = ({ ports, reached }: { ports: { number: number; service: string }[]; reached: number }) =>
  edgeRules(ports, reached);

describe("the rules of OVH's edge firewall", () => {
  it("let new connections in to SSH and to every port in use, and to no other", () => {
    fc.assert(
      fc.property(server, port, port, (each, sourcePort, destinationPort) => {
        const rules = rulesOf(each);
        for (const open of each.open)
          expect(passes(rules, { protocol: "tcp", sourcePort, destinationPort: open })).toBe(true);
        expect(passes(rules, { protocol: "tcp", sourcePort, destinationPort })).toBe(
          each.open.includes(destinationPort),
        );
      }),
    );
  });

  it("let in what answers the machine: its connections, DNS and NTP; and ICMP, but nothing else", () => {
    fc.assert(
      fc.property(server, port, port, (each, sourcePort, destinationPort) => {
        const rules = rulesOf(each);
        expect(passes(rules, { protocol: "tcp", sourcePort, destinationPort, established: true })).toBe(true);
        expect(passes(rules, { protocol: "udp", sourcePort: 53, destinationPort })).toBe(true);
        expect(passes(rules, { protocol: "udp", sourcePort: 123, destinationPort })).toBe(true);
        expect(passes(rules, { protocol: "icmp" })).toBe(true);
        expect(passes(rules, { protocol: "gre" })).toBe(false);
        expect(passes(rules, { protocol: "udp", sourcePort, destinationPort })).toBe([53, 123].includes(sourcePort));
      }),
    );
  });

  it("let everything pass that they let pass in the end, however few of the permits are there before the denial", () => {
    fc.assert(
      fc.property(server, fc.nat(mostEdgeRules), (each, count) => {
        const permits = rulesOf(each).filter(({ action }) => action === "permit");
        for (const destinationPort of each.open)
          expect(passes(permits.slice(0, count), { protocol: "tcp", destinationPort })).toBe(true);
      }),
    );
  });

  it("have sequences of their own from 0 to 19 while they fit", () => {
    let fitting = 0;
    fc.assert(
      fc.property(server, (each) => {
        const rules = rulesOf(each);
        if (rules.length <= mostEdgeRules) fitting += 1;
        const sequences = rules.map(({ sequence }) => sequence);
        expect(new Set(sequences).size).toBe(rules.length);
        if (rules.length <= mostEdgeRules)
          for (const sequence of sequences) expect(sequence).toBeLessThan(mostEdgeRules);
      }),
    );
    expect(fitting).toBeGreaterThanOrEqual(90);
  });

  it("leave the rules of other ports alone when a service is switched on", () => {
    const named = (numbers: number[]) => numbers.map((number) => ({ number, service: "any" }));
    const before = edgeRules(named([22, 2222, ...mail]), 22);
    const after = edgeRules(named([22, 2222, ...mail, ...pop3]), 22);
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.length).toBe(before.length + 2);
  });

  it("are more than there is room for when the ports are too many, so that it shows", () => {
    const numbers = [...mail, ...pop3, 2201, 2202, 2203, 2204, 2205, 2206, 2207];
    expect(
      edgeRules(
        numbers.map((number) => ({ number, service: "any" })),
        22,
      ),
    ).toHaveLength(22);
  });
});
