import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DnsAccountArgs, DnsArgs } from "../../components/args";
import { type AccessOf, dnsAccess } from "../../components/dns/accounts";
import { dnsProviders, recordReaders } from "../../components/dns/providers";
import { publishers } from "../../components/dns/publishers";
import { type DnsRecord, DnsRecordType } from "../../components/dns/record";
import { findZones, recordsFound, refuseForeignRecords } from "../../components/dns/requireFreeZones";
import { validate } from "../../components/validate";
import { checkout } from "../../lab/paths";
import { Account } from "../../lab/providers/cloud/account";
import { CloudflareApi, emptyCloudflare } from "../../lab/providers/cloudflare/api";
import { dnsRecord } from "../../lab/providers/cloudflare/dnsRecord";
import { emptyHetzner, HetznerApi } from "../../lab/providers/hcloud/api";
import { zoneRecord as hetznerRecord } from "../../lab/providers/hcloud/zoneRecord";
import { emptyOvh, OvhApi } from "../../lab/providers/ovh/api";
import { zoneRecord } from "../../lab/providers/ovh/zoneRecord";
import type { ResourceType } from "../../lab/providers/standIn";
import { plain, type Values } from "../../lab/providers/values";
import { exampleArgs, exampleRecord as record } from "./fixture";
import { TestCloud } from "./providers/cloud";
import { EngineSide } from "./providers/engineSide";

/** A provider as this suite meets it. */
interface Row {
  dns: DnsArgs;
  /** How to log in to an account of one's own. @default - the args say who logs in */
  account?: Omit<DnsAccountArgs, "name">;
  /** Its SDK, which nobody else may load. @default - it has none of its own */
  sdk?: string;
  /** What its SDK is told by a zone `example.org` that holds somebody else's MX record, by token; a zone of another name is not there. */
  calls?: Record<string, (inputs: Values) => unknown>;
  /** Its stand-in, with the zone `example.org` empty in the account. @default - there is none */
  rehearse?(cloud: TestCloud): { plugin: string; type: ResourceType; held(): unknown[] };
}

const zoneId = "0123456789abcdef0123456789abcdef";

/** How each provider is asked for; a new one is a compile error here until it has a row. */
const rows: Record<keyof typeof dnsProviders, Row> = {
  rfc2136: { dns: { rfc2136: { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" } } },
  zoneFile: { dns: { zoneFile: {} } },
  ovh: {
    dns: { ovh: {} },
    account: { ovh: { clientId: "id-of-another", clientSecret: "secret-of-another" } },
    sdk: "@ovhcloud/pulumi-ovh",
    calls: {
      "ovh:Domain/getZone:getZone": (inputs) => inputs.name === "example.org" && inputs,
      "ovh:index/getDomainZoneRecords:getDomainZoneRecords": () => ({ ids: [1] }),
      "ovh:index/getDomainZoneRecord:getDomainZoneRecord": () => ({
        ...{ id: 1, subDomain: "", fieldType: "MX", target: "10 mx.elsewhere.test.", ttl: 300 },
      }),
    },
    rehearse: ({ folder, world }) => {
      const account = new Account(folder, "ovh", emptyOvh);
      account.change(({ zones }) => Object.assign(zones, { "example.org": { records: [] } }));
      const type = zoneRecord(new OvhApi(account, world, { OVH_ENDPOINT: "ovh-eu", OVH_ACCESS_TOKEN: "token" }));
      return { plugin: "ovh", type, held: () => account.state().zones["example.org"]!.records };
    },
  },
  cloudflare: {
    dns: { cloudflare: { zoneId } },
    account: { cloudflare: { apiToken: "token-of-another" } },
    sdk: "@pulumi/cloudflare",
    calls: {
      "cloudflare:index/getZone:getZone": (inputs) => ({ zoneId: inputs.zoneId, name: "example.org" }),
      "cloudflare:index/getDnsRecords:getDnsRecords": ({ type }) => ({
        results: type === "MX" ? [{ id: "1", name: "example.org", type, content: "mx.elsewhere.test" }] : [],
      }),
    },
    rehearse: ({ folder, world }) => {
      const account = new Account(folder, "cloudflare", emptyCloudflare);
      account.change(({ zones }) => Object.assign(zones, { [zoneId]: { name: "example.org", records: [] } }));
      const type = dnsRecord(new CloudflareApi(account, world, { CLOUDFLARE_API_TOKEN: "token" }));
      return { plugin: "cloudflare", type, held: () => account.state().zones[zoneId]!.records };
    },
  },
  hetzner: {
    dns: { hetzner: {} },
    account: { hetzner: { token: "token-of-another" } },
    sdk: "@pulumi/hcloud",
    calls: {
      "hcloud:index/getZone:getZone": ({ name }) => name === "example.org" && { name, mode: "primary" },
      "hcloud:index/getZoneRrsets:getZoneRrsets": () => ({
        rrsets: [{ name: "@", type: "MX", records: [{ value: "10 mx.elsewhere.test." }] }],
      }),
    },
    rehearse: ({ folder, world }) => {
      const account = new Account(folder, "hetzner", emptyHetzner);
      account.change(({ zones }) =>
        Object.assign(zones, { "example.org": { id: 1, mode: "primary", ttl: 3600, rrsets: [] } }),
      );
      const type = hetznerRecord(new HetznerApi(account, world, { HCLOUD_TOKEN: "0".repeat(64) }));
      return { plugin: "hcloud", type, held: () => account.state().zones["example.org"]!.rrsets };
    },
  },
};

const operations = readFileSync(join(checkout, "docs", "operations.md"), "utf8");

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

const calls = Object.assign({}, ...Object.values(rows).map((row) => row.calls)) as NonNullable<Row["calls"]>;
let registered: pulumi.runtime.MockResourceArgs[] = [];
let called: pulumi.runtime.MockCallArgs[] = [];
let parent: pulumi.ComponentResource;

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      registered.push(args);
      return { id: `${args.name}-id`, state: args.inputs };
    },
    call: (args) => {
      called.push(args);
      const { token, inputs } = args;
      const answer = calls[token]?.(inputs);
      if (answer) return answer as Values;
      throw new Error("404: this zone does not exist");
    },
  });
  parent = new pulumi.ComponentResource("test:index:Parent", "parent");
});

