import * as ipaddr from "ipaddr.js";
import { printable } from "../../components/deployer/printable";
import { asWritten, type RecordData } from "../../components/dns/presentation";
import type { DnsRecord } from "../../components/dns/record";
import { type Difference, Remedy } from "./difference";

/** What DNS has at a name. */
export interface DnsAnswer {
  name: string;
  type: DnsRecord["type"];
  /** Undefined where nobody answered. */
  found: RecordData[] | undefined;
}

/** The records that DNS does not have as it should, and those that contradict them. Names at which nobody answered are left out. */
export function dnsDifferences(records: DnsRecord[], seen: DnsAnswer[]): Difference[] {
  return seen.flatMap(({ name, type, found }) => {
    if (found === undefined) return [];
    const wanted = records.filter((record) => record.name === name && record.type === type);
    const has = new Set(found.map(comparable));
    const wantedData = new Set(wanted.map(comparable));
    const missing = wanted.filter((record) => !has.has(comparable(record)));
    const others = found.filter((record) => !wantedData.has(comparable(record)) && contradicts(record, wanted));
    const difference = (problem: string, remedy: Remedy): Difference => ({
      area: "dns",
      subject: name,
      problem,
      remedy,
    });
    return [
      ...missing.map((record) => difference(`${type} is missing: ${brief(record)}`, Remedy.Refresh)),
      // No provider takes away what the stack did not publish.
      ...others.map((record) => difference(`${type} should not be there: ${brief(record)}`, Remedy.Manual)),
    ];
  });
}

/** Texts of other kinds may stand beside the server's own; of what they begin with (`v=spf1`), there may be one only. */
function contradicts(found: RecordData, wanted: RecordData[]): boolean {
  return found.type !== "TXT" || wanted.some(({ value }) => kindOf(value) === kindOf(found.value));
}

const kindOf = (text: string) => (/^v=\w+/i.exec(text)?.[0] ?? text).toLowerCase();

/** The same for records that mean the same. */
function comparable(record: RecordData): string {
  if (record.type === "TXT" || record.type === "CAA") return asWritten(record);
  if (record.type === "AAAA" && ipaddr.isValid(record.value)) return ipaddr.parse(record.value).toString();
  return asWritten(record).toLowerCase();
}

function brief(record: RecordData): string {
  return printable(record.type === "TXT" ? record.value : asWritten(record), 80);
}
