import { printable } from "../deployer/printable";
import { refusal } from "../refusal";
import type { DnsRecord } from "./record";

/** Bytes that one character-string of a TXT record holds (RFC 1035 section 3.3). */
const characterString = 255;

/** Cuts a text into pieces of at most 255 bytes. Record texts are ASCII, so a byte is a character. */
export function splitText(text: string): string[] {
  return text.match(new RegExp(`.{1,${characterString}}`, "gs")) ?? [""];
}

/** What a record says, without its name. */
export type RecordData = Pick<DnsRecord, "type" | "value" | "priority" | "srv" | "caa" | "tlsa">;

/**
 * The record itself. Each way to a name server and each zone file goes through here: what a record says may come from a machine or an authority, and a line
 * end in it would be a line of its own there.
 *
 * @throws where its name or data holds what would not stand for itself
 */
export function judged<T extends RecordData & { name?: string }>(record: T): T {
  const { type, value, name = "", caa } = record;
  const text = /^[ -~]*$/;
  const word = /^[A-Za-z0-9._:*/-]*$/;
  const problem =
    (word.test(name) ? undefined : `the name ${JSON.stringify(name)}`) ??
    ((type === "TXT" || type === "CAA" ? text : word).test(value) ? undefined : `the value ${JSON.stringify(value)}`) ??
    (/^[A-Za-z0-9]*$/.test(caa?.tag ?? "") ? undefined : `the tag ${JSON.stringify(caa?.tag)}`);
  if (problem === undefined) return record;
  throw refusal(
    printable(
      `A DNS record of type ${type}${name ? ` at ${name}` : ""} was not published: ${problem} holds characters that are not allowed there. \
Texts are of printable ASCII; names, addresses and hashes of letters, digits and . _ : * / -. \
Look where the value comes from: one of the machine's may mean that somebody else is at work there.`,
      1000,
    ),
  );
}

/** The data of a record as a zone file writes it (RFC 1035 section 5.1), with absolute names. @throws as `judged` does */
export function presentation(record: RecordData): string {
  return asWritten(judged(record));
}

/** The same of a record that was found somewhere, for people: it may hold anything. */
export function asWritten(record: RecordData): string {
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

/** A record as a line of a zone file. @throws as `judged` does */
export function zoneLine(record: DnsRecord, ttl: number): string {
  const { name, type } = judged(record);
  return `${name}. ${ttl} IN ${type} ${presentation(record)}`;
}

/**
 * Records as lines of a zone file, which BIND's `named-checkzone` accepts and every provider's import understands. Above each stands what it is for, as a
 * comment.
 */
export function zoneFile(records: DnsRecord[], ttl: number): string {
  return records.map((record) => `; ${record.explanation}\n${zoneLine(record, ttl)}\n`).join("");
}
