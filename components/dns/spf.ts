import { SpfAll, type SpfArgs } from "../args";

/** Who may send for a domain: its MX, the machine's own addresses and who else is named, nobody else (RFC 7208). */
export function spfRecord(machine: { address: string; addressV6?: string }, others: SpfArgs = {}): string {
  const { ip4 = [], ip6 = [], all = SpfAll.Fail } = others;
  const ours = { ip4: [machine.address, ...ip4], ip6: [...(machine.addressV6 ? [machine.addressV6] : []), ...ip6] };
  return ["v=spf1", "mx", ...mechanisms({ ...others, ...ours }), `${qualifiers[all]}all`].join(" ");
}

/**
 * Who may send in the machine's own name, as bounces and cron do: the machine, and who else sends for the domain that the name is in, such as a relay host.
 * Receivers check it where a message has no sender (RFC 7208 section 2.4).
 */
export function hostSpfRecord(others: SpfArgs = {}): string {
  return ["v=spf1", "a", ...mechanisms(others), "-all"].join(" ");
}

function mechanisms({ ip4 = [], ip6 = [], include = [] }: SpfArgs): string[] {
  return [
    ...ip4.map((address) => `ip4:${address}`),
    ...ip6.map((address) => `ip6:${address}`),
    ...include.map((domain) => `include:${domain}`),
  ];
}

const qualifiers: Record<SpfAll, string> = { [SpfAll.Fail]: "-", [SpfAll.SoftFail]: "~", [SpfAll.Neutral]: "?" };

/** DNS look-ups that a receiver is allowed while it reads a record, those of included records counted (RFC 7208 section 4.6.4). */
export const mostSpfLookups = 10;

/** DNS look-ups that a record costs, without those of the records that it includes: each of these adds its own. */
export function spfLookups(record: string): number {
  return record.split(" ").filter((term) => /^[-+~?]?(include:|a\b|mx\b|ptr\b|exists:)|^redirect=/i.test(term)).length;
}
