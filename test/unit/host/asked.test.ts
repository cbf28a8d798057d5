import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MailServerArgs } from "../../../components/args";
import { awaitConfirmedNames, awaitForwardNames, awaitReverseNames } from "../../../components/dns/awaitNames";
import type { Host } from "../../../components/host/connection";
import { probe } from "../../../components/probe";
import { validate } from "../../../components/validate";
import { exampleArgs, modelFor } from "../fixture";
import { source } from "./deployer";
import { Mocked } from "./mocked";

const v4 = "198.51.100.7";
const v6 = "2001:db8:51::7";
const host: Host = {
  ipv4Address: pulumi.output(v4),
  ipv6Address: pulumi.output(v6),
  user: "root",
  port: 22,
  hostKey: pulumi.output("ssh-ed25519 AAAA"),
  connection: { host: v4 },
};
const nameServer = { rfc2136: { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" } };
const automatic = validate(exampleArgs({ dns: nameServer, reverseDns: nameServer }));
const elsewhere = { name: "example.com", dns: nameServer };
const hostV4: Host = { ...host, ipv6Address: undefined };

describe("what the deployer is told to look at", () => {
  let mocked: Mocked;

  const told = async (name: string, variable: string) => {
    await vi.waitFor(() => mocked.resource(name));
    const { environment } = mocked.resource(name).inputs as { environment: Record<string, string> };
    return JSON.parse(environment[variable] ?? "null");
  };

  beforeEach(async () => {
    mocked = new Mocked();
    await mocked.start();
  });
  afterEach(() => mocked.settled());

  it("what the deployer is told to look at is that the hostname leads to the machine's addresses and nowhere else", async () => {
    awaitForwardNames("both", automatic, host, { parent: mocked.parent() });
    awaitForwardNames("v4", automatic, hostV4, { parent: mocked.parent() });
    expect(await told("both-resolves", "QUESTIONS")).toEqual([
      { name: "mail.example.org", type: "A", expected: [v4] },
      { name: "mail.example.org", type: "AAAA", expected: [v6] },
    ]);
    expect(await told("v4-resolves", "QUESTIONS")).toEqual([
      { name: "mail.example.org", type: "A", expected: [v4] },
      { name: "mail.example.org", type: "AAAA", expected: [] },
    ]);
  });

  it("what the deployer is told to look at goes by who keeps the records of the hostname, which may be its domain", async () => {
    const awaited = (dns: MailServerArgs["dns"], own: MailServerArgs["dns"]) => {
      const domains = exampleArgs().domains.map((domain, index) => (index === 0 ? { ...domain, dns: own } : domain));
      const args = validate(exampleArgs({ dns, domains }));
      return awaitForwardNames(`${Object.keys(own)}`, args, host, { parent: mocked.parent() }).length;
    };
    expect(awaited(nameServer, { zoneFile: {} })).toBe(0);
    expect(awaited({ zoneFile: {} }, nameServer)).toBe(1);
  });

  it("what the deployer is told to look at is that the addresses lead back", async () => {
    awaitConfirmedNames("both", automatic, host, { parent: mocked.parent() });
    awaitConfirmedNames("v4", automatic, hostV4, { parent: mocked.parent() });
    const reversed = async (name: string) =>
      (await told(name, "QUESTIONS")).filter(({ type }: { type: string }) => type === "PTR");
    expect(await reversed("both-confirmed")).toEqual([
      { name: "7.100.51.198.in-addr.arpa", type: "PTR", expected: ["mail.example.org"] },
      {
        name: expect.stringMatching(/^7\.0\.0\.0\..*\.1\.0\.0\.2\.ip6\.arpa$/),
        type: "PTR",
        expected: ["mail.example.org"],
      },
    ]);
    expect(await reversed("v4-confirmed")).toHaveLength(1);
  });

  it("what the deployer is told to look at is every service of the machine, by a script that Node.js reads from standard input", async () => {
    const model = modelFor(validate(exampleArgs({ enablePop3: true })));
    const [manifestHash, certificateSpkiSha256] = [pulumi.output("hash"), pulumi.output("ab".repeat(32))];
    const publicKeyPem = pulumi.output("-----BEGIN PUBLIC KEY-----\nQUJD\n-----END PUBLIC KEY-----\n");
    const keys = new Map([["mail._domainkey.example.org", { publicKeyPem }]]);
    probe("mail", model, host, { manifestHash, certificateSpkiSha256 }, keys, { parent: mocked.parent() });
    const server = await told("mail-probe", "SERVER");
    expect(server).toMatchObject({
      hostname: "mail.example.org",
      certificateKey: "ab".repeat(32),
      addresses: [v4, v6],
      recipients: ["postmaster@example.com", "postmaster@example.org"],
      dkimKeys: [{ name: "mail._domainkey.example.org", sha256: createHash("sha256").update("QUJD").digest("hex") }],
    });
    expect(server.ports.map(({ number }: { number: number }) => number)).toEqual([25, 465, 587, 993, 995]);
    const { interpreter, create, stdin, environment } = mocked.resource("mail-probe").inputs;
    expect({ interpreter, create, stdin }).toEqual({
      interpreter: ["node", "-"],
      create: "probe mail.example.org from here",
      stdin: source("probe"),
    });
    expect(environment).toMatchObject({ MANIFEST: "hash" });
  });

  it.each<[string, Partial<MailServerArgs>, number, number, number]>([
    ["published by themselves, both ways", { dns: nameServer, reverseDns: nameServer }, 1, 1, 0],
    ["published by themselves, but reversed by hand", { dns: nameServer }, 1, 0, 1],
    ["published without a look at the reverse", { dns: nameServer, requireReverseDns: false }, 1, 0, 0],
    [
      "published, also the reverse, without a look at it",
      { dns: nameServer, reverseDns: nameServer, requireReverseDns: false },
      ...([1, 0, 0] as const),
    ],
    ["pasted by hand", { dns: { zoneFile: {} } }, 0, 0, 0],
    ["pasted by hand but for another domain", { domains: [{ name: "example.org" }, elsewhere] }, 0, 0, 1],
    ["pasted by hand, reversed by a name server that takes them as they are", { reverseDns: nameServer }, 0, 0, 0],
    ["pasted by hand, reversed by OVH, which does not", { reverseDns: { ovh: {} } }, 1, 1, 0],
  ])(
    "what the deployer is told to look at is awaited as it can be when names are %s",
    (_what, changes, forward, confirmed, beforeMail) => {
      const valid = validate(exampleArgs(changes));
      const opts = { parent: mocked.parent() };
      expect(awaitForwardNames("mail", valid, host, opts)).toHaveLength(forward);
      expect(awaitConfirmedNames("mail", valid, host, opts)).toHaveLength(confirmed);
      expect(awaitReverseNames("mail", valid, host, opts)).toHaveLength(beforeMail);
    },
  );

  it("what the deployer is told to look at is for a while that the addresses lead back, where a person sets that, with what to do otherwise", async () => {
    awaitReverseNames("mail", validate(exampleArgs({ dns: nameServer })), host, { parent: mocked.parent() });
    const types = (await told("mail-confirmed", "QUESTIONS")).map(({ type }: { type: string }) => type);
    expect(types).toEqual(["A", "AAAA", "PTR", "PTR"]);
    const { SECONDS, OTHERWISE } = mocked.resource("mail-confirmed").inputs.environment as Record<string, string>;
    expect(SECONDS).toBe("120");
    expect(OTHERWISE).toContain("set requireReverseDns to false");
  });
});
