import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConflictingRecords, type MailServerArgs } from "../../components/args";
import { Account, CLOUD_FOLDER } from "../../lab/providers/cloud/account";
import { emptyCloudflare } from "../../lab/providers/cloudflare/api";
import type { CloudflareRecord } from "../../lab/providers/cloudflare/record";
import { deliveredVps, emptyOvh } from "../../lab/providers/ovh/api";
import { Stack, transcript } from "../lab/stack";
import { exampleArgs, hostKey } from "../unit/fixture";
import { TestCloud } from "../unit/providers/cloud";

// What docs/importing.md says, word for word, for every kind of resource that a provider can have before the stack has it.

const [v4, v6] = ["198.51.100.7", "2001:db8:51::7"];
const zoneId = "0123456789abcdef0123456789abcdef";

/** Records of another mail server, in the places of ours: the resource, then the record as a zone file has it. */
const old: [resource: string, name: string, type: string, content: string][] = [
  ["mail-mail.example.org-A", "mail", "A", "192.0.2.1"],
  ["mail-mail.example.org-AAAA", "mail", "AAAA", "2001:db8::1"],
  ["mail-example.org-MX", "", "MX", "10 old.example.net."],
  ["mail-example.org-SPF", "", "TXT", '"v=spf1 include:old.example.net -all"'],
  ["mail-example.org-DKIM-mail", "mail._domainkey", "TXT", '"v=DKIM1; k=rsa; p=AAAA"'],
  ["mail-example.org-DMARC", "_dmarc", "TXT", '"v=DMARC1; p=none"'],
  ["mail-mail.example.org-CAA-issue", "mail", "CAA", '0 issue "ca.example.net"'],
  ["mail-example.org-SRV-imaps", "_imaps._tcp", "SRV", "0 1 993 old.example.net."],
  ["mail-mail.example.org-TLSA", "_25._tcp.mail", "TLSA", `3 1 1 ${"ab".repeat(32)}`],
  ["mail-autoconfig.example.org-CNAME", "autoconfig", "CNAME", "old.example.net."],
];

/** The same as Cloudflare keeps them. */
const atCloudflare = (name: string, type: string, content: string): Partial<CloudflareRecord> => {
  const words = content.split(" ");
  const target = words.at(-1)?.replace(/\.$/, "") ?? "";
  const [first, second, third] = words.map(Number);
  const says: Record<string, Partial<CloudflareRecord>> = {
    MX: { priority: first, content: target },
    SRV: { priority: first, data: { priority: first, weight: second, port: third, target }, content },
    CAA: { data: { flags: first, tag: words[1], value: target.replaceAll('"', "") }, content },
    TLSA: { data: { usage: first, selector: second, matchingType: third, certificate: target }, content },
    CNAME: { content: target },
  };
  return { name: name ? `${name}.example.org` : "example.org", type, ...(says[type] ?? { content }) };
};

describe.each(["ovh", "cloudflare"] as const)("resources that exist at %s already", (provider) => {
  const cloud = new TestCloud();
  let stack: Stack;
  /** Import ids by the names of the resources. */
  const ids: Record<string, string> = {};
  const args: MailServerArgs = exampleArgs({
    ...{
      domains: [{ name: "example.org", enableAutoconfig: true }],
      mailboxes: [],
      aliases: [],
      postmaster: "a@example.net",
    },
    ...(provider === "ovh"
      ? {
          host: { ovhVps: { serviceName: "vps-1.vps.ovh.net", hostKey, enableEdgeFirewall: true } },
          dns: { ovh: { conflictingRecords: ConflictingRecords.Keep } },
          reverseDns: { ovh: {} },
        }
      : { dns: { cloudflare: { zoneId, conflictingRecords: ConflictingRecords.Keep } } }),
  });

  beforeAll(async () => {
    if (provider === "ovh")
      new Account(cloud.folder, "ovh", emptyOvh).change((state) => {
        state.vps["vps-1.vps.ovh.net"] = deliveredVps(v4, v6);
        const records = old.map(([resource, subDomain, type, target], index) => {
          const id = 5_300_000_001 + index;
          ids[resource] = `${id}.example.org`;
          const isKey = subDomain.includes("_domainkey");
          const content = isKey
            ? { fieldType: "DKIM", target: target.replaceAll('"', "") }
            : { fieldType: type, target };
          return { id, subDomain, ttl: 300, ...content };
        });
        state.zones["example.org"] = { records };
        state.reverses = { [v4]: "mail.example.org.", [v6]: "mail.example.org." };
        ids["mail-reverse-v4"] = `${v4}/32|${v4}`;
        ids["mail-reverse-v6"] = `${v6}/128|${v6}`;
        const rule = { sequence: 0, action: "permit", protocol: "tcp", tcpOption: "established" };
        state.firewalls[v4] = { enabled: false, rules: [rule] };
        ids["mail-edge"] = `${v4}/32/${v4}`;
        ids["mail-edge-0"] = `${v4}/32|${v4}|0`;
      });
    else
      new Account(cloud.folder, "cloudflare", emptyCloudflare).change((state) => {
        const records = old.map(([resource, name, type, content], index) => {
          const id = `${index}`.repeat(32);
          ids[resource] = `${zoneId}/${id}`;
          const dates = { createdOn: "2026-01-01T00:00:00Z", modifiedOn: "2026-01-01T00:00:00Z" };
          return { id, ttl: 300, proxied: false, tags: [], ...dates, ...atCloudflare(name, type, content) };
        });
        state.zones[zoneId] = { name: "example.org", records: records as CloudflareRecord[] };
      });
    stack = await Stack.create(`importing-${provider}`, {
      ...{ OVH_ENDPOINT: "ovh-eu", OVH_CLIENT_ID: "id", OVH_CLIENT_SECRET: "secret", CLOUDFLARE_API_TOKEN: "token" },
      [CLOUD_FOLDER]: cloud.folder,
    });
  });

  afterAll(() => {
    stack?.forget();
    cloud.remove();
  });

  it("resources that exist at a cloud already are taken over by their ids, and then changed in place", async () => {
    const steps = await stack.previewSteps(args);
    const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";
    expect(steps.map(({ urn }) => nameOf(urn))).toEqual(expect.arrayContaining(Object.keys(ids)));

    const file = join(cloud.folder, "import.json");
    await stack.run(["preview", "--import-file", file]);
    const { resources } = JSON.parse(readFileSync(file, "utf8")) as {
      resources: { type: string; name: string; id?: string }[];
    };
    const kept = resources
      .filter(({ type, name }) => type.startsWith("mailserver:index:Mail") || ids[name])
      .map((each) => (each.id ? { ...each, id: ids[each.name] } : each));
    writeFileSync(file, JSON.stringify({ resources: kept }));
    const run = await stack.run(["import", "--yes", "--file", file, "--protect=false", "--generate-code=false"]);
    expect(run.exitCode, transcript(run)).toBe(0);

    const after = new Map((await stack.previewSteps(args)).map(({ urn, op }) => [nameOf(urn), op]));
    // A resource that stays as it is has no step.
    const ops = Object.keys(ids).map((name) => [name, after.get(name) ?? "same"]);
    const asTheyWere = ["mail-reverse-v4", "mail-reverse-v6", "mail-edge-0"];
    expect(ops).toEqual(ops.map(([name = ""]) => [name, asTheyWere.includes(name) ? "same" : "update"]));
    expect(after.get("mail-example.org-SRV-imap")).toBe("create");
  });
});
