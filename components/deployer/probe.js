// Looks from where Pulumi runs whether a mail server works as the world must see it. Node.js runs it from standard input, alone: it
// may import what Node.js has and nothing else. SERVER holds what to look at; its other variables are there to run it again.
const { createHash } = require("node:crypto");
const net = require("node:net");
const tls = require("node:tls");
const { answersOf } = require("./nameServers.js");
const { printable, printableLines } = require("./printable.js");

/** @typedef {{ service: string, number: number, greeting?: string, farewell?: string }} Port */
/** @typedef {{ name: string, sha256: string }} DkimKey SHA-256 of what the key's record has as `p=`. */
/** @typedef {{ hostname: string, certificateKey?: string, addresses: string[], ports: Port[], recipients: string[], dkimKeys?: DkimKey[], seconds: number, keySeconds?: number }} Server */
/** @typedef {{ address: string, place: string, port?: Port, detail: string, failure?: Failure }} Finding */

const connectSeconds = 10;
const replySeconds = 30;
const pollSeconds = 5;

/** Characters of a reply, of which RFC 5321 section 4.5.3.1 has lines of 512; some services greet at length. */
const longestReply = 65536;

/** What keeps a connection from leaving this computer's network rather than from being taken at its other end. */
const noRoute = ["ENETUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"];

/** Why a service does not work, in words for a person. */
class Failure extends Error {
  /**
   * @param {string} message
   * @param {{ silent?: boolean, passing?: boolean, elsewhere?: boolean }} [kind] silent: nobody answered; passing: it may be over soon;
   *   elsewhere: nothing has left this computer
   */
  constructor(message, { silent = false, passing = silent, elsewhere = false } = {}) {
    super(message);
    this.silent = silent;
    this.passing = passing;
    this.elsewhere = elsewhere;
  }
}

/**
 * @param {string} host
 * @param {number} port
 * @returns {Promise<net.Socket>}
 */
function connect(host, port) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    const fail = (/** @type {Failure} */ failure) => {
      socket.destroy();
      reject(failure);
    };
    socket.setTimeout(connectSeconds * 1000, () =>
      fail(new Failure(`no connection within ${connectSeconds} s`, { silent: true })),
    );
    socket.once("error", (/** @type {NodeJS.ErrnoException} */ { code = "" }) =>
      fail(new Failure(`no connection (${code})`, { silent: true, elsewhere: noRoute.includes(code) })),
    );
    socket.once("connect", () => {
      socket.removeAllListeners("error").setTimeout(0).removeAllListeners("timeout");
      resolve(socket);
    });
  });
}

/**
 * TLS with a certificate that is valid for the hostname, by the public roots and those in NODE_EXTRA_CA_CERTS, and that has the key which DNS says.
 * @param {net.Socket} socket
 * @param {Server} server
 * @returns {Promise<tls.TLSSocket>}
 */
function secure(socket, { hostname, certificateKey }) {
  return new Promise((resolve, reject) => {
    // The verdict is read below, where the certificate is there to be described.
    const secured = tls.connect({ socket, servername: hostname, rejectUnauthorized: false });
    const late = setTimeout(() => reject(new Failure("no TLS handshake: no answer")), replySeconds * 1000).unref();
    secured.once("error", (error) => reject(new Failure(`no TLS handshake: ${error.message}`)));
    secured.once("secureConnect", () => {
      clearTimeout(late);
      secured.removeAllListeners("error");
      if (!secured.authorized) reject(new Failure(certificateProblem(secured, hostname)));
      else if (certificateKey && certificateKey !== keyOf(secured)) reject(new Failure(keyProblem));
      else resolve(secured);
    });
  });
}

/**
 * @param {tls.TLSSocket} socket
 * @param {string} hostname
 */
function certificateProblem(socket, hostname) {
  const { issuer, subjectaltname = "no name", valid_to } = socket.getPeerCertificate();
  const code = String(socket.authorizationError);
  const authority = issuer?.CN ?? issuer?.O ?? "an unknown authority";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return `the certificate is for ${subjectaltname}, not for ${hostname}`;
  if (code === "CERT_HAS_EXPIRED") return `the certificate ended on ${valid_to}`;
  return `the certificate of ${authority} is not valid for the public (${code}); if this is a test authority, name the file with its root in NODE_EXTRA_CA_CERTS where Pulumi runs, or set the mail server's 'enableProbe' to false`;
}

