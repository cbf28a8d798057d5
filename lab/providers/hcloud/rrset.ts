/** How Hetzner keeps records, which it refuses, and what its name servers make of them. */
import { isIPv4, isIPv6 } from "node:net";
import type { PublishedRecord } from "../cloud/world";

/** All records of a name and type, as the API shows them. */
export interface Rrset {
  /** Relative to the zone; `@` at its apex. */
  name: string;
  type: string;
  /** In seconds; null: as long as the zone says. */
  ttl: number | null;
  records: { value: string; comment: string }[];
}

/** `ZoneRRSetType` of hcloud-go. */
const TYPES = [
  ...["A", "AAAA", "CAA", "CNAME", "DS", "HINFO", "HTTPS", "MX"],
  ...["NS", "PTR", "RP", "SOA", "SRV", "SVCB", "TLSA", "TXT"],
];

/** One or many quoted strings of up to 255 characters. */
const TEXTS = /^"(?:[^"\\]|\\.){0,255}"(?: "(?:[^"\\]|\\.){0,255}")*$/;

/** Data as a zone file writes it; which words the API refuses others with is documented nowhere. */
const FORMS: Record<string, (value: string) => boolean> = {
  A: isIPv4,
  AAAA: isIPv6,
  CAA: (value) => /^\d{1,3} [a-z0-9]+ "[^"]*"$/.test(value),
  CNAME: (value) => /^\S+$/.test(value),
  MX: (value) => /^\d{1,5} \S+$/.test(value),
  SRV: (value) => /^(\d{1,5} ){3}\S+$/.test(value),
  TLSA: (value) => /^(\d{1,3} ){3}([0-9a-f]{2})+$/i.test(value),
  TXT: (value) => TEXTS.test(value),
};

/** Why the API refuses a record: the member that is wrong, and what is wrong with it. */
export function problemOf(
  zone: string,
  name: string,
  type: string,
  value: string,
): [field: string, problem: string] | undefined {
  if (name !== name.toLowerCase()) return ["name", "must be in lower case"];
  if (name === "" || name.endsWith(".")) return ["name", "must not be empty or end with a dot; the apex is @"];
  if (name === zone || name.endsWith(`.${zone}`)) return ["name", "must not end with the name of the zone"];
  if (!TYPES.includes(type)) return ["type", `${type} is not supported`];
  return FORMS[type]?.(value) === false ? ["records", `${value} is not valid for records of type ${type}`] : undefined;
}

/** The record as Hetzner's name servers give it to the world. A name without a dot at its end is relative to the zone. */
export function publishedRecord(
  zone: string,
  zoneTtl: number,
  { name, type, ttl }: Rrset,
  value: string,
): PublishedRecord {
  const absolute = (each: string) => (each.endsWith(".") ? each : `${each}.${zone}.`);
  const isNamed = ["CNAME", "MX", "NS", "PTR", "SRV"].includes(type);
  return {
    name: name === "@" ? zone : `${name}.${zone}`,
    ttl: ttl ?? zoneTtl,
    type,
    content: isNamed ? value.replace(/(\S+)$/, absolute) : value,
  };
}
