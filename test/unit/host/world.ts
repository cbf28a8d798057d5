/**
 * A program, to be run in network and mount namespaces of its own: serves DNS on port 53 of loopback addresses as its argument says,
 * runs what comes on standard input with Node.js in this world, and ends as that ends.
 */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import * as packet from "dns-packet";

/** A name server of the small world. */
export interface WorldServer {
  /** A loopback address. */
  address: string;
  records: WorldRecord[];
  /** Answers nothing but SERVFAIL. */
  broken?: boolean;
}

/** Records of a name and type. Every name above and beside them exists, without records. */
export interface WorldRecord {
  name: string;
  type: "A" | "AAAA" | "NS" | "PTR" | "TXT";
  /** A TXT record may be of several strings. */
  values: (string | string[])[];
  /** Seconds after which they are there. @default 0 */
  after?: number;
}

async function main(): Promise<void> {
  const servers = JSON.parse(process.argv[2] ?? "[]") as WorldServer[];
  const started = Date.now();
  for (const server of servers) {
    const socket = createSocket("udp4");
    socket.on("message", (message, { address, port }) => {
      const query = packet.decode(message);
      socket.send(packet.encode(answer(server, query, (Date.now() - started) / 1000)), port, address);
    });
    socket.bind(53, server.address);
    await once(socket, "listening");
  }
  const child = spawn(process.execPath, ["-", "what"], { stdio: "inherit" });
  const [code] = await once(child, "close");
  process.exit(Number(code));
}

function answer(server: WorldServer, query: packet.Packet, now: number): packet.Packet {
  const [question] = query.questions ?? [];
  const found = server.records.filter(
    ({ name, type, after = 0 }) => name === question?.name.toLowerCase() && type === question.type && after <= now,
  );
  const answers = found.flatMap(({ name, type, values }) =>
    values.map((data) => ({ name, type, class: "IN", ttl: 60, data }) as packet.Answer),
  );
  const rcode = server.broken ? 2 : 0;
  return {
    type: "response",
    id: query.id,
    flags: packet.RECURSION_AVAILABLE | rcode,
    questions: query.questions,
    answers,
  };
}

main();