const keyProblem =
  "the certificate has another key than the TLSA record says, so mail from servers that use DANE does not come in: change the mail server's 'triggers' and run 'pulumi up', then the record follows";

/**
 * What a TLSA record 3 1 1 says of the certificate (RFC 6698 section 2.1).
 * @param {tls.TLSSocket} socket
 */
function keyOf(socket) {
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: "spki", format: "der" }) ?? "";
  return createHash("sha256").update(key).digest("hex");
}

/** Lines of text, by which SMTP, IMAP and POP3 are spoken. */
class Dialogue {
  /** @param {net.Socket} socket */
  constructor(socket) {
    this.socket = socket;
    this.text = "";
    /** @type {Error | undefined} */
    this.broken = undefined;
    this.wake = () => {};
    this.onData = (/** @type {Buffer} */ data) => {
      this.text += data.toString("latin1");
      if (this.text.length > longestReply) {
        this.text = "";
        this.broken ??= new Failure(`the reply is longer than ${longestReply} characters`);
        socket.destroy();
      }
      this.wake();
    };
    socket.on("data", this.onData);
    for (const event of ["error", "close"]) {
      socket.on(event, () => {
        this.broken ??= new Failure("the connection was closed before the reply was complete", { passing: true });
        this.wake();
      });
    }
  }

  /** Leaves the socket to somebody else. */
  release() {
    this.socket.off("data", this.onData);
    return this.socket;
  }

  /**
   * The next whole reply, lines joined by a newline.
   * @param {RegExp} end matches a reply's last line
   * @returns {Promise<string>}
   */
  async reply(end) {
    const deadline = Date.now() + replySeconds * 1000;
    for (;;) {
      const lines = this.text.split("\r\n");
      const last = lines.findIndex((line, index) => index < lines.length - 1 && end.test(line));
      if (last >= 0) {
        this.text = lines.slice(last + 1).join("\r\n");
        return lines.slice(0, last + 1).join("\n");
      }
      if (this.broken) throw this.broken;
      if (Date.now() >= deadline) throw new Failure(`no reply within ${replySeconds} s`, { passing: true });
      await new Promise((resolve) => {
        this.wake = () => resolve(undefined);
        setTimeout(resolve, deadline - Date.now()).unref();
      });
    }
  }

  /** @param {string} line */
  send(line) {
    this.socket.write(`${line}\r\n`);
  }

  /**
   * Sends a line of SMTP, unless it is empty, and demands a reply.
   * @param {string} line
   * @param {number} code
   * @param {string} other what else will do
   */
  async smtp(line, code, other = String(code)) {
    if (line) this.send(line);
    const reply = await this.reply(/^\d{3}( |$)/);
    if (!reply.startsWith(String(code)) && !reply.startsWith(other)) {
      const what = line ? `${line} is answered by` : "the greeting is";
      throw new Failure(`${what}: ${reply}`, { passing: reply.startsWith("4") });
    }
    return reply;
  }
}

/**
 * An SMTP session up to the EHLO within TLS.
 * @param {net.Socket} socket
 * @param {Server} server
 * @returns {Promise<{ dialogue: Dialogue, greeting: string, offers: string, version: string }>}
 */
async function startTls(socket, server) {
  const ehlo = `EHLO ${addressLiteral(socket)}`;
  const plain = new Dialogue(socket);
  const greeting = await plain.smtp("", 220);
  const offered = await plain.smtp(ehlo, 250);
  if (!/^250[- ]STARTTLS$/im.test(offered)) throw new Failure(`STARTTLS is not offered: ${offered}`);
  await plain.smtp("STARTTLS", 220);
  const secured = await secure(plain.release(), server);
  const dialogue = new Dialogue(secured);
  return { dialogue, greeting, offers: await dialogue.smtp(ehlo, 250), version: secured.getProtocol() ?? "TLS" };
}

/**
 * This computer by its address, as a name need not lead to it (RFC 5321 section 4.1.3).
 * @param {net.Socket} socket
 */
function addressLiteral({ localAddress = "127.0.0.1" }) {
  return localAddress.includes(":") ? `[IPv6:${localAddress.split("%")[0]}]` : `[${localAddress}]`;
}

/** @param {string} offers */
function demandAuth(offers) {
  if (!/^250[- ]AUTH /im.test(offers)) throw new Failure(`logging in is not offered within TLS: ${offers}`);
}

