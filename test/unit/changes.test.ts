import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDomainName } from "../../components/addresses";
import type { MailServerArgs } from "../../components/args";
import type { Question } from "../../components/dns/awaitNames";
import { MailServer } from "../../components/mailServer";
import { exampleArgs, hostKey } from "./fixture";
import { known, Mocked, type Registered } from "./host/mocked";
import { validArgs } from "./validArgs";

interface Judgement {
  holds(question: Question & { earlier: string[] }, values: string[]): boolean;
  published(printed: string): Map<string, string[]>;
}
const { holds, published } = createRequire(__filename)("../../components/deployer/resolution.js") as Judgement;

/** What a program registers, by type and name; the machine's addresses are known, keys are not, as in a first preview. */
async function preview(args: MailServerArgs): Promise<Previewed> {
  const mocked = new Mocked();
  mocked.answers = {
    "ovh:Vps/getVps:getVps": { ips: ["198.51.100.7", "2001:db8:51::7"] },
    "ovh:index/getDomainZoneRecords:getDomainZoneRecords": { ids: [] },
  };
  mocked.outputs = {
    "ovh:Vps/vps:Vps": { serviceName: "vps-2.vps.ovh.net" },
    "command:local:Command": { stdout: hostKey },
  };
  await mocked.start({ preview: true });
  const server = new MailServer("mail", args, { parent: mocked.parent() });
  await known(server.urn);
  await mocked.settled();
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  const resources = new Map([...mocked.resources.values()].map((each) => [`${each.type} ${each.name}`, each]));
  // Vitest wants a word now and then.
  await new Promise((resolve) => setTimeout(resolve, 10));
  return { args, resources };
}

/** The addresses that some records publish, by `NAME TYPE`: those of the forward records that a wait could ask for. */
function addresses(all: Iterable<Registered>): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  const add = (name: string, type: string, value: string) => {
    const key = `${name} ${type}`;
    found.set(key, (found.get(key) ?? new Set()).add(value));
  };
  for (const { type, inputs } of all) {
    if (type === "command:local:Command") {
      const line = (inputs.environment as Record<string, string> | undefined)?.RECORD;
      const [, name = "", kind = "", value = ""] = /^(\S+)\. \d+ IN (A|AAAA|PTR) (\S+?)\.?$/.exec(line ?? "") ?? [];
      if (name) add(name, kind, value);
    }
    if (type === "ovh:Domain/zoneRecord:ZoneRecord" && /^A+$/.test(String(inputs.fieldtype)))
      add([inputs.subdomain, inputs.zone].filter(Boolean).join("."), String(inputs.fieldtype), String(inputs.target));
    if (type === "cloudflare:index/dnsRecord:DnsRecord" && /^A+$/.test(String(inputs.type)))
      add(String(inputs.name), String(inputs.type), String(inputs.content));
  }
  return found;
}

const waits = (all: Map<string, Registered>): [name: string, questions: Question[]][] =>
  ["resolves", "confirmed"].flatMap((what) => {
    const found = all.get(`command:local:Command mail-${what}`);
    const environment = found?.inputs.environment as Record<string, string> | undefined;
    return environment ? [[what, JSON.parse(environment.QUESTIONS ?? "[]")]] : [];
  });

const print = (questions: Question[]) =>
  questions.map(({ name, type, expected }) => `${name} ${type}: ${expected.join(" and ") || "nothing"}`).join("\n");

/** Waits that the records do not satisfy when all is made and nothing is deleted yet, as it is in a run of the engine. */
function stuck(before: Map<string, Registered>, after: Map<string, Registered>): string[] {
  const left = [...before].filter(([key]) => !after.has(key)).map(([, each]) => each);
  const there = addresses([...left, ...after.values()]);
  const made = addresses(after.values());
  const earlier = new Map(waits(before));
  return waits(after).flatMap(([what, questions]) => {
    const last = earlier.get(what);
    if (JSON.stringify(last) === JSON.stringify(questions)) return [];
    const printed = published(print(last ?? []));
    return questions
      .filter(({ type }) => type !== "PTR")
      .filter((question) => {
        const key = `${question.name} ${question.type}`;
        const values = there.get(key);
        // Records that are pasted by hand are waited for until somebody has done so.
        if (!made.has(key) && question.expected.length > 0) return false;
        // A wait that is new has seen nothing yet; there, what is left of before is the stack's own only where a wait said so.
        return last !== undefined && !holds({ ...question, earlier: printed.get(key) ?? [] }, [...(values ?? [])]);
      })
      .map(({ name, type }) => `${what}: ${name} ${type}`);
  });
}

/** What a change must not make anew as long as the args ask for it: keys that the world knows, hashes that sessions hang on, a machine that was paid. */
function kept(args: MailServerArgs): string[] {
  const keys = args.domains.flatMap(({ name, dkim = {} }) => {
    const parsed = parseDomainName(name);
    const domain = "value" in parsed ? parsed.value : "";
    return [dkim.selector ?? "mail", ...(dkim.standbySelectors ?? [])].map(
      (selector) => `tls:index/privateKey:PrivateKey mail-dkim-${selector}-${domain}`,
    );
  });
  return [
    ...keys,
    "random:index/randomPassword:RandomPassword mail-password-salt",
    "tls:index/privateKey:PrivateKey mail-acme-account",
    ...(args.host.ovhVps?.order ? ["ovh:Vps/vps:Vps mail-vps"] : []),
  ];
}

