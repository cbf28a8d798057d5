/** How OVH keeps the records of a zone, and what its name servers make of them. */
import { isIPv4, isIPv6 } from "node:net";
import { quoted, unquoted } from "../cloud/text";
import type { PublishedRecord } from "../cloud/world";

/** A record as the API shows it. */
export interface OvhRecord {
  id: number;
  fieldType: string;
  /** Relative to the zone; empty at its apex. */
  subDomain: string;
  target: string;
  /** In seconds; 0: as long as the zone says. */
  ttl: number;
}

/** `zone.NamedResolutionFieldTypeEnum` of the API. */
export const FIELD_TYPES = [
  ...["A", "AAAA", "CAA", "CNAME", "DKIM", "DMARC", "DNAME", "HTTPS", "LOC", "MX", "NAPTR", "NS"],
  ...["PTR", "RP", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"],
];

/** Types of OVH's own that name servers serve as TXT. */
const TEXTS = ["DKIM", "DMARC", "SPF", "TXT"];

/** Time that a record may be kept for when the zone decides. */
const ZONE_TTL = 3600;

/** Tags of a DKIM key record (RFC 6376 section 3.6.1). */
const DKIM_TAGS = ["v", "g", "h", "k", "n", "p", "s", "t"];

/** What the API keeps as the target of a record, or why it refuses it. */
export function storedTarget({
  fieldType,
  subDomain,
  target,
}: Omit<OvhRecord, "id">): { target: string } | { problem: string } {
  const unless = (fine: boolean, problem: string) => (fine ? { target } : { problem });
  switch (fieldType) {
    case "A":
      return unless(isIPv4(target), `Invalid IPv4 address : ${target}`);
    case "AAAA":
      return unless(isIPv6(target), `Invalid IPv6 address : ${target}`);
    case "MX":
      return unless(/^\d{1,5} \S+$/.test(target), `Invalid MX target, a priority and a name are needed : ${target}`);
    case "SRV":
      return unless(
        /^(\d{1,5} ){3}\S+$/.test(target),
        `Invalid SRV target, priority, weight, port and a name are needed : ${target}`,
      );
    case "CAA":
      return unless(/^\d{1,3} [a-z0-9]+ "?[^"]*"?$/.test(target), `Invalid CAA target : ${target}`);
    case "TLSA":
      return unless(/^([0-9]{1,3} ){3}([0-9a-f]{2})+$/i.test(target), `Invalid TLSA target : ${target}`);
    case "CNAME":
    case "DNAME":
    case "NS":
    case "PTR":
      return unless(/^\S+$/.test(target), `Invalid ${fieldType} target : ${target}`);
    case "TXT":
      return { target: quoted(unquoted(target) ?? target) };
    case "DKIM": {
      const strange = subfields(target).find(({ tag }) => !DKIM_TAGS.includes(tag));
      return unless(strange === undefined, `Invalid subfield found in DKIM : ${strange?.whole}`);
    }
    case "DMARC":
      if (!/^_dmarc(\.|$)/.test(subDomain)) return { problem: "Subdomain must start with _dmarc for a DMARC record" };
      return unless(target.startsWith("v=DMARC1"), `Invalid subfield found in DMARC : ${target.split(";")[0]}`);
    case "SPF":
      return unless(/^"?v=spf1( |"|$)/.test(target), `Invalid SPF : ${target}`);
    default:
      return unless(
        FIELD_TYPES.includes(fieldType),
        `[fieldType] Given data (${fieldType}) does not belong to the NamedResolutionFieldTypeEnum enumeration`,
      );
  }
}

function subfields(text: string): { whole: string; tag: string }[] {
  return text
    .split(";")
    .map((whole) => whole.trim())
    .filter(Boolean)
    .map((whole) => ({ whole, tag: whole.split("=")[0]?.trim() ?? "" }));
}

/** The record as OVH's name servers give it to the world. A name without a dot at its end is relative to the zone. */
export function publishedRecord(zone: string, { fieldType, subDomain, target, ttl }: OvhRecord): PublishedRecord {
  return {
    name: subDomain === "" ? zone : `${subDomain}.${zone}`,
    ttl: ttl === 0 ? ZONE_TTL : ttl,
    type: TEXTS.includes(fieldType) ? "TXT" : fieldType,
    content: served(zone, fieldType, target),
  };
}

function served(zone: string, fieldType: string, target: string): string {
  if (TEXTS.includes(fieldType)) return quoted(unquoted(target) ?? target);
  if (["CNAME", "DNAME", "MX", "NS", "PTR", "SRV"].includes(fieldType))
    return target.replace(/(\S+)$/, (name) => (name.endsWith(".") ? name : `${name}.${zone}.`));
  return target;
}
