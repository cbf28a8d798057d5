import { SpfAll, type SpfArgs } from "../args";

/** Who may send for a domain: its MX, the machine's own addresses and who else is named, nobody else (RFC 7208). */
export function spfRecord(machine: { address: string; addressV6?: string }, others: SpfArgs = {}): string {
  const { ip4 = [], ip6 = [], include = [], all = SpfAll.Fail } = others;
  return [
    "v=spf1",
    "mx",
    ...[machine.address, ...ip4].map((address) => `ip4:${address}`),
    ...[...(machine.addressV6 ? [machine.addressV6] : []), ...ip6].map((address) => `ip6:${address}`),
    ...include.map((domain) => `include:${domain}`),
    `${qualifiers[all]}all`,
  ].join(" ");
}

const qualifiers: Record<SpfAll, string> = { [SpfAll.Fail]: "-", [SpfAll.SoftFail]: "~", [SpfAll.Neutral]: "?" };

/** DNS look-ups that a receiver is allowed while it reads a record, those of included records counted (RFC 7208 section 4.6.4). */
export const mostSpfLookups = 10;

/** DNS look-ups that a record costs, without those of the records that it includes: each of these adds its own. */
export function spfLookups(record: string): number {
  return record.split(" ").filter((term) => /^[-+~?]?(include:|a\b|mx\b|ptr\b|exists:)|^redirect=/i.test(term)).length;
}
