import { connect as connectTcp, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { ImapFlow } from "imapflow";
import { authenticate } from "mailauth";
import nodemailer, { type SendMailOptions } from "nodemailer";
import { acme } from "./lab";

/** A person with a mailbox. */
export interface Login {
  address: string;
  password: string;
}

/** Where a client connects to and from. */
export interface Route {
  /** Name in the server's certificate. */
  hostname: string;
  /** Address of the server. */
  address: string;
  /** Address of the client. @default - the one that the kernel chooses */
  from?: string;
}

const seconds = 30_000;

/** TLS as a careful client does it: the name must be in a certificate of the lab's authority. */
export const verified = (hostname: string) => ({
  ca: acme.issuingRoots(),
  servername: hostname,
  minVersion: "TLSv1.2" as const,
});

/** A message to be submitted. */
export interface Letter {
  to: string;
  subject: string;
  text?: string;
  /** Address in the From header and the envelope. @default - the login's */
  sender?: string;
  /** More headers. */
  headers?: Record<string, string>;
}

/** Submits a message as a mail program does: on 465 with TLS from the start, elsewhere with STARTTLS. Gives the server's last reply. */
export function submit(route: Route, port: number, login: Login, letter: Letter): Promise<string> {
  const { to, subject, text = "Hello.", sender = login.address, headers = {} } = letter;
  return submitMessage(route, port, login, { from: sender, to, subject, text, headers });
}

/** Submits a message whose every byte is given; its envelope names the login. */
export function submitRaw(route: Route, port: number, login: Login, to: string, raw: string | Buffer): Promise<string> {
  return submitMessage(route, port, login, { envelope: { from: login.address, to }, raw });
}

async function submitMessage(route: Route, port: number, login: Login, message: SendMailOptions): Promise<string> {
  const transport = nodemailer.createTransport({
    host: route.address,
    port,
    secure: port === 465,
    requireTLS: true,
    name: "laptop.invalid",
    ...(route.from === undefined ? {} : { localAddress: route.from }),
    tls: verified(route.hostname),
    auth: { user: login.address, pass: login.password },
    connectionTimeout: seconds,
    greetingTimeout: seconds,
    socketTimeout: seconds,
  });
  try {
    return (await transport.sendMail(message)).response;
  } finally {
    transport.close();
  }
}

/** A session of submission over TLS, logged in. */
export async function openSubmission(route: Route, port: 465 | 587, login: Login): Promise<Dialogue> {
  const dialogue = await openTls(route, port);
  if (port === 465) await dialogue.reply();
  await dialogue.ask("EHLO laptop.invalid");
  const secret = Buffer.from(`\0${login.address}\0${login.password}`).toString("base64");
  const answer = await dialogue.ask(`AUTH PLAIN ${secret}`);
  if (answer.startsWith("235")) return dialogue;
  dialogue.close();
  throw new Error(`port ${port} answers a login with: ${answer}`);
}

/** An IMAP session over TLS (993), logged in. */
export async function openImap(route: Route, login: Login): Promise<ImapFlow> {
  const session = new ImapFlow({
    host: route.address,
    port: 993,
    secure: true,
    auth: { user: login.address, pass: login.password },
    tls: { ...verified(route.hostname), ...(route.from === undefined ? {} : { localAddress: route.from }) },
    logger: false,
  });
  session.on("error", () => undefined);
  try {
    await session.connect();
  } catch (error) {
    session.close();
    throw error;
  }
  return session;
}

/** Does something in an IMAP session that is closed afterwards. */
export async function withImap<T>(route: Route, login: Login, work: (session: ImapFlow) => Promise<T>): Promise<T> {
  const session = await openImap(route, login);
  try {
    return await work(session);
  } finally {
    await session.logout().catch(() => session.close());
  }
}

/** Messages of a folder whose subject contains `subject`, as they lie in the mailbox. */
export function fetchBySubject(route: Route, login: Login, subject: string, folder = "INBOX"): Promise<Buffer[]> {
  return withImap(route, login, async (session) => {
    await session.mailboxOpen(folder, { readOnly: true });
    const found = (await session.search({ subject }, { uid: true })) || [];
    if (found.length === 0) return [];
    const messages = await session.fetchAll(found, { source: true }, { uid: true });
    return messages.map(({ source }) => source ?? Buffer.alloc(0));
  });
}

/** The first message with this subject, as soon as it is there. */
export async function awaitMail(route: Route, login: Login, subject: string, patience = 30): Promise<Buffer> {
  return withImap(route, login, async (session) => {
    await session.mailboxOpen("INBOX", { readOnly: true });
    for (const deadline = Date.now() + patience * 1000; ; ) {
      await session.noop();
      const [first] = (await session.search({ subject }, { uid: true })) || [];
      if (first !== undefined) {
        const message = await session.fetchOne(String(first), { source: true }, { uid: true });
        if (message !== false && message?.source) return message.source;
      }
      if (Date.now() > deadline) throw new Error(`No mail '${subject}' for ${login.address} after ${patience} s.`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });
}

/** A dialogue in lines with a server, over TCP or TLS. */
export class Dialogue {
  private readonly lines: string[] = [];
  private readonly waiting: ((line: string | undefined) => void)[] = [];
  private ended = false;
  private reader: ReturnType<typeof createInterface>;

  private constructor(
    private socket: Socket | TLSSocket,
    private readonly route: Route,
  ) {
    this.reader = this.listen();
  }

  /** Connects, with TLS from the start where its terms are given. */
  static async open(route: Route, port: number, tls?: ConnectionOptions): Promise<Dialogue> {
    const socket = connectTcp({
      host: route.address,
      port,
      ...(route.from === undefined ? {} : { localAddress: route.from }),
    });
    socket.setTimeout(seconds, () => socket.destroy(new Error(`${route.address}:${port} was silent for 30 s`)));
    await once(socket, "connect");
    return new Dialogue(tls ? await secured(socket, tls) : socket, route);
  }

  /** Goes on in TLS, after the server has agreed to STARTTLS. */
  async startTls(terms: ConnectionOptions = {}): Promise<void> {
    this.reader.close();
    this.socket.removeAllListeners("data");
    this.socket = await secured(this.socket, { ...verified(this.route.hostname), ...terms });
    this.reader = this.listen();
  }

  /** Version of TLS that was agreed on, such as `TLSv1.3`. */
  get tlsVersion(): string | null {
    return "getProtocol" in this.socket ? this.socket.getProtocol() : null;
  }

  /** Cipher that was agreed on, as OpenSSL calls it. */
  get cipher(): string | undefined {
    return "getCipher" in this.socket ? this.socket.getCipher().name : undefined;
  }

  /** Serial number of the server's certificate. */
  get certificateSerial(): string {
    return "getPeerCertificate" in this.socket ? this.socket.getPeerCertificate().serialNumber : "";
  }

  /** The next line; undefined when the server has closed the connection. */
  line(): Promise<string | undefined> {
    const next = this.lines.shift();
    if (next !== undefined || this.ended) return Promise.resolve(next);
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** A whole SMTP reply, its lines joined by line breaks; empty when the server has closed the connection. */
  async reply(): Promise<string> {
    const parts: string[] = [];
    for (;;) {
      const line = await this.line();
      if (line === undefined) return parts.join("\n");
      parts.push(line);
      if (!/^\d{3}-/.test(line)) return parts.join("\n");
    }
  }

  /** Sends a line and gives the SMTP reply. */
  ask(line: string): Promise<string> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  /** Sends bytes as they are. */
  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  close(): void {
    this.socket.destroy();
  }

  /** Closes after the server has said something, so that it is not in the middle of its handshake when the connection ends. */
  async closeAfterAnswer(): Promise<void> {
    this.send("NOOP\r\n");
    await this.line();
    this.socket.end();
    while ((await this.line()) !== undefined);
  }

  private listen() {
    const reader = createInterface({ input: this.socket, crlfDelay: Number.POSITIVE_INFINITY });
    reader.on("line", (line) => {
      const waiting = this.waiting.shift();
      if (waiting) waiting(line);
      else this.lines.push(line);
    });
    const socket = this.socket;
    const end = () => {
      if (socket !== this.socket) return;
      this.ended = true;
      for (const waiting of this.waiting.splice(0)) waiting(undefined);
    };
    socket.on("close", end);
    socket.on("error", end);
    // It repeats the socket's.
    reader.on("error", () => undefined);
    return reader;
  }
}

function once(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => {
      socket.removeListener("error", reject);
      resolve();
    });
    socket.once("error", reject);
  });
}

async function secured(socket: Socket, terms: ConnectionOptions): Promise<TLSSocket> {
  const wrapped = connectTls({ socket, ...terms });
  await once(wrapped, "secureConnect");
  return wrapped;
}

/** Reads all messages of a mailbox by POP3 over TLS (995); they stay there. */
export async function fetchByPop3(route: Route, login: Login): Promise<string[]> {
  const dialogue = await Dialogue.open(route, 995, verified(route.hostname));
  const status = async (line?: string) => {
    if (line !== undefined) dialogue.send(`${line}\r\n`);
    const answer = await dialogue.line();
    if (!answer?.startsWith("+OK")) throw new Error(`POP3: ${answer ?? "the connection was closed"}`);
    return answer;
  };
  try {
    await status();
    await status(`USER ${login.address}`);
    await status(`PASS ${login.password}`);
    const count = Number((await status("STAT")).split(" ")[1]);
    const messages: string[] = [];
    for (let number = 1; number <= count; number++) {
      await status(`RETR ${number}`);
      const lines: string[] = [];
      for (let line = await dialogue.line(); line !== "." && line !== undefined; line = await dialogue.line())
        lines.push(line.replace(/^\./, ""));
      messages.push(lines.join("\r\n"));
    }
    await status("QUIT");
    return messages;
  } finally {
    dialogue.close();
  }
}

/** Connects to any port of a mail server and speaks TLS with it: from the start, or where the protocol asks for it. */
export async function openTls(route: Route, port: number, terms: ConnectionOptions = {}): Promise<Dialogue> {
  const smtp: [string, RegExp][] = [
    ["EHLO client10.example.com", /^250/],
    ["STARTTLS", /^220/],
  ];
  const imap: [string, RegExp][] = [["a STARTTLS", /^a OK/]];
  const pop3: [string, RegExp][] = [["STLS", /^\+OK/]];
  const words = new Map([
    [25, smtp],
    [587, smtp],
    [143, imap],
    [110, pop3],
  ]).get(port);
  if (!words) return Dialogue.open(route, port, { ...verified(route.hostname), ...terms });
  const dialogue = await Dialogue.open(route, port);
  await dialogue.reply();
  for (const [line, agreed] of words) {
    const answer = await dialogue.ask(line);
    if (!agreed.test(answer)) throw new Error(`port ${port} answers ${line} with: ${answer}`);
  }
  await dialogue.startTls(terms);
  return dialogue;
}

/** Serial number of the certificate that a port serves. */
export async function servedSerial(route: Route, port: number): Promise<string> {
  const dialogue = await openTls(route, port);
  const serial = dialogue.certificateSerial;
  await dialogue.closeAfterAnswer();
  return serial;
}

/** What a receiver that is not ours thinks of a message. */
export interface Verdict {
  spf: string;
  dkim: string[];
  dmarc: string;
}

/** Judges a message as the server that received it could have, by the client that it wrote down in its Received header, with DNS as the lab has it. */
export async function judge(raw: Buffer): Promise<Verdict> {
  const { spf, dkim, dmarc } = await authenticate(raw, {
    trustReceived: true,
    mta: "mail.example.net",
    disableArc: true,
    disableBimi: true,
  });
  return {
    spf: spf ? spf.status.result : "none",
    dkim: dkim.results.map((each) => `${each.status.result} ${each.signingDomain}`),
    dmarc: dmarc ? dmarc.status.result : "none",
  };
}
