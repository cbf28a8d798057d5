import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { obeyed } from "../hostile";
import { Authority, type Certificate } from "./certificates";
import { type Ran, run, source } from "./deployer";
import { type Faults, MailPorts } from "./mailPorts";

const services = ["smtp", "submission", "submissions", "imaps", "pop3s", "sieve"];
const recipients = ["postmaster@example.org", "postmaster@example.com"];

describe("the probe", () => {
  const folder = mkdtempSync(join(tmpdir(), "probe-"));
  let authority: Authority;
  let good: Certificate;
  let ports: MailPorts[] = [];

  beforeAll(() => {
    authority = new Authority(folder);
    good = authority.issue("mail.example.org");
  });
  afterEach(async () => {
    await Promise.all(ports.map((each) => each.close()));
    ports = [];
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const serve = (certificate: Certificate, faults: Faults = {}, address?: string) => {
    const server = new MailPorts(certificate, faults, address);
    ports.push(server);
    return server;
  };
  const probe = (
    server: object,
    trusted: NodeJS.ProcessEnv = { NODE_EXTRA_CA_CERTS: authority.path },
  ): Promise<Ran> => {
    const SERVER = JSON.stringify({
      hostname: "mail.example.org",
      addresses: ["127.0.0.1"],
      recipients,
      seconds: 0,
      ...server,
    });
    return run(["node", "-", "probe"], source("probe"), { SERVER, ...trusted });
  };

  /** A port where whoever is on the way says what he likes. */
  const saying = async (say: (socket: Socket) => void) => {
    const server = createServer((socket) => say(socket.on("error", () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const port = { service: "smtp", number: (server.address() as AddressInfo).port };
    const ran = await probe({ ports: [port] });
    server.close();
    return ran;
  };

  it("the probe prints what is said to it as text", async () => {
    const evil = "554 \x1b[2J\x1b]52;c;Y3VybA==\x07\u009b31m\n::error title=x::y ##[error]z";
    const { stdout, stderr, exitCode } = await saying((socket) => socket.end(`554-a\r\n${evil}\r\n`));
    expect([stdout, exitCode]).toEqual(["", 1]);
    expect(stderr).toContain("the greeting is: 554-a\n554 \\x1b[2J");
    expect(stderr).not.toMatch(obeyed);
  });

  it("the probe listens to no greeting without end", async () => {
    const { stderr, exitCode } = await saying((socket) => {
      const line = `220-${"x".repeat(60_000)}`;
      const more = () => {
        while (socket.writable && socket.write(line));
      };
      socket.on("drain", more);
      more();
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the reply is longer than 65536 characters");
  });

  it("the probe passes a good server on every port, asks for each postmaster and sends no message", async () => {
    const server = serve(good);
    const listening = await Promise.all(services.map((service) => server.listen(service)));
    const { stdout, stderr, exitCode } = await probe({ ports: listening });
    expect([stderr, exitCode]).toEqual(["", 0]);
    for (const { service, number } of listening) expect(stdout).toContain(`127.0.0.1 port ${number} (${service})`);
    expect(stdout).toContain("takes mail for postmaster@example.org, postmaster@example.com");
    expect(server.heard).toEqual(
      expect.arrayContaining(["EHLO [127.0.0.1]", "MAIL FROM:<>", "RCPT TO:<postmaster@example.com>", "RSET", "QUIT"]),
    );
    expect(server.heard).not.toContain("DATA");
  });

  it.each<[string, Faults, string, RegExp]>([
    [
      "a refused postmaster",
      { recipient: "550 5.1.1 No such user" },
      "smtp",
      /RCPT TO:<postmaster@example\.org> is answered by: 550 5\.1\.1/,
    ],
    ["no STARTTLS", { withoutStartTls: true }, "smtp", /STARTTLS is not offered/],
    ["no way to log in", { withoutAuth: true }, "submission", /logging in is not offered within TLS/],
    ["no way to log in", { withoutAuth: true }, "submissions", /logging in is not offered within TLS/],
    ["no STARTTLS", { withoutStartTls: true }, "sieve", /STARTTLS is not offered/],
    ["no way to log in", { withoutAuth: true }, "sieve", /logging in is not offered within TLS/],
    ["an unwilling greeting", { greeting: "554 go away" }, "smtp", /the greeting is: 554 go away/],
    ["an unwilling greeting", { greeting: "* BYE not now" }, "imaps", /the greeting is: \* BYE not now/],
    ["an unwilling greeting", { greeting: "-ERR no" }, "pop3s", /the greeting is: -ERR no/],
  ])("the probe fails on %s and names the port: %j", async (_what, faults, service, message) => {
    const port = await serve(good, faults).listen(service);
    const { stderr, exitCode } = await probe({ ports: [port], seconds: 60 });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("mail.example.org failed the probe, so no MX record was touched");
    expect(stderr).toContain(`127.0.0.1 port ${port.number} (${service})`);
    expect(stderr).toMatch(message);
  });

  it.each(["smtp", "submissions", "imaps"])(
    "the probe fails on a certificate that is not valid: %s",
    async (service) => {
      const judged = async (certificate: Certificate, trusted?: NodeJS.ProcessEnv) =>
        (await probe({ ports: [await serve(certificate).listen(service)] }, trusted)).stderr;
      expect(await judged(authority.issue("www.example.org"))).toMatch(
        /the certificate is for DNS:www\.example\.org, not for mail\.example\.org/,
      );
      expect(await judged(authority.issue("mail.example.org", -1))).toMatch(/the certificate ended on /);
      expect(await judged(good, {})).toMatch(/of Test authority is not valid for the public .*NODE_EXTRA_CA_CERTS/);
    },
  );

  it("the probe fails on a certificate whose key is not the one that DNS says, and tells how the record follows", async () => {
    const port = await serve(good).listen("smtp");
    const spki = new X509Certificate(good.cert).publicKey.export({ type: "spki", format: "der" });
    const certificateKey = createHash("sha256").update(spki).digest("hex");
    expect((await probe({ ports: [port], certificateKey })).exitCode).toBe(0);
    const { stderr, exitCode } = await probe({ ports: [port], certificateKey: "0".repeat(64) });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/another key than the TLSA record says.* change the mail server's 'triggers' /);
  });

  it("the probe says the same of several ports once", async () => {
    const server = serve(authority.issue("www.example.org"));
    const listening = await Promise.all(services.map((service) => server.listen(service)));
    const { stderr } = await probe({ ports: listening });
    expect(stderr.match(/the certificate is for/g)).toHaveLength(1);
  });

  it("the probe says what it means when only port 25 does not answer", async () => {
    const server = serve(good);
    const open = await Promise.all(["submission", "imaps"].map((service) => server.listen(service)));
    const { stderr, exitCode } = await probe({ ports: [{ service: "smtp", number: await closedPort() }, ...open] });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/only port \d+ does not answer: .* lets no connection to port 25 out/);
    expect(stderr).toContain("set the mail server's 'enableProbe' to false");
  });

  it("the probe says what it means when nothing answers, and does not blame port 25", async () => {
    const closed = await Promise.all(services.map(async (service) => ({ service, number: await closedPort() })));
    const { stderr } = await probe({ ports: closed });
    expect(stderr).toContain("Nothing answers at 127.0.0.1: see that the machine runs");
    expect(stderr).not.toContain("lets no connection to port 25 out");
  });

  it("the probe waits for a server that is still starting", async () => {
    const port = await serve(good, { hangUps: 1 }).listen("smtp");
    const { stderr, exitCode } = await probe({ ports: [port], seconds: 30 });
    expect([stderr, exitCode]).toEqual([`waiting for 127.0.0.1 port ${port.number} (smtp)\n`, 0]);
  });

  it("the probe looks at IPv6 too, and leaves it out where this computer has none", async () => {
    const port = await serve(good, {}, "::1").listen("smtp");
    expect((await probe({ addresses: ["::1"], ports: [port] })).stdout).toContain(
      `::1 port ${port.number} (smtp): 220`,
    );
    const v4 = await serve(good).listen("smtp");
    // Nobody has a route to an address for documentation but the lab; a namespace of its own has none to anything.
    const SERVER = JSON.stringify({
      hostname: "mail.example.org",
      addresses: ["2001:db8::1"],
      recipients,
      seconds: 0,
      ports: [v4],
    });
    const alone = await run(["unshare", "-rn", "node", "-", "probe"], source("probe"), { SERVER });
    expect([alone.stdout, alone.exitCode]).toEqual([expect.stringContaining("IPv6 was left out"), 0]);
  });
});

/** A port of the loopback address at which nobody listens. */
async function closedPort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
