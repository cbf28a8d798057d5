import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MailDnsArgs, MailHostArgs } from "../../components/args";
import { checkout } from "../../lab/paths";
import { type PreviewStep, Stack, succeeded } from "../lab/stack";
import { exampleArgs } from "../unit/fixture";
import { waitsFor } from "./waits";

const nameServer = { rfc2136: { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" } };
const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";

/** The smaller components, each alone, as the real engine sees them in a preview. */
describe("the smaller components", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.ofProgram("parts", join(checkout, "test", "preview", "program", "index.ts"));
  });
  afterAll(() => stack?.forget());

  const preview = (component: string, args: object) => {
    stack.keep({ component, args });
    return stack.run(["preview", "--json"]);
  };
  const steps = async (component: string, args: object) => {
    const { stdout } = succeeded(await preview(component, args));
    const all = (JSON.parse(stdout) as { steps: PreviewStep[] }).steps;
    return new Map(all.map(({ urn, newState }) => [nameOf(urn), newState]));
  };

  const dnsArgs: MailDnsArgs = {
    hostname: "mail.example.org",
    ipv4Address: "198.51.100.7",
    domains: [{ name: "example.org" }],
    certificate: { acme: {} },
    dns: nameServer,
    reverseDns: nameServer,
  };
  const { host, operatingSystem, mailboxes } = exampleArgs();
  const hostArgs: MailHostArgs = {
    hostname: "mail.example.org",
    ...{ host, operatingSystem, mailboxes: mailboxes?.slice(0, 1) },
    domains: [{ name: "example.org" }],
    certificate: { acme: {} },
  };

  it("MailDns has records, and keys of its own, and no machine", async () => {
    const made = await steps("MailDns", dnsArgs);
    const names = [...made.keys()].filter((name) => name.startsWith("mail")).sort();
    expect(names).toMatchInlineSnapshot(`
      [
        "mail",
        "mail-confirmed",
        "mail-dkim-mail-example.org",
        "mail-dkim-mail-mail.example.org",
        "mail-example.org",
        "mail-example.org-DKIM-mail",
        "mail-example.org-DMARC",
        "mail-example.org-MX",
        "mail-example.org-SPF",
        "mail-example.org-SRV-imap",
        "mail-example.org-SRV-imaps",
        "mail-example.org-SRV-pop3",
        "mail-example.org-SRV-pop3s",
        "mail-example.org-SRV-submission",
        "mail-example.org-SRV-submissions",
        "mail-mail.example.org-A",
        "mail-mail.example.org-CAA-issue",
        "mail-mail.example.org-CAA-issuewild",
        "mail-mail.example.org-DKIM-mail",
        "mail-mail.example.org-SPF",
        "mail-resolves",
        "mail-reverse-v4",
      ]
    `);
    expect(waitsFor("mail-example.org-MX", made)).toEqual(
      expect.arrayContaining(["mail-mail.example.org-A", "mail-confirmed", "mail-example.org-SRV-imaps"]),
    );
  });

  it("MailDns publishes keys that are given, and a TLSA record where there is a certificate", async () => {
    const dkimPublicKeys = {
      "mail._domainkey.example.org": `-----BEGIN PUBLIC KEY-----\n${"A".repeat(392)}\n-----END PUBLIC KEY-----\n`,
    };
    const made = await steps("MailDns", { ...dnsArgs, dkimPublicKeys, certificateSpkiSha256: "ab".repeat(32) });
    expect([...made.keys()]).toContain("mail-mail.example.org-TLSA");
    expect([...made.keys()]).toContain("mail-example.org-DKIM-mail");
    expect([...made.keys()]).not.toContain("mail-mail.example.org-DKIM-mail");
    expect([...made.values()].map((state) => state?.type)).not.toContain("tls:index/privateKey:PrivateKey");
  });

  it("MailDns lists everything that is wrong with its args", async () => {
    const { stdout, stderr, exitCode } = await preview("MailDns", {
      ...dnsArgs,
      ...{ hostname: "mail", ipv4Address: "198.51.100.700", certificateSpkiSha256: "AB", mailboxes: [] },
      dkimPublicKeys: { "other._domainkey.example.org": "" },
      domains: [{ name: "example.org", catchAll: "anna@example.org" }],
    });
    expect(exitCode).not.toBe(0);
    const said = stdout + stderr;
    for (const text of [
      'hostname: \\"mail\\" has one label only',
      "ipv4Address: ",
      "certificateSpkiSha256: ",
      "mailboxes: is not known here",
      "domains[0].catchAll: is not known here",
    ])
      expect(said).toContain(text);
  });

  it("MailHost has the machine, and no record but as an output", async () => {
    const made = await steps("MailHost", hostArgs);
    const types = new Set([...made.values()].map((state) => state?.type));
    expect([...types]).not.toContain("command:local:Command");
    expect(made.get("mail/etc/postfix/main.cf")?.inputs?.content).toContain("myhostname = mail.example.org\n");
    expect(made.has("mail-host-command")).toBe(true);
  });

  it("MailHost knows nothing of where records are kept", async () => {
    const { stdout, stderr, exitCode } = await preview("MailHost", {
      ...hostArgs,
      dns: nameServer,
      domains: [{ name: "example.org", dns: nameServer }],
    });
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("dns: is not known here");
    expect(stdout + stderr).toContain("domains[0].dns: is not known here");
  });

  it("options of resources inside a component are changed by a transform, as docs/reuse.md says", async () => {
    const program = readFileSync(join(__dirname, "program", "index.ts"), "utf8");
    const transform = /^const patient[\s\S]*?;\n/m.exec(program)?.[0] ?? "?";
    expect(readFileSync(join(checkout, "docs", "reuse.md"), "utf8")).toContain(transform);
    const made = await steps("MailHost", hostArgs);
    expect(made.get("mail-host-command")?.customTimeouts).toMatchObject({ create: 3600, update: 3600 });
  });
});
