import { createHash, X509Certificate } from "node:crypto";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { XMLParser } from "fast-xml-parser";
import { expect } from "vitest";
import { type DomainArgs, MtaStsMode } from "../../../index";
import { acme, dns } from "../../../lab/lab";
import type { Route } from "../../../lab/mail";
import type { Scenario } from "../scenario";
import { bound } from "../story";

/** Policies and settings are served by HTTPS as long as a domain wants them, each name with a certificate of its own domain. */
export function servesTheWeb(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { host, anna, release } = scenario;
  const { domain, secondDomain, hostname } = release;
  const before = scenario.args;
  const names = [`mta-sts.${domain}`, `autoconfig.${domain}`, `autodiscover.${domain}`, `mta-sts.${secondDomain}`];
  const policyPath = "/.well-known/mta-sts.txt";
  /** Changes these members of the domains, in their order. */
  const up = async (changes: Partial<DomainArgs>[]) => {
    const domains = scenario.args.domains.map((each, index) => ({ ...each, ...changes[index] }));
    scenario.args = { ...scenario.args, domains };
    await scenario.stack.up(scenario.args);
  };
  /** The certificates of the two domains and of the mail services. */
  const certificates = async () => ({
    first: await served(route(), `mta-sts.${domain}`),
    second: await served(route(), `mta-sts.${secondDomain}`),
    mail: await served(route(), hostname, 993),
  });

  step("MTA-STS for two domains: nginx comes up beside the mail services, which notice nothing", async () => {
    const daemons = await host.daemons();
    const place = await host.cursor();
    await up([{ mtaSts: { mode: MtaStsMode.Testing } }, { mtaSts: { mode: MtaStsMode.None, maxAge: 86_400 } }]);
    // One more than a change has that needs no package.
    expect(await host.connections(place)).toBe(2);
    expect(await host.daemons()).toEqual(daemons);
    expect((await host.reloads(place)).filter((line) => /postfix|dovecot/.test(line))).toEqual([]);
    expect(await host.openPorts()).toContain(443);
    expect(await host.mode(`/etc/ssl/mailserver/${domain}.pem`)).toContain("root:root 600 ");
  });

  for (const family of ["v4", "v6"] as const) {
    step(`the MTA-STS policies are served over IP${family} with a certificate that the world believes`, async () => {
      const answer = await ask(route(family), `mta-sts.${domain}`, policyPath);
      expect(answer.status).toBe(200);
      expect(answer.type).toBe("text/plain");
      expect(answer.server).toBe("nginx");
      expect(answer.protection).toEqual(["max-age=31536000", "nosniff"]);
      expect(answer.body).toBe(`version: STSv1\r\nmode: testing\r\nmx: ${hostname}\r\nmax_age: 604800\r\n`);
      const second = await ask(route(family), `mta-sts.${secondDomain}`, policyPath);
      expect(second.body).toContain("mode: none\r\n");
    });
  }

  step("whoever asks the web server for another name, for none or for another file gets nothing", async () => {
    for (const name of [hostname, `autoconfig.${domain}`, "example.net", undefined])
      await expect(shakeHands(route(), name)).rejects.toThrow(/unrecognized name|closed|reset|alert/i);
    await expect(shakeHands(route(), `mta-sts.${domain}`, oldTls)).rejects.toThrow();
    for (const path of ["/", "/index.html", "/mail/config-v1.1.xml", "/mta-sts.txt", "/../example.org/mta-sts.txt"])
      expect((await ask(route(), `mta-sts.${domain}`, path)).status, path).toBeGreaterThanOrEqual(400);
  });

  step("autoconfig for one domain later: that domain's certificate gets more names and keeps its key", async () => {
    const [old, place] = [await certificates(), await host.cursor()];
    await up([{ enableAutoconfig: true }]);
    expect(await host.connections(place)).toBe(1);
    // nginx finishes a reload after systemd thinks so.
    await expect.poll(async () => (await certificates()).first.serialNumber).not.toBe(old.first.serialNumber);
    const now = await certificates();
    expect(now.first.subjectAltName?.match(/[\w.-]+\.com/g)?.sort()).toEqual(names.slice(0, 3).sort());
    expect(keyOf(now.first)).toBe(keyOf(old.first));
    expect([now.second, now.mail].map(serialOf)).toEqual([old.second, old.mail].map(serialOf));
  });

  step("Thunderbird, Outlook and Apple's Mail are told the servers; Outlook also its own address", async () => {
    const thunderbird = await ask(route("v6"), `autoconfig.${domain}`, "/mail/config-v1.1.xml");
    expect([thunderbird.status, thunderbird.type]).toEqual([200, "application/xml"]);
    const provider = new XMLParser().parse(thunderbird.body).clientConfig.emailProvider;
    expect(provider.incomingServer[0]).toMatchObject({ hostname, port: 993, socketType: "SSL" });
    expect(provider.outgoingServer[0]).toMatchObject({ hostname, port: 465, username: "%EMAILADDRESS%" });

    const apple = await ask(route(), `autoconfig.${domain}`, "/email.mobileconfig");
    expect([apple.status, apple.type]).toEqual([200, "application/x-apple-aspen-config"]);

    const outlook = (path: string, address: string) =>
      ask(route(), `autodiscover.${domain}`, path, question(address)).then(({ status, body }) => {
        const { Account } = new XMLParser().parse(body).Autodiscover.Response;
        return { status, logins: Account.Protocol.map((each: Record<string, unknown>) => each.LoginName) };
      });
    const mine = Array(3).fill(anna.address);
    const none = Array(3).fill(undefined);
    expect(await outlook("/autodiscover/autodiscover.xml", anna.address)).toEqual({ status: 200, logins: mine });
    expect(await outlook("/Autodiscover/Autodiscover.xml", anna.address)).toEqual({ status: 200, logins: mine });
    expect(await outlook("/autodiscover/autodiscover.xml", "<b>&lt;x@y")).toEqual({ status: 200, logins: none });
    const long = await ask(route(), `autodiscover.${domain}`, "/autodiscover/autodiscover.xml", "x".repeat(20_000));
    expect(long.status).toBe(413);
    expect(await host.openPorts()).not.toContain(442);
  });

  step("an MTA-STS policy changed: one file, no certificate, and nginx is not even reloaded", async () => {
    const { first } = await certificates();
    const place = await host.cursor();
    await up([{ mtaSts: { mode: MtaStsMode.Enforce } }]);
    expect((await ask(route(), `mta-sts.${domain}`, policyPath)).body).toContain("mode: enforce\r\n");
    expect(serialOf((await certificates()).first)).toBe(serialOf(first));
    expect(await host.journal({ after: place, units: ["nginx.service"] })).toEqual([]);
  });

  step(
    "a renewal of all certificates: every one is new, every key is the old one, and nginx and the mail services serve it",
    async () => {
      const old = await certificates();
      expect(scenario.reported().key).toBe(keyOf(old.mail));
      expect(scenario.reported().account).toMatch(/^https:\/\/acme\.test:14000\/.*\w$/);
      await host.renewCertificates();
      const names = ["first", "second", "mail"] as const;
      let now = old;
      // Processes of nginx from before the reload may take a connection more.
      const unchanged = async () => {
        now = await certificates();
        return names.filter((which) => serialOf(now[which]) === serialOf(old[which]));
      };
      await expect.poll(unchanged, { timeout: 10_000 }).toEqual([]);
      for (const which of names) expect(keyOf(now[which]), which).toBe(keyOf(old[which]));
      expect((await ask(route("v6"), `mta-sts.${domain}`, policyPath)).status).toBe(200);
    },
  );

  step(
    "the web services switched off: the port closes, nginx stops, its certificates are forgotten and no other",
    async () => {
      const { mail } = await certificates();
      scenario.args = { ...scenario.args, domains: before.domains };
      await scenario.stack.up(scenario.args);
      expect(await host.openPorts()).not.toContain(443);
      expect(await host.shell("systemctl is-active nginx; systemctl is-enabled nginx")).toBe("inactive\ndisabled");
      expect(await host.shell("ls /etc/letsencrypt/renewal")).toBe(`${hostname}.conf`);
      expect(await host.shell("ls /etc/ssl/mailserver")).toBe("server.pem");
      expect(serialOf(await served(route(), hostname, 993))).toBe(serialOf(mail));
      expect(scenario.reported().key).toBe(keyOf(mail));
      const written = await host.journal({ units: ["nginx.service"] });
      expect(written.filter((line) => !line.startsWith("systemd[1]: ") && !provoked.test(line))).toEqual([]);
      for (const name of names) expect(await dns.records(name, "CNAME")).toEqual([]);
    },
  );
}