interface Previewed {
  args: MailServerArgs;
  resources: Map<string, Registered>;
}

/** Judges a change and the way back. @returns how many waits there were to judge */
function judge(one: Previewed, other: Previewed): number {
  judgeStep(one, other);
  judgeStep(other, one);
  return waits(one.resources).length + waits(other.resources).length;
}

function judgeStep({ args: first, resources: before }: Previewed, { args: second, resources: after }: Previewed): void {
  expect(stuck(before, after)).toEqual([]);
  const both = kept(second).filter((key) => kept(first).includes(key));
  for (const key of both) {
    const [was, is] = [before.get(key), after.get(key)];
    expect(is, key).toBeDefined();
    // The engine itself ignores what the options of a VPS name.
    const changed = Object.keys({ ...was?.inputs, ...is?.inputs }).filter(
      (member) => JSON.stringify(was?.inputs[member]) !== JSON.stringify(is?.inputs[member]),
    );
    expect([
      key,
      changed.filter((member) => !(is?.opts.ignoreChanges ?? []).includes(member) && member !== "displayName"),
    ]).toEqual([key, []]);
  }
}

const server = { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" };
const ssh = { ipv4Address: "198.51.100.7", ipv6Address: "2001:db8:51::7", hostKey };
const vps = { serviceName: "vps-1.vps.ovh.net", hostKey };
const start = exampleArgs({ dns: { rfc2136: server }, reverseDns: { rfc2136: server } });

describe("a change of args, and the way back", () => {
  it.each<[string, Partial<MailServerArgs>, Partial<MailServerArgs>]>([
    ["IPv6 off", {}, { host: { ssh: { ...ssh, ipv6Address: undefined } } }],
    [
      "IPv6 off at OVH",
      { host: { ovhVps: vps }, dns: { ovh: {} } },
      { host: { ovhVps: { ...vps, enableIpv6: false } }, dns: { ovh: {} } },
    ],
    [
      "IPv6 off at Cloudflare",
      { dns: { cloudflare: { zoneId: "0".repeat(32) } } },
      { dns: { cloudflare: { zoneId: "0".repeat(32) } }, host: { ssh: { ...ssh, ipv6Address: undefined } } },
    ],
    ["another address", {}, { host: { ssh: { ...ssh, ipv4Address: "198.51.100.8", ipv6Address: "2001:db8:51::8" } } }],
    ["another hostname", {}, { hostname: "mx.example.org" }],
    [
      "another hostname, without IPv6",
      {},
      { hostname: "mx.example.org", host: { ssh: { ...ssh, ipv6Address: undefined } } },
    ],
    ["another place for the records", {}, { dns: { ovh: {} } }],
    ["PTR records at OVH", {}, { reverseDns: { ovh: {} } }],
    [
      "another selector",
      {},
      {
        domains: [
          { name: "example.org", dkim: { selector: "next", standbySelectors: ["mail"] } },
          { name: "example.com" },
        ],
      },
    ],
  ])(
    "a change of args (%s) waits for nothing that it takes away itself, and keeps its keys",
    async (_what, one, other) => {
      const [before, after] = [await preview({ ...start, ...one }), await preview({ ...start, ...other })];
      expect(judge(before, after)).toBeGreaterThan(0);
    },
  );

  it.each<[string, boolean, Partial<MailServerArgs>]>([
    ["another machine", true, { host: { ssh: { ...ssh, hostKey: hostKey.replace("AAIAABAg", "AAIAABAh") } } }],
    ["another hostname", true, { hostname: "mx.example.org" }],
    ["another setting", false, { messageSizeLimit: 20_971_520 }],
  ])("a change of args (%s) has the certificate's key read anew: %s", async (_what, anew, other) => {
    const certificate = "command:remote:Command mail-host-certificate";
    const [before, after] = [await preview(start), await preview({ ...start, ...other })];
    const [was, is] = [before, after].map(({ resources }) =>
      JSON.stringify(resources.get(certificate)?.inputs.triggers),
    );
    expect(was).toContain(hostKey);
    expect(was !== is).toBe(anew);
  });

  it("any change of args waits for nothing that it takes away itself, and keeps its keys", async () => {
    let waiting = 0;
    await fc.assert(
      fc.asyncProperty(validArgs, validArgs, async (first, second) => {
        const [one, other] = [await preview(first), await preview(second)];
        // Neighbours share more than strangers do.
        const { host, dns, reverseDns } = second;
        waiting += judge(one, other) + judge(one, await preview({ ...first, host, dns, reverseDns }));
      }),
      { numRuns: 6, endOnFailure: true },
    );
    expect(waiting).toBeGreaterThan(5);
  }, 240_000);
});
