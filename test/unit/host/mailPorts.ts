import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createSecureContext, createServer as createTlsServer, TLSSocket } from "node:tls";
import type { PortDialogue } from "../../../components/services/contributions";
import { dovecotPorts } from "../../../components/services/dovecot/ports";
import type { Certificate } from "./certificates";

/** What a server's ports do that a good one's do not. */
export interface Faults {
  greeting?: string;
  /** Does not offer STARTTLS. */
  withoutStartTls?: boolean;
  /** Does not offer AUTH within TLS. */
  withoutAuth?: boolean;
  /** Answer to every recipient. */
  recipient?: string;
  /** Hangs up this often before the first greeting. */
  hangUps?: number;
}

/** The ports of a mail server on loopback addresses, with real TLS: as much of each protocol as a stranger needs. */
export class MailPorts {
  /** Lines that clients sent. */
  readonly heard: string[] = [];
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();
  private hangUps: number;

  constructor(
    private readonly certificate: Certificate,
    private readonly faults: Faults = {},
    private readonly address = "127.0.0.1",
  ) {
    this.hangUps = faults.hangUps ?? 0;
  }

  /** Listens, and says where. */
  async listen(service: string): Promise<{ service: string; number: number } & Partial<PortDialogue>> {
    const serve = (socket: Socket) => this.serve(service, socket);
    const implicit = ["submissions", "imaps", "pop3s"].includes(service);
    const server = implicit ? createTlsServer(this.certificate, serve) : createServer(serve);
    server.on("tlsClientError", () => {});
    server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.sockets.delete(socket));
    });
    this.servers.push(server);
    server.listen(0, this.address);
    await once(server, "listening");
    const { dialogue } = dovecotPorts({ pop3: true, imapStartTls: true }).find(({ name }) => name === service) ?? {};
    return { service, number: (server.address() as AddressInfo).port, ...dialogue };
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(this.servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  private serve(service: string, socket: Socket): void {
    socket.on("error", () => {});
    if (this.hangUps > 0) {
      this.hangUps -= 1;
      socket.destroy();
      return;
    }
    if (service === "imaps") socket.write(`${this.faults.greeting ?? "* OK ready"}\r\n`);
    else if (service === "pop3s") socket.write(`${this.faults.greeting ?? "+OK ready"}\r\n`);
    else if (service === "sieve") this.speakManageSieve(socket);
    else this.speakSmtp(service, socket, service === "submissions");
  }

  private speakSmtp(service: string, socket: Socket, encrypted: boolean): void {
    const { faults } = this;
    if (!encrypted || service === "submissions") socket.write(`${faults.greeting ?? "220 mail.example.org ESMTP"}\r\n`);
    const reply = (line: string): string => {
      const verb = line.split(/[ :]/)[0]?.toUpperCase();
      if (verb === "EHLO") {
        const startTls = encrypted || faults.withoutStartTls ? [] : ["250-STARTTLS"];
        const auth = encrypted && service !== "smtp" && !faults.withoutAuth ? ["250-AUTH PLAIN"] : [];
        return ["250-mail.example.org", ...startTls, ...auth, "250 8BITMIME"].join("\r\n");
      }
      if (verb === "RCPT") return faults.recipient ?? "250 2.1.5 Ok";
      if (verb === "MAIL") return "250 2.1.0 Ok";
      if (verb === "RSET") return "250 2.0.0 Ok";
      return verb === "QUIT" ? "221 2.0.0 Bye" : "502 5.5.2 What";
    };
    const onData = (data: Buffer) => {
      for (const line of data.toString().split("\r\n").filter(Boolean)) {
        this.heard.push(line);
        if (line !== "STARTTLS") {
          socket.write(`${reply(line)}\r\n`);
          continue;
        }
        socket.off("data", onData);
        socket.write("220 2.0.0 Ready\r\n");
        const secureContext = createSecureContext(this.certificate);
        const secured = new TLSSocket(socket, { isServer: true, secureContext });
        secured.on("error", () => {});
        this.speakSmtpWithin(service, secured);
        return;
      }
    };
    socket.on("data", onData);
  }

  /** After STARTTLS, the server says again what it offers (RFC 5804 section 2.2). */
  private speakManageSieve(socket: Socket): void {
    const { withoutAuth, withoutStartTls } = this.faults;
    const offer = (...lines: string[]) => ['"IMPLEMENTATION" "Sieve"', ...lines, 'OK "ready"', ""].join("\r\n");
    socket.write(withoutStartTls ? offer() : offer('"SASL" ""', '"STARTTLS"'));
    socket.once("data", (data) => {
      this.heard.push(data.toString().trim());
      socket.write('OK "go on"\r\n');
      const secured = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(this.certificate) });
      secured.on("error", () => {});
      secured.write(withoutAuth ? offer('"SASL" ""') : offer('"SASL" "PLAIN LOGIN"'));
    });
  }

  /** After STARTTLS, the client speaks first (RFC 3207). */
  private speakSmtpWithin(service: string, secured: Socket): void {
    const quiet = new MailPorts(this.certificate, this.faults, this.address);
    quiet.speakSmtp(service, secured, true);
    secured.on("data", (data: Buffer) => this.heard.push(...data.toString().split("\r\n").filter(Boolean)));
  }
}