beforeEach(() => {
  registered = [];
  called = [];
});

const asComponent: AccessOf = () => ({ parent });

it("the suite of DNS providers has an example of every type of record, but for PTR records, which stand in reverse zones", () => {
  expect(new Set(examples.map(({ type }) => type))).toEqual(
    new Set(Object.values(DnsRecordType).filter((type) => type !== "PTR")),
  );
});

describe.each(Object.entries(rows))("the DNS provider %s", (name, { dns, account, sdk, rehearse }) => {
  const provider = dnsProviders[name as keyof typeof dnsProviders];
  const args = validate(exampleArgs({ dns }));

  /** The resource that a record becomes; undefined where a person copies it. */
  async function published(each: DnsRecord, as = args, accessOf = asComponent) {
    const resource = publishers(as, accessOf)(each)?.(each.id, { ...each, value: "" }, pulumi.output(each), {
      parent,
    });
    if (!resource) return undefined;
    await new Promise((resolve) => resource.urn.apply(resolve));
    return registered.find((made) => made.name === each.id);
  }

  it("a DNS provider takes every type of record, at the apex and below it, and texts of more than 255 bytes", async () => {
    for (const each of examples) {
      const made = await published(each);
      if (!("publisher" in provider)) expect(made).toBeUndefined();
      else expect([each.id, Object.keys(made?.inputs ?? {}).length > 1]).toEqual([each.id, true]);
    }
  });

  it("a DNS provider publishes what the policy pack reads as the same record", async () => {
    if (!("publisher" in provider)) return;
    for (const each of examples.filter(({ type }) => ["A", "AAAA", "CNAME", "MX", "TXT"].includes(type))) {
      const made = await published(each);
      const inputs = pulumi.runtime.isRpcSecret(made?.inputs) ? made?.inputs.value : made?.inputs;
      const { type, value } = each;
      expect(recordReaders[made?.type ?? ""]?.(inputs)).toEqual({ name: each.name, type, value });
    }
  });

  it("a DNS provider publishes no record of which a line end would make two", async () => {
    if (!("publisher" in provider)) return;
    const forged = record("TXT", "example.org", "v=spf1 -all\nevil.example.org. 60 IN A 203.0.113.1");
    const publish = publishers(args, asComponent)(forged);
    expect(() => publish?.(forged.id, forged, pulumi.output(forged), { parent })).toThrow(/not allowed/);
  });

  it("a DNS provider refuses a name outside its zone before any record is made, where it can tell", async () => {
    const outside = [record("A", "mail.example.net", "198.51.100.7")];
    const looked = findZones(args, outside, asComponent);
    if (!("checkZones" in provider)) await looked;
    else await expect(looked).rejects.toThrow(/example\.net/);
  });

  it("a DNS provider finds somebody else's MX record before any record is made, where it can look", async () => {
    const ours = [record("MX", "example.org", "mail.example.org", { priority: 10 })];
    const found = await recordsFound(args, ours, asComponent);
    if (!("existingRecords" in provider)) expect(found).toEqual([]);
    else expect(() => refuseForeignRecords(ours, found)).toThrow(/\n {2}example\.org MX mx\.elsewhere\.test/);
  });

  it("a DNS provider has accounts, or its own args say who logs in", () => {
    expect("account" in provider).toBe(account !== undefined);
  });

  it.runIf(account)("a DNS provider makes its look-ups and records as the account that the args name", async () => {
    const own = Object.fromEntries(
      Object.entries(dns).map(([member, each]) => [member, { ...each, account: "other" }]),
    );
    const as = validate(exampleArgs({ dns: own, dnsAccounts: [{ name: "other", ...account }] }));
    const accessOf = dnsAccess("mail", as, parent);
    const mx = record("MX", "example.org", "mail.example.org", { priority: 10 });
    await findZones(as, [mx], accessOf);
    await recordsFound(as, [mx], accessOf);
    const made = await published(mx, as, accessOf);
    const logins = registered.filter(({ type }) => type.startsWith("pulumi:providers:"));
    expect(logins.map((each) => each.name)).toEqual(["mail-other"]);
    expect(called.length).toBeGreaterThan(1);
    for (const each of [...called, made]) expect(each?.provider).toContain("::mail-other::");
  });

  it.runIf(account)("a DNS provider is asked without an account of one's own where none is named", async () => {
    const as = validate(exampleArgs({ dns, dnsAccounts: [{ name: "other", ...account }] }));
    const accessOf = dnsAccess("mail", as, parent);
    await findZones(as, [record("MX", "example.org", "mail.example.org", { priority: 10 })], accessOf);
    expect(registered.filter(({ type }) => type.startsWith("pulumi:providers:"))).toEqual([]);
    expect(called.map(({ provider: each }) => each || undefined)).toEqual(called.map(() => undefined));
  });

  it.runIf(rehearse)(
    "a DNS provider is given records in its own form, which are no change in the next run, and gives all back",
    async () => {
      const cloud = new TestCloud();
      const { plugin, type, held } = rehearse!(cloud);
      const made = [];
      for (const each of examples) {
        const inputs = plain((await published(each))?.inputs) as Values;
        const engine = new EngineSide(plugin, type);
        const state = await engine.create(inputs);
        const refreshed = (await engine.read(state))!.state;
        expect([each.id, await engine.diff(refreshed, inputs)]).toEqual([each.id, { changes: false, replaces: [] }]);
        made.push({ engine, refreshed });
      }
      expect(held()).toHaveLength(examples.length);
      for (const { engine, refreshed } of made) await engine.delete(refreshed);
      expect(held()).toEqual([]);
      expect(cloud.records).toEqual([]);
      cloud.remove();
    },
  );

  it.runIf(sdk)(
    "a DNS provider keeps records that one run can leave alone, as docs/operations.md says of a move",
    async () => {
      const made = await published(examples[0]!);
      expect(operations).toContain(`pulumi up --exclude '**${made?.type}::**'`);
    },
  );

  it("a DNS provider names a time to live in seconds, as a zone file has it", () => {
    const settings = args.dns[name as keyof typeof dnsProviders];
    expect((provider.ttl as (of: unknown) => number)(settings)).toBeGreaterThanOrEqual(30);
  });
});

it.each(Object.values(rows).flatMap(({ sdk }) => (sdk ? [sdk] : [])))(
  "the SDK %s is not loaded where the records are kept elsewhere",
  (sdk) => {
    const elsewhere = Object.values(rows).filter((row) => row.sdk !== sdk);
    const library = join(__dirname, "..", "..", "components");
    const program = `
    const { validate } = require(${JSON.stringify(join(library, "validate"))});
    const { publishers } = require(${JSON.stringify(join(library, "dns", "publishers"))});
    require(${JSON.stringify(join(library, "mailServer"))});
    const { exampleArgs } = require(${JSON.stringify(join(__dirname, "fixture"))});
    for (const dns of ${JSON.stringify(elsewhere.map(({ dns }) => dns))}) publishers(validate(exampleArgs({ dns })), () => ({}));
    console.log(Object.keys(require.cache).some((file) => file.includes("/node_modules/${sdk}/")));`;
    const tsx = require.resolve("tsx/cli");
    expect(execFileSync(process.execPath, [tsx, "-e", program], { encoding: "utf8" })).toBe("false\n");
  },
);
