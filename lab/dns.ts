import { services } from "./addresses";
import { tsigKey } from "./nameServer";
import { inNamespace, must } from "./processes";

/** One record as it stands in a zone file. */
export interface DnsRecord {
  /** Absolute name, with the dot at the end. */
  name: string;
  /** In seconds. */
  ttl: number;
  type: string;
  /** In zone file form: TXT in quotes, names absolute. */
  content: string;
}

const absolute = (name: string) => (name.endsWith(".") ? name : `${name}.`);

/** Replaces all records of this name and type; contents in zone file form. The resolver may give the old ones for one more second. */
export const setRecords = (name: string, type: string, contents: string[], ttl = 30) =>
  update([
    `update delete ${absolute(name)} ${type}`,
    ...contents.map((content) => `update add ${absolute(name)} ${ttl} ${type} ${content}`),
  ]);

/** Removes all records of this name and type; of every type where none is given. */
export const deleteRecords = (name: string, type = "") => update([`update delete ${absolute(name)} ${type}`]);

async function update(lines: string[]): Promise<void> {
  const { name, algorithm, secret } = tsigKey;
  const script = [`server ${services.authoritative.v4}`, `key ${algorithm}:${name} ${secret()}`, ...lines, "send", ""];
  await must("The name server refused the update", [...inNamespace, "nsupdate"], script.join("\n"));
}

/** The records of a name and type as the authoritative server has them. */
export async function records(name: string, type: string): Promise<DnsRecord[]> {
  const answer = await dig(`@${services.authoritative.v4}`, "+noall", "+answer", absolute(name), type);
  return parse(answer).filter((record) => record.type === type.toUpperCase());
}

/** All records of a zone, without those that only DNSSEC needs. */
export async function zoneRecords(zone: string): Promise<DnsRecord[]> {
  const answer = await dig(`@${services.authoritative.v4}`, "+noall", "+answer", "+onesoa", absolute(zone), "AXFR");
  return parse(answer).filter(({ type }) => !["RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "TSIG"].includes(type));
}

const dig = (...words: string[]) =>
  must("The name server does not answer", [...inNamespace, "dig", "+time=2", "+tries=2", "+nosplit", ...words]);

function parse(answer: string): DnsRecord[] {
  const rows = answer.split("\n").map((line) => /^(\S+)\s+(\d+)\s+IN\s+(\S+)\s+(.+)$/.exec(line));
  return rows.flatMap((row) =>
    row ? [{ name: row[1] ?? "", ttl: Number(row[2]), type: row[3] ?? "", content: row[4] ?? "" }] : [],
  );
}
