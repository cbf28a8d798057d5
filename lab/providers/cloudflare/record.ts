/** How Cloudflare keeps records, which it refuses, and what its name servers make of them. */
import { isIPv4, isIPv6 } from "node:net";
import { quoted, unquoted } from "../cloud/text";
import type { PublishedRecord } from "../cloud/world";
import { isObject, type Values } from "../values";
import type { Complaint } from "./complaint";

/** A record as a program asks for it. */
export interface WantedRecord {
  name: string;
  type: string;
  ttl: number;
  content?: string;
  data?: Values;
  priority?: number;
  proxied: boolean;
  comment?: string;
  tags: string[];
}

/** A record as the API shows it. */
export interface CloudflareRecord extends WantedRecord {
  id: string;
  content: string;
  createdOn: string;
  modifiedOn: string;
}

/** Members that the `data` of a type must have, and the content that the API makes of them. */
const STRUCTURED: Record<string, { members: string[]; content(data: Values): string }> = {
  CAA: { members: ["flags", "tag", "value"], content: ({ flags, tag, value }) => `${flags} ${tag} "${value}"` },
  SRV: {
    members: ["priority", "weight", "port", "target"],
    content: ({ weight, port, target }) => `${weight} ${port} ${target}`,
  },
  SSHFP: {
    members: ["algorithm", "type", "fingerprint"],
    content: ({ algorithm, type, fingerprint }) => `${algorithm} ${type} ${fingerprint}`,
  },
  TLSA: {
    members: ["usage", "selector", "matchingType", "certificate"],
    content: ({ usage, selector, matchingType, certificate }) => `${usage} ${selector} ${matchingType} ${certificate}`,
  },
};

const PLAIN = ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "TXT"];
/** Types whose traffic Cloudflare can take over. */
const PROXIABLE = ["A", "AAAA", "CNAME"];
/** Stands for the addresses that Cloudflare answers with for a proxied name: nothing of a mail server listens there. */
const PROXY = { A: "203.0.113.201", AAAA: "2001:db8:203::201" };
/** Seconds that a record lives whose time the program leaves to Cloudflare. */
const AUTOMATIC_TTL = 300;

/** The record as the API keeps it, or why it refuses it. */
export function normalised(
  wanted: WantedRecord,
  zone: string,
): Omit<CloudflareRecord, "id" | "createdOn" | "modifiedOn"> | Complaint {
  const type = wanted.type.toUpperCase();
  const structured = STRUCTURED[type];
  if (structured === undefined && !PLAIN.includes(type))
    return { code: 9004, message: `DNS record type "${type}" is invalid, or the lab does not rehearse it.` };
  if (wanted.ttl !== 1 && (wanted.ttl < 60 || wanted.ttl > 86400))
    return { code: 9021, message: "Invalid TTL. Must be between 60 and 86,400 seconds, or 1 for Automatic." };
  if (wanted.proxied && !PROXIABLE.includes(type))
    return { code: 9004, message: "This record type cannot be proxied." };
  if (wanted.proxied && wanted.ttl !== 1) return { code: 9211, message: "ttl must be set to 1 when `proxied` is true" };
  const rest = { ...wanted, type, name: qualified(wanted.name, zone) };
  if (structured === undefined) return withContent(rest);
  if (wanted.content !== undefined)
    return {
      code: 9101,
      message: `content is not taken for ${type} records; give data with ${structured.members.join(", ")}.`,
    };
  const data = structuredData(wanted.data ?? {});
  const missing = structured.members.find((member) => data[member] === undefined);
  if (missing !== undefined) return { code: 9101, message: `${snake(missing)} is a required data field.` };
  return { ...rest, data, content: structured.content(data) };
}

/** The API writes hexadecimal digits in lower case and names without a dot at their end. */
function structuredData(data: Values): Values {
  const tidy = (member: string, value: unknown) => {
    if (typeof value !== "string") return value;
    if (member === "certificate" || member === "fingerprint") return value.toLowerCase();
    return member === "target" ? undotted(value) : value;
  };
  return Object.fromEntries(Object.entries(data).map(([member, value]) => [member, tidy(member, value)]));
}

function withContent(wanted: WantedRecord): Omit<CloudflareRecord, "id" | "createdOn" | "modifiedOn"> | Complaint {
  const { type, content, priority } = wanted;
  if (content === undefined || content === "") return { code: 9005, message: "DNS record content cannot be empty." };
  switch (type) {
    case "A":
      return isIPv4(content)
        ? { ...wanted, content }
        : { code: 9005, message: "Content for A record must be a valid IPv4 address." };
    case "AAAA":
      return isIPv6(content)
        ? { ...wanted, content }
        : { code: 9006, message: "Content for AAAA record must be a valid IPv6 address." };
    case "MX":
      if (priority === undefined) return { code: 9101, message: "priority is a required data field." };
      if (/\s/.test(content)) return { code: 9009, message: "Content for MX record must be a hostname." };
      return { ...wanted, content: undotted(content) };
    case "TXT":
      return { ...wanted, content: storedText(content) };
    default:
      return { ...wanted, content: undotted(content) };
  }
}

/** Character-strings stay as they were cut, unless one is too long; a text without quotes gets them. */
function storedText(content: string): string {
  const text = unquoted(content);
  if (text === undefined) return quoted(content);
  const cutWell = [...content.matchAll(/"((?:[^"\\]|\\.)*)"/g)].every(
    ([, piece = ""]) => piece.replace(/\\(.)/g, "$1").length <= 255,
  );
  return cutWell ? content : quoted(text);
}

/** The API takes short names too, and always answers with whole ones. */
function qualified(name: string, zone: string): string {
  const plain = undotted(name).toLowerCase();
  if (plain === "@" || plain === zone) return zone;
  return plain.endsWith(`.${zone}`) ? plain : `${plain}.${zone}`;
}

function undotted(name: string): string {
  return name.length > 1 && name.endsWith(".") ? name.slice(0, -1) : name;
}

/** What stands in the way of a record: https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name/ */
export function conflict(
  record: Pick<CloudflareRecord, "name" | "type" | "content" | "priority">,
  others: CloudflareRecord[],
): Complaint | undefined {
  const sameName = others.filter(({ name }) => name === record.name);
  if (sameName.some(({ type, content }) => type === record.type && content === record.content))
    return { code: 81058, message: "An identical record already exists." };
  const holds = (...types: string[]) => sameName.some(({ type }) => types.includes(type));
  if (record.type === "CNAME" && holds("A", "AAAA", "CNAME"))
    return { code: 81053, message: "An A, AAAA, or CNAME record with that host already exists." };
  if ((record.type === "A" || record.type === "AAAA") && holds("CNAME"))
    return { code: 81054, message: "A CNAME record with that host already exists." };
  return undefined;
}

/** The record as Cloudflare's name servers give it to the world. */
export function publishedRecord(record: CloudflareRecord): PublishedRecord {
  const { name, type, ttl } = record;
  return { name, type, ttl: ttl === 1 ? AUTOMATIC_TTL : ttl, content: served(record) };
}

function served({ type, content, priority, data, proxied }: CloudflareRecord): string {
  if (proxied && (type === "A" || type === "AAAA")) return PROXY[type];
  const absolute = (name: string) => (name.endsWith(".") ? name : `${name}.`);
  if (type === "MX") return `${priority} ${absolute(content)}`;
  if (type === "SRV" && isObject(data)) return `${data.priority} ${absolute(content)}`;
  return ["CNAME", "NS", "PTR"].includes(type) ? absolute(content) : content;
}

function snake(member: string): string {
  return member.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}
