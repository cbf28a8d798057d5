import type { SpfArgs } from "../args";
import { SpfAll } from "../enums";
import type { DnsMachine } from "../model";
import type { Fact, RecordText } from "./recordText";

/** Who may send for a domain: its MX, the machines' own addresses and who else is named, nobody else (RFC 7208). */
export function spfRecord(machines: Pick<DnsMachine, "name" | "ipv6">[], others: SpfArgs = {}): RecordText {
  const { ip4 = [], ip6 = [], include = [], all = SpfAll.Fail } = others;
  const own = (mechanism: string, from: "ipv4" | "ipv6", { name }: Pick<DnsMachine, "name">): (string | Fact)[] => [
    ` ${mechanism}:`,
    { from, machine: name },
  ];
  const named = (mechanism: string, values: string[]) => values.map((value) => ` ${mechanism}:${value}`);
  return [
    "v=spf1 mx",
    ...machines.flatMap((machine) => own("ip4", "ipv4", machine)),
    ...named("ip4", ip4),
    ...machines.flatMap((machine) => (machine.ipv6 ? own("ip6", "ipv6", machine) : [])),
    ...named("ip6", ip6),
    ...named("include", include),
    ` ${qualifiers[all]}all`,
  ];
}

const qualifiers: Record<SpfAll, string> = { [SpfAll.Fail]: "-", [SpfAll.SoftFail]: "~", [SpfAll.Neutral]: "?" };

/** DNS look-ups that a receiver is allowed while it reads a record, those of included records counted (RFC 7208 section 4.6.4). */
export const mostSpfLookups = 10;

/** DNS look-ups that a record costs, without those of the records that it includes: each of these adds its own. */
export function spfLookups(record: string): number {
  return record.split(" ").filter((term) => /^[-+~?]?(include:|a\b|mx\b|ptr\b|exists:)|^redirect=/i.test(term)).length;
}