/** All that nginx has to say: it was told to reload, and a question was too long. */
const provoked = /\[notice\] \S+ signal process started$|client intended to send too large body: 20000 bytes/;

const oldTls: ConnectionOptions = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };

/** What Outlook posts. */
const question = (address: string) => `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request>
<EMailAddress>${address}</EMailAddress>
<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a</AcceptableResponseSchema>
</Request></Autodiscover>`;

interface Answer {
  status: number;
  type: string | undefined;
  server: string;
  /** Of `Strict-Transport-Security` and `X-Content-Type-Options`. */
  protection: unknown[];
  body: string;
}

/** Asks a web server by HTTPS and judges its certificate as a browser would. With a body, the question is posted. */
function ask({ address, from }: Route, name: string, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({
      host: address,
      localAddress: from,
      servername: name,
      headers: { Host: name },
      path,
      method: body === undefined ? "GET" : "POST",
      ca: acme.issuingRoots(),
      agent: false,
      timeout: 20_000,
    });
    asked.on("response", async (answer) => {
      const type = answer.headers["content-type"];
      const server = String(answer.headers.server);
      const protection = [answer.headers["strict-transport-security"], answer.headers["x-content-type-options"]];
      resolve({ status: answer.statusCode ?? 0, type, server, protection, body: await text(answer) });
    });
    asked.on("error", reject).on("timeout", () => asked.destroy(new Error("no answer")));
    asked.end(body);
  });
}

/** The connection after the handshake, whatever the certificate says. */
function shakeHands({ address, from }: Route, servername?: string, more: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const where = { host: address, localAddress: from, port: 443, rejectUnauthorized: false, servername, ...more };
    const socket = connect(where, () => resolve(socket));
    socket.on("error", reject).on("close", () => reject(new Error("closed")));
  });
}

/** The certificate that a web server has for a name, or the mail services on their port. */
async function served(route: Route, name: string, port = 443): Promise<X509Certificate> {
  const socket = await shakeHands(route, name, { port });
  const certificate = new X509Certificate(socket.getPeerCertificate().raw);
  socket.destroy();
  return certificate;
}

const serialOf = ({ serialNumber }: X509Certificate) => serialNumber;

/** SHA-256 of the public key, as TLSA records have it. */
function keyOf({ publicKey }: X509Certificate): string {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}
