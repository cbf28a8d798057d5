import { execFileSync } from "node:child_process";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DnsArgs } from "../../components/args";
import { dnsProviders, recordReaders } from "../../components/dns/providers";
import { publishers } from "../../components/dns/publishers";
import { type DnsRecord, DnsRecordType } from "../../components/dns/record";
import { findZones } from "../../components/dns/vetZones";
import { validate } from "../../components/validate";
import { exampleArgs, exampleRecord as record } from "./fixture";

/** How each provider is asked for; a new one is a compile error here until it has a line. */
const placements: Record<keyof typeof dnsProviders, DnsArgs> = {
  rfc2136: { rfc2136: { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" } },
  zoneFile: { zoneFile: {} },
  ovh: { ovh: {} },
  cloudflare: { cloudflare: { zoneId: "0123456789abcdef0123456789abcdef" } },
};

const long = `v=DKIM1; h=sha256; k=rsa; s=email; p=${"A".repeat(392)}`;

/** One of each type that a server has in a forward zone; at the apex, below it and below an underscore. */
const examples: DnsRecord[] = [
  record("A", "mail.example.org", "198.51.100.7"),
  record("AAAA", "example.org", "2001:db8:51::7"),
  record("CNAME", "autoconfig.example.org", "mail.example.org"),
  record("MX", "example.org", "mail.example.org", { priority: 10 }),
  record("TXT", "example.org", "v=spf1 mx ip4:198.51.100.7 -all"),
  record("TXT", "mail._domainkey.example.org", long, { dkimDomain: "example.org" }),
  record("SRV", "_imaps._tcp.example.org", "mail.example.org", { priority: 0, srv: { weight: 1, port: 993 } }),
  record("CAA", "mail.example.org", "ca.example.net", { caa: { flags: 0, tag: "issue" } }),
  record("TLSA", "_25._tcp.mail.example.org", "ab".repeat(32), { tlsa: { usage: 3, selector: 1, matchingType: 1 } }),
];

let registered: pulumi.runtime.MockResourceArgs[] = [];
let parent: pulumi.ComponentResource;

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      registered.push(args);
      return { id: `${args.name}-id`, state: args.inputs };
    },
    call: ({ token, inputs }) => {
      if (token === "ovh:index/getDomainZoneRecords:getDomainZoneRecords") return { ids: [] };
      if (token === "cloudflare:index/getZone:getZone") return { zoneId: inputs.zoneId, name: "example.org" };
      if (token === "ovh:Domain/getZone:getZone" && inputs.name === "example.org") return inputs;
      throw new Error("404: this zone does not exist");
    },
  });
  parent = new pulumi.ComponentResource("test:index:Parent", "parent");
});

beforeEach(() => {
  registered = [];
});

it("has an example of every type of record, but for PTR records, which stand in reverse zones", () => {
  expect(new Set(examples.map(({ type }) => type))).toEqual(
    new Set(Object.values(DnsRecordType).filter((type) => type !== "PTR")),
  );
});

describe.each(Object.entries(placements))("the DNS provider %s", (name, dns) => {
  const provider = dnsProviders[name as keyof typeof dnsProviders];
  const args = validate(exampleArgs({ dns }));

  /** The resource that a record becomes; undefined where a person copies it. */
  async function published(each: DnsRecord) {
    const resource = publishers(args)(each)?.(each.id, { ...each, value: "" }, pulumi.output(each), { parent });
    if (!resource) return undefined;
    await new Promise((resolve) => resource.urn.apply(resolve));
    return registered.find((made) => made.name === each.id);
  }

  it("takes every type of record, at the apex and below it, and texts of more than 255 bytes", async () => {
    for (const each of examples) {
      const made = await published(each);
      if (!("publisher" in provider)) expect(made).toBeUndefined();
      else expect([each.id, Object.keys(made?.inputs ?? {}).length > 1]).toEqual([each.id, true]);
    }
  });

  it("publishes what the policy pack reads as the same record", async () => {
    if (!("publisher" in provider)) return;
    for (const each of examples.filter(({ type }) => ["A", "AAAA", "CNAME", "MX", "TXT"].includes(type))) {
      const made = await published(each);
      const inputs = pulumi.runtime.isRpcSecret(made?.inputs) ? made?.inputs.value : made?.inputs;
      const { type, value } = each;
      expect(recordReaders[made?.type ?? ""]?.(inputs)).toEqual({ name: each.name, type, value });
    }
  });

  it("publishes no record of which a line end would make two", async () => {
    if (!("publisher" in provider)) return;
    const forged = record("TXT", "example.org", "v=spf1 -all\nevil.example.org. 60 IN A 203.0.113.1");
    const publish = publishers(args)(forged);
    expect(() => publish?.(forged.id, forged, pulumi.output(forged), { parent })).toThrow(/not allowed/);
  });

  it("refuses a name outside its zone before any record is made, where it can tell", async () => {
    const outside = [record("A", "mail.example.net", "198.51.100.7")];
    const looked = findZones(args, outside, parent);
    if (!("checkZones" in provider)) await looked;
    else await expect(looked).rejects.toThrow(/example\.net/);
  });

  it("names a time to live in seconds, as a zone file has it", () => {
    const settings = args.dns[name as keyof typeof dnsProviders];
    expect((provider.ttl as (of: unknown) => number)(settings)).toBeGreaterThanOrEqual(30);
  });
});

it.each([
  ["@ovhcloud/pulumi-ovh", { cloudflare: { zoneId: "0".repeat(32) } }],
  ["@pulumi/cloudflare", { ovh: {} }],
])("%s is not loaded where the records are kept elsewhere", (sdk, dns) => {
  const library = join(__dirname, "..", "..", "components");
  const program = `
    const { validate } = require(${JSON.stringify(join(library, "validate"))});
    const { publishers } = require(${JSON.stringify(join(library, "dns", "publishers"))});
    require(${JSON.stringify(join(library, "mailServer"))});
    const { exampleArgs } = require(${JSON.stringify(join(__dirname, "fixture"))});
    publishers(validate(exampleArgs({ dns: ${JSON.stringify(dns)} })));
    console.log(Object.keys(require.cache).some((file) => file.includes("/node_modules/${sdk}/")));`;
  const tsx = require.resolve("tsx/cli");
  expect(execFileSync(process.execPath, [tsx, "-e", program], { encoding: "utf8" })).toBe("false\n");
});