/** @type {Record<string, (socket: net.Socket, server: Server) => Promise<string>>} How a service of SMTP proves that it works; a line for a person. */
const proofs = {
  async smtp(socket, server) {
    const { dialogue, greeting, version } = await startTls(socket, server);
    await dialogue.smtp("MAIL FROM:<>", 250);
    // A full mailbox is one that is known.
    for (const recipient of server.recipients) await dialogue.smtp(`RCPT TO:<${recipient}>`, 250, "552 5.2.2");
    await dialogue.smtp("RSET", 250);
    dialogue.send("QUIT");
    return `${greeting}; ${version}, certificate valid; takes mail for ${server.recipients.join(", ")}`;
  },
  async submission(socket, server) {
    const { dialogue, greeting, offers, version } = await startTls(socket, server);
    demandAuth(offers);
    dialogue.send("QUIT");
    return `${greeting}; ${version}, certificate valid`;
  },
  async submissions(socket, server) {
    const secured = await secure(socket, server);
    const dialogue = new Dialogue(secured);
    const greeting = await dialogue.smtp("", 220);
    demandAuth(await dialogue.smtp(`EHLO ${addressLiteral(socket)}`, 250));
    dialogue.send("QUIT");
    return `${greeting}; ${secured.getProtocol()}, certificate valid`;
  },
  async sieve(socket, server) {
    const plain = new Dialogue(socket);
    const offered = await plain.reply(managesieveReply);
    if (!/^"STARTTLS"/im.test(offered)) throw new Failure(`STARTTLS is not offered: ${offered}`);
    plain.send("STARTTLS");
    const answer = await plain.reply(managesieveReply);
    if (!/^OK/i.test(answer)) throw new Failure(`STARTTLS is answered by: ${answer}`);
    const secured = await secure(plain.release(), server);
    const dialogue = new Dialogue(secured);
    const offers = await dialogue.reply(managesieveReply);
    if (!/^"SASL" ".*PLAIN/im.test(offers)) throw new Failure(`logging in is not offered within TLS: ${offers}`);
    dialogue.send("LOGOUT");
    return `${offers.split("\n")[0]}; ${secured.getProtocol()}, certificate valid`;
  },
};

/** The last line of a reply of ManageSieve (RFC 5804 section 1.2). */
const managesieveReply = /^(OK|NO|BYE)\b/i;

/**
 * How any other one does: it begins as it must, within TLS.
 * @param {net.Socket} socket
 * @param {Server} server
 * @param {string} welcome
 * @param {string} farewell
 */
async function greets(socket, server, welcome, farewell) {
  const secured = await secure(socket, server);
  const dialogue = new Dialogue(secured);
  const greeting = await dialogue.reply(/./);
  if (!greeting.startsWith(welcome)) throw new Failure(`the greeting is: ${greeting}`);
  dialogue.send(farewell);
  return `${greeting.slice(0, 60)}; ${secured.getProtocol()}, certificate valid`;
}

/**
 * @param {Server} server
 * @param {string} address
 * @param {Port} port
 * @returns {Promise<Finding>}
 */
async function examine(server, address, port) {
  const place = `${address} port ${port.number} (${port.service})`;
  /** @type {net.Socket | undefined} */
  let socket;
  try {
    socket = await connect(address, port.number);
    const { service, greeting, farewell = "" } = port;
    const own = proofs[service];
    if (!own && !greeting) throw new Failure(`nobody knows how to probe ${service}`);
    const proof = own ? own(socket, server) : greets(socket, server, greeting ?? "", farewell);
    return { address, port, place, detail: printable(await proof, 1000) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { address, port, place, detail: printableLines(error.message, 500), failure: error };
  } finally {
    const done = socket;
    setTimeout(() => done?.destroy(), 500).unref();
  }
}

/**
 * Whether receivers find the key that signatures name, as they look for it.
 * @param {DkimKey} key
 * @returns {Promise<Finding>}
 */
async function examineKey({ name, sha256 }) {
  const place = `${name} TXT`;
  // Of two records at a selector a receiver may take either (RFC 6376 section 3.6.2.2).
  const isWanted = (/** @type {string[]} */ values) =>
    values.length === 1 && createHash("sha256").update(keyIn(values[0])).digest("hex") === sha256;
  const { values, asked } = await answersOf({ name, type: "TXT" }, isWanted);
  if (isWanted(values)) return { address: "", place, detail: "has the DKIM key of the stack" };
  const seen = values.length === 0 ? "nothing" : printable(values.slice(0, 3).join(" and "), 1000);
  const detail = `must be one record with the DKIM key of the stack, is ${seen} (asked: ${printable(asked, 1000)})`;
  return { address: "", place, detail, failure: new Failure(detail, { passing: true }) };
}

/**
 * What a DKIM key record has as `p=` (RFC 6376 section 3.6.1).
 * @param {string} [text]
 */
function keyIn(text = "") {
  return /(?:^|;)\s*p\s*=([^;]*)/.exec(text)?.[1]?.replace(/\s/g, "") ?? "";
}

/**
 * One line for all places at which the same was found.
 * @param {Finding[]} findings
 */
function describe(findings) {
  const places = new Map(findings.map(({ detail }) => [detail, /** @type {string[]} */ ([])]));
  for (const { detail, place } of findings) places.get(detail)?.push(place);
  return [...places].map(([detail, at]) => `${at.join(", ")}: ${detail}`);
}

/**
 * What to do about failures that say more together than each alone.
 * @param {Finding[]} findings of all ports of one address
 */
function advise(findings) {
  const silent = findings.filter(({ failure }) => failure?.silent);
  const [first, ...others] = silent;
  if (!first) return [];
  if (silent.length === findings.length) {
    return net.isIPv6(first.address)
      ? [
          `Nothing answers at ${first.address}: see that the machine has this address ('ip -6 address'), or do without IPv6.`,
        ]
      : [
          `Nothing answers at ${first.address}: see that the machine runs, and that no firewall before it closes these ports.`,
        ];
  }
  if (first.port?.service !== "smtp" || others.length > 0) return [];
  return [
    `Of ${first.address}, only port ${first.port.number} does not answer: most likely the network in which Pulumi runs lets no connection to port 25 out, as many homes, offices and clouds do not (or a firewall before the machine closes it).`,
    "Run 'pulumi up' in another network; or set the mail server's 'enableProbe' to false and see for yourself that port 25 answers.",
  ];
}

/** @param {number} seconds */
const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/**
 * Looks again for as long as what is wrong may be over soon.
 * @param {() => Promise<Finding[]>} look
 * @param {number} seconds
 * @returns {Promise<Finding[]>}
 */
async function settled(look, seconds) {
  const deadline = Date.now() + seconds * 1000;
  let said = "";
  for (;;) {
    const findings = await look();
    const failed = findings.filter(({ failure }) => failure);
    if (failed.length === 0 || Date.now() >= deadline || failed.some(({ failure }) => !failure?.passing))
      return findings;
    const text = `waiting for ${failed.map(({ place }) => place).join(", ")}`;
    if (text !== said) console.error(text);
    said = text;
    await pause(pollSeconds);
  }
}

/** @param {Server} server */
async function examinePorts(server) {
  const all = server.addresses.flatMap((address) => server.ports.map((port) => examine(server, address, port)));
  const seen = await Promise.all(all);
  return seen.filter(({ address, failure }) => !(failure?.elsewhere && net.isIPv6(address)));
}

/** @param {Server} server */
async function main(server) {
  const { addresses, dkimKeys = [], seconds, keySeconds = seconds } = server;
  const [ports, keys] = await Promise.all([
    settled(() => examinePorts(server), seconds),
    settled(() => Promise.all(dkimKeys.map(examineKey)), keySeconds),
  ]);
  const findings = [...ports, ...keys];
  const failed = findings.filter(({ failure }) => failure);
  if (failed.length === 0) {
    for (const line of describe(findings)) console.log(line);
    if (ports.length < addresses.length * server.ports.length)
      console.log("IPv6 was left out: the network in which Pulumi runs has none");
    return;
  }
  const advice = addresses.flatMap((at) => advise(ports.filter(({ address }) => address === at)));
  const unseen = keys.filter(({ failure }) => failure).map(({ place }) => place.split(" ")[0]);
  const look = unseen.slice(0, 1).map((name) => {
    return `See that the domain is delegated to the name servers of the zone that the stack publishes in ('dig +trace TXT ${name}').`;
  });
  const lines = [...describe(failed), ...advice, ...look].map((line) => `  ${line}`);
  console.error(`${server.hostname} failed the probe, so no MX record was touched:\n${lines.join("\n")}`);
  process.exitCode = 1;
}

main(JSON.parse(process.env.SERVER ?? "{}"));
