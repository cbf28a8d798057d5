import ipaddr from "ipaddr.js";
import { clients, factsOf, services } from "./addresses";

/** Every zone of the lab, each signed and below the one before it that it is a part of. Names are absolute, with the dot at the end. */
export const zones = [
  ".",
  "test.",
  "org.",
  "net.",
  "com.",
  "example.org.",
  "example.net.",
  "example.com.",
  "100.51.198.in-addr.arpa.",
  "113.0.203.in-addr.arpa.",
  "1.5.0.0.8.b.d.0.1.0.0.2.ip6.arpa.",
  "3.0.2.0.8.b.d.0.1.0.0.2.ip6.arpa.",
];

/** The name server that serves all of them. */
export const nameServerName = "ns.test.";

const isBelow = (name: string, zone: string) => zone === "." || name === zone || name.endsWith(`.${zone}`);

/** The zone that a name lies in. */
export const zoneOf = (name: string) =>
  zones.filter((zone) => isBelow(name, zone)).reduce((a, b) => (b.length > a.length ? b : a));

/** The zone that delegates a zone. */
export const parentOf = (zone: string) =>
  zones.filter((other) => other !== zone && isBelow(zone, other)).reduce((a, b) => (b.length > a.length ? b : a));

/** Name under which an address has its PTR record. */
export function reverseName(address: string): string {
  const bytes = ipaddr.parse(address).toByteArray();
  if (bytes.length === 4) return `${bytes.reverse().join(".")}.in-addr.arpa.`;
  const nibbles = bytes.flatMap((byte) => [byte >> 4, byte & 15]).map((nibble) => nibble.toString(16));
  return `${nibbles.reverse().join(".")}.ip6.arpa.`;
}

interface InitialRecord {
  zone: string;
  name: string;
  type: string;
  contents: string[];
}

const record = (name: string, type: string, ...contents: string[]): InitialRecord => ({
  zone: zoneOf(name),
  name,
  type,
  contents,
});

const host = (name: string, { v4, v6 }: { v4: string; v6: string }) => [
  record(name, "A", v4),
  record(name, "AAAA", v6),
];

const hostWithReverse = (name: string, address: { v4: string; v6: string }) => [
  ...host(name, address),
  record(reverseName(address.v4), "PTR", name),
  record(reverseName(address.v6), "PTR", name),
];

/** What the zones hold when the lab comes up. */
export const initialRecords: InitialRecord[] = [
  ...host(nameServerName, services.authoritative),
  ...host("acme.test.", services.acme),
  ...hostWithReverse("mail.example.net.", factsOf("foreign")),
  // What a new machine asks whether it may send.
  ...host("smtp.google.com.", factsOf("foreign")),
  record("example.net.", "MX", "10 mail.example.net."),
  record("example.net.", "TXT", '"v=spf1 mx -all"'),
  record("mail.example.net.", "TXT", '"v=spf1 a -all"'),
  ...clients
    .slice(0, 2)
    .flatMap((address) => hostWithReverse(`client${address.v4.split(".")[3]}.example.com.`, address)),
];
