import type { DnsRecord } from "./records";

/** Bytes that one character-string of a TXT record holds (RFC 1035 section 3.3). */
const characterString = 255;

/** Cuts a text into pieces of at most 255 bytes. Record texts are ASCII, so a byte is a character. */
export function splitText(text: string): string[] {
  return text.match(new RegExp(`.{1,${characterString}}`, "gs")) ?? [""];
}

/** The data of a record as a zone file writes it (RFC 1035 section 5.1), with absolute names. */
export function presentation(record: Pick<DnsRecord, "type" | "value" | "priority">): string {
  switch (record.type) {
    case "A":
    case "AAAA":
      return record.value;
    case "MX":
      return `${record.priority ?? 10} ${record.value}.`;
    case "PTR":
      return `${record.value}.`;
    case "TXT":
      return splitText(record.value)
        .map((piece) => `"${piece.replace(/[\\"]/g, "\\$&")}"`)
        .join(" ");
    default: {
      const never: never = record.type;
      throw new Error(`no presentation form for ${String(never)}`);
    }
  }
}

/** Records as lines of a zone file, which BIND's `named-checkzone` accepts and every provider's import understands. */
export function zoneFile(records: DnsRecord[], ttl: number): string {
  const line = (record: DnsRecord) => `${record.name}. ${ttl} IN ${record.type} ${presentation(record)}`;
  return `${records.map(line).join("\n")}\n`;
}
