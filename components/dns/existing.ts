import { printable } from "../deployer/printable";
import { type DnsRecord, RecordPurpose } from "./record";

/** What an MX or TXT record says: a name without a dot at the end, or a text in one piece. */
export type ZoneEntry = Record<"name" | "type" | "value", string>;

/** An MX or TXT record that a zone holds already. */
export interface FoundRecord extends ZoneEntry {
  /** By which the provider's resource is imported. @default - it cannot be */
  importId?: string;
}

/** Whether there can be only one such record at a name, or only those of one server, for mail to work. */
export function isExclusive({ type, value, purpose }: Pick<DnsRecord, "type" | "value" | "purpose">): boolean {
  return purpose !== RecordPurpose.Reverse && (type === "MX" || (type === "TXT" && isSpf(value)));
}

/**
 * What a zone holds from before and what contradicts the server's records: MX records that lead elsewhere, and SPF records, of which two are none (RFC 7208
 * section 4.5). Where an MX record of the server stands, the name is the server's already, and nothing is.
 *
 * @param earlier what the server's records said before the args changed
 */
export function findConflictingRecords(
  ours: DnsRecord[],
  found: FoundRecord[],
  earlier: readonly ZoneEntry[] = [],
): FoundRecord[] {
  const exclusive = ours.filter(isExclusive);
  return [...new Set(exclusive.map(({ name }) => name))].flatMap((name) => {
    const wanted = exclusive.filter((each) => each.name === name);
    const there = found.filter((each) => each.name.toLowerCase() === name);
    const own = [...wanted, ...earlier.filter((each) => each.name.toLowerCase() === name)];
    const isOurs = (each: FoundRecord) => own.some(({ type, value }) => type === each.type && value === each.value);
    if (there.some((each) => each.type === "MX" && isOurs(each))) return [];
    return there.filter(
      (each) =>
        !isOurs(each) &&
        wanted.some(({ type }) => type === each.type) &&
        (each.type === "MX" || (each.type === "TXT" && isSpf(each.value))),
    );
  });
}

/** Whether a text is an SPF record (RFC 7208 section 4.5). */
export function isSpf(text: string): boolean {
  return /^v=spf1( |$)/i.test(text);
}

/** A text as a provider returns it, with quotes and in pieces or without, in one piece. */
export function plainText(content: string): string {
  if (!content.startsWith('"')) return content;
  return [...content.matchAll(/"((?:[^"\\]|\\.)*)"/gs)]
    .map(([, piece = ""]) => piece.replace(/\\(.)/gs, "$1"))
    .join("");
}

/** A host name as a provider returns it, in the form of a neutral record. */
export function plainName(name: string): string {
  return name.replace(/\.$/, "").toLowerCase();
}

/** What a provider said, in one line, without the words of its libraries around it: `invocation of …: 2 errors occurred:` and the marks of a list. */
export function answerOf(cause: unknown): string {
  const said = cause instanceof Error ? cause.message : String(cause);
  const errors = said.replace(/^.*?\d+ errors? occurred:/s, "");
  const lines = errors
    .split(/[\p{Cc}\s]*\n[\p{Cc}\s]*(?:\*\s+)?/u)
    .map((line) => line.replace(/[\p{Cc}\s]+/gu, " ").trim());
  return printable(lines.filter(Boolean).join("; ").replaceAll(":; ", ": "), 500);
}
