import { Resolver } from "node:dns/promises";
import { connect } from "node:net";
import * as packet from "dns-packet";
import { plainName } from "../../components/dns/existing";
import type { RecordData } from "../../components/dns/presentation";
import type { DnsRecord } from "../../components/dns/record";
import type { DnsAnswer } from "./dnsDifferences";

/** Seconds that a name server has for an answer. */
const timeoutSeconds = 5;

/** What DNS has at the names and of the types of some records: by the name servers of the zone, else by this computer's resolver. */
export async function lookUp(records: DnsRecord[]): Promise<DnsAnswer[]> {
  const questions = new Map(records.map(({ name, type }) => [`${name} ${type}`, { name, type }]));
  const zones = new ZoneServers();
  return Promise.all(
    [...questions.values()].map(async ({ name, type }) => ({
      name,
      type,
      found: await firstAnswer(
        [...(await zones.of(name)).slice(0, maxServers - 2), ...new Resolver().getServers()],
        name,
        type,
      ),
    })),
  );
}

/** Name servers that are asked for one record. A zone may list any number. */
const maxServers = 8;

async function firstAnswer(
  servers: string[],
  name: string,
  type: DnsRecord["type"],
): Promise<RecordData[] | undefined> {
  for (const server of servers.slice(0, maxServers)) {
    const found = await ask(server, name, type);
    if (found) return found;
  }
  return undefined;
}

/** Addresses of the name servers of the closest zone, each zone asked for once. */
class ZoneServers {
  private readonly known = new Map<string, Promise<string[]>>();

  of(name: string): Promise<string[]> {
    const known = this.known.get(name) ?? this.find(name);
    this.known.set(name, known);
    return known;
  }

  private async find(name: string): Promise<string[]> {
    const resolver = new Resolver({ timeout: timeoutSeconds * 1000, tries: 2 });
    const names = await resolver.resolveNs(name).catch(() => []);
    if (names.length === 0) return name.includes(".") ? this.of(name.slice(name.indexOf(".") + 1)) : [];
    const addresses = await Promise.all(
      names.flatMap((server) => [resolver.resolve4(server).catch(() => []), resolver.resolve6(server).catch(() => [])]),
    );
    return addresses.flat();
  }
}

/** Asks one name server over TCP, where no answer is cut; undefined where it has none to give. */
function ask(server: string, name: string, type: DnsRecord["type"]): Promise<RecordData[] | undefined> {
  const at = /^\[(.+)\]:(\d+)$|^([\d.]+):(\d+)$/.exec(server);
  const [host, port] = at ? [at[1] ?? at[3] ?? "", Number(at[2] ?? at[4])] : [server, 53];
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    // From beginning to end, however slowly the server speaks.
    const late = setTimeout(() => end(), timeoutSeconds * 1000);
    let said = Buffer.alloc(0);
    const end = (found?: RecordData[]) => {
      clearTimeout(late);
      socket.destroy();
      resolve(found);
    };
    socket.on("error", () => end());
    socket.on("close", () => end());
    socket.on("connect", () =>
      socket.write(
        packet.streamEncode({
          type: "query",
          id: 1,
          flags: packet.RECURSION_DESIRED,
          questions: [{ name, type: type as packet.RecordType }],
        }),
      ),
    );
    socket.on("data", (more) => {
      said = Buffer.concat([said, more]);
      if (said.length >= 2 && said.length >= 2 + said.readUInt16BE(0)) end(answersIn(said, type));
    });
  });
}

/**
 * The records of a type in an answer, with its length in front; undefined where it says nothing about them: it comes from a server that neither has the zone
 * nor asks others, or leads to another name, which only a resolver follows (RFC 2317).
 */
export function answersIn(message: Buffer, type: DnsRecord["type"]): RecordData[] | undefined {
  try {
    const answer = packet.streamDecode(message) as packet.DecodedPacket & { rcode: string };
    const knows = (answer.flag_aa || answer.flag_ra) && ["NOERROR", "NXDOMAIN"].includes(answer.rcode);
    const found = (answer.answers ?? []).filter((each) => each.type === type);
    if (!knows || (found.length === 0 && answer.answers?.some((each) => each.type === "CNAME"))) return undefined;
    return found.map((each) => recordData(type, "data" in each ? each.data : undefined));
  } catch {
    return undefined;
  }
}

/** A record's data as dns-packet reads it, in no provider's form. */
function recordData(type: DnsRecord["type"], data: unknown): RecordData {
  switch (type) {
    case "A":
    case "AAAA":
      return { type, value: data as string };
    case "CNAME":
    case "PTR":
      return { type, value: plainName(data as string) };
    case "TXT":
      return { type, value: Buffer.concat([data].flat() as Buffer[]).toString("latin1") };
    case "MX": {
      const { preference = 0, exchange } = data as packet.MxData;
      return { type, value: plainName(exchange), priority: preference };
    }
    case "SRV": {
      const { priority = 0, weight = 0, port, target } = data as packet.SrvData;
      return { type, value: plainName(target), priority, srv: { weight, port } };
    }
    case "CAA": {
      const { flags = 0, tag, value } = data as packet.CaaData;
      return { type, value, caa: { flags, tag } };
    }
    case "TLSA": {
      const { usage, selector, matchingType, certificate } = data as packet.TlsaData;
      return { type, value: certificate.toString("hex"), tlsa: { usage, selector, matchingType } };
    }
    default: {
      const never: never = type;
      throw new Error(`no record of type ${String(never)} is looked up`);
    }
  }
}
