import type { DnsRecord } from "./records";

/** Bytes that one character-string of a TXT record holds (RFC 1035 section 3.3). */
const characterString = 255;

/** Cuts a text into pieces of at most 255 bytes. Record texts are ASCII, so a byte is a character. */
export function splitText(text: string): string[] {
  return text.match(new RegExp(`.{1,${characterString}}`, "gs")) ?? [""];
}

/** What a record says, without its name. */
export type RecordData = Pick<DnsRecord, "type" | "value" | "priority" | "srv" | "caa" | "tlsa">;

/** The data of a record as a zone file writes it (RFC 1035 section 5.1), with absolute names. */
export function presentation(record: RecordData): string {
  const { value, priority, srv, caa, tlsa } = record;
  switch (record.type) {
    case "A":
    case "AAAA":
      return value;
    case "MX":
      return `${priority ?? 10} ${value}.`;
    case "CNAME":
    case "PTR":
      return `${value}.`;
    case "TXT":
      return splitText(value).map(quoted).join(" ");
    case "SRV":
      return `${priority ?? 0} ${srv?.weight ?? 0} ${srv?.port ?? 0} ${value}.`;
    case "CAA":
      return `${caa?.flags ?? 0} ${caa?.tag ?? "issue"} ${quoted(value)}`;
    case "TLSA":
      return `${tlsa?.usage ?? 3} ${tlsa?.selector ?? 1} ${tlsa?.matchingType ?? 1} ${value.toLowerCase()}`;
    default: {
      const never: never = record.type;
      throw new Error(`no presentation form for ${String(never)}`);
    }
  }
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** Records as lines of a zone file, which BIND's `named-checkzone` accepts and every provider's import understands. */
export function zoneFile(records: DnsRecord[], ttl: number): string {
  const line = (record: DnsRecord) => `${record.name}. ${ttl} IN ${record.type} ${presentation(record)}`;
  return `${records.map(line).join("\n")}\n`;
}
