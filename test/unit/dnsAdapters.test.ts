import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ConflictingRecords, type MailServerArgs } from "../../components/args";
import { cloudflareRecordsFound, nameWithin, zoneName } from "../../components/dns/providers/cloudflare/publish";
import { ovhRecordsFound, zoneInAccount } from "../../components/dns/providers/ovh/publish";
import { publishers } from "../../components/dns/publishers";
import { type DnsRecord, RecordPurpose } from "../../components/dns/record";
import { findZones, recordsFound, refuseForeignRecords } from "../../components/dns/requireFreeZones";
import { validate } from "../../components/validate";
import { exampleArgs, exampleRecord as record } from "./fixture";

const zoneId = "0123456789abcdef0123456789abcdef";
const unknown = "0".repeat(32);
const rfc2136 = { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" };

/** What the zones hold, in the forms that the providers' documentation shows. */
const atOvh: Record<number, { fieldType: string; target: string; subDomain?: string }> = {
  11: { fieldType: "NS", target: "dns1.example.net." },
  12: { fieldType: "MX", target: "1 mx1.example.net." },
  13: { fieldType: "SPF", target: '"v=spf1 include:mx.example.net ~all"' },
  14: { fieldType: "TXT", target: '"1|www.example.org"', subDomain: "www" },
};
const atCloudflare = [
  { id: "a1", name: "example.org", type: "MX", content: "mx1.example.net", priority: 1 },
  { id: "a2", name: "example.org", type: "TXT", content: '"v=spf1 include:mx.example.net ~all"' },
  { id: "a3", name: "www.example.org", type: "TXT", content: "v=spf1 -all" },
];

/** What the engine was asked for. The zones are those of an account that holds example.org at both providers. */
let registered: pulumi.runtime.MockResourceArgs[] = [];
let calls: pulumi.runtime.MockCallArgs[] = [];
let parent: pulumi.ComponentResource;

beforeEach(() => {
  registered = [];
  calls = [];
});

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      registered.push(args);
      return { id: `${args.name}-id`, state: args.inputs };
    },
    call: (args) => {
      calls.push(args);
      if ([args.inputs.zoneId, args.inputs.zoneName].includes(unknown)) return {};
      if (args.token === "ovh:Domain/getZone:getZone" && args.inputs.name === "example.org") return args.inputs;
      if (args.token === "cloudflare:index/getZone:getZone" && args.inputs.zoneId === zoneId)
        return { zoneId, name: "example.org" };
      if (args.token === "cloudflare:index/getDnsRecords:getDnsRecords")
        return { results: atCloudflare.filter(({ type }) => type === args.inputs.type) };
      if (args.token === "ovh:index/getDomainZoneRecords:getDomainZoneRecords")
        return { ids: Object.keys(atOvh).map(Number) };
      if (args.token === "ovh:index/getDomainZoneRecord:getDomainZoneRecord")
        return { id: args.inputs.id, subDomain: "", ...atOvh[args.inputs.id] };
      throw new Error("404: this zone does not exist");
    },
  });
  parent = new pulumi.ComponentResource("test:index:Parent", "parent");
});

/** Publishes records as the args say, and returns what each became, by its name. */
async function publish(changes: Partial<MailServerArgs>, records: DnsRecord[]) {
  const publisherOf = publishers(validate(exampleArgs(changes)), () => ({}));
  for (const each of records) {
    const made = publisherOf(each)?.(each.id, { ...each, value: "placeholder" }, pulumi.output(each), { parent });
    await new Promise((resolve, reject) => {
      if (made) pulumi.output(made.urn).apply(resolve);
      else reject(new Error(`nobody publishes ${each.id}`));
    });
  }
  return new Map(registered.map((each) => [each.name, each]));
}

const key = record("TXT", "mail._domainkey.example.org", "v=DKIM1; p=AAAA", { dkimDomain: "example.org" });
const mx = record("MX", "example.org", "mail.example.org", { priority: 10 });
const tlsa = record("TLSA", "_25._tcp.mail.example.org", "ab12", {
  tlsa: { usage: 3, selector: 1, matchingType: 1 },
});

describe("DNS at OVH", () => {
  it("DNS at OVH takes each record into the registrable domain's zone", async () => {
    const made = await publish({ dns: { ovh: {} } }, [key, mx]);
    expect(made.get(key.id)).toMatchObject({
      type: "ovh:Domain/zoneRecord:ZoneRecord",
      inputs: {
        zone: "example.org",
        subdomain: "mail._domainkey",
        fieldtype: "DKIM",
        target: "v=DKIM1; p=AAAA",
        ttl: 3600,
      },
    });
    expect(made.get(mx.id)?.inputs).toEqual({
      zone: "example.org",
      subdomain: "",
      fieldtype: "MX",
      target: "10 mail.example.org.",
      ttl: 3600,
    });
  });

  it("DNS at OVH takes a zone that lies deeper", async () => {
    const deep = exampleArgs({
      hostname: "mail.lists.example.org",
      domains: [{ name: "lists.example.org" }],
      mailboxes: [],
      aliases: [],
      postmaster: "someone@example.net",
    });
    const lower = record("TXT", "mail._domainkey.lists.example.org", "v=DKIM1; p=AAAA", {
      dkimDomain: "lists.example.org",
    });
    const made = await publish({ ...deep, dns: { ovh: { zone: "lists.example.org" } } }, [lower]);
    expect(made.get(lower.id)?.inputs).toMatchObject({ zone: "lists.example.org", subdomain: "mail._domainkey" });
  });
});

describe("DNS at Cloudflare", () => {
  it("DNS at Cloudflare takes full names, parts and no proxy", async () => {
    const made = await publish({ dns: { cloudflare: { zoneId, ttl: 1 } } }, [key, mx, tlsa]);
    expect(made.get(mx.id)).toMatchObject({
      type: "cloudflare:index/dnsRecord:DnsRecord",
      inputs: {
        zoneId,
        name: "example.org",
        type: "MX",
        content: "mail.example.org",
        priority: 10,
        ttl: 1,
        proxied: false,
      },
    });
    expect(made.get(key.id)?.inputs).toMatchObject({ type: "TXT", content: '"v=DKIM1; p=AAAA"' });
    expect(made.get(tlsa.id)?.inputs).toMatchObject({
      data: { usage: 3, selector: 1, matchingType: 1, certificate: "ab12" },
    });
    expect(made.get(tlsa.id)?.inputs).not.toHaveProperty("content");
  });
});

describe("several places at once", () => {
  it("several places at once are chosen by the closest domain", async () => {
    const changes: Partial<MailServerArgs> = {
      domains: [{ name: "example.org", dns: { cloudflare: { zoneId } } }, { name: "example.com" }],
      dns: { rfc2136 },
      reverseDns: { rfc2136 },
    };
    const made = await publish(changes, [
      mx,
      record("A", "mail.example.org", "198.51.100.7"),
      record("MX", "example.com", "mail.example.org", { priority: 10 }),
      record("MX", "www.example.net", "", { priority: 0 }),
      { ...record("PTR", "7.100.51.198.in-addr.arpa", "mail.example.org"), purpose: RecordPurpose.Reverse },
    ]);
    expect([...made.values()].filter(({ type }) => !type.startsWith("test:")).map(({ type }) => type)).toEqual([
      "cloudflare:index/dnsRecord:DnsRecord",
      "cloudflare:index/dnsRecord:DnsRecord",
      "command:local:Command",
      "command:local:Command",
      "command:local:Command",
    ]);
  });
});

describe("a zone that is not there", () => {
  it("a zone that is not there is refused at OVH with what to do", async () => {
    await expect(zoneInAccount("example.net", { parent })).rejects.toThrow(/example\.net.*dns\.ovh\.zone/);
    await expect(zoneInAccount("example.org", { parent })).resolves.toBe("example.org");
  });

  it("a zone that is not there is refused at Cloudflare with what to do", async () => {
    await expect(zoneName("f".repeat(32), { parent })).rejects.toThrow(/copy the zone ID.*Zone:Read/);
    await expect(zoneName(zoneId, { parent })).resolves.toBe("example.org");
  });

  it("a zone that is not there is not known yet where a preview does not know how the provider logs in: the engine answers nothing then", async () => {
    await expect(zoneName(unknown, { parent })).resolves.toBeUndefined();
    await expect(cloudflareRecordsFound(unknown, { parent })).resolves.toEqual([]);
    await expect(ovhRecordsFound(unknown, { parent })).resolves.toEqual([]);
    await findZones(validate(exampleArgs({ dns: { cloudflare: { zoneId: unknown } } })), [mx], () => ({ parent }));
  });

  it.each<[MailServerArgs["dns"], RegExp]>([
    [{ ovh: {} }, /^OVH does not show the DNS zone example\.com/],
    [{ cloudflare: { zoneId } }, /^mail\.example\.com is outside the zone example\.org/],
  ])("a zone that is not there is looked for once, for all names: %j", async (dns, message) => {
    const args = validate(exampleArgs({ dns }));
    await findZones(args, [mx, key], () => ({ parent }));
    expect(calls).toHaveLength(1);
    const elsewhere = record("A", "mail.example.com", "198.51.100.7");
    await expect(findZones(args, [mx, key, elsewhere], () => ({ parent }))).rejects.toThrow(message);
  });

  it("a zone that is not there is refused at Cloudflare where it is another than the name's", () => {
    expect(() => nameWithin("mail.example.net", "example.org", zoneId)).toThrow(/outside the zone example\.org.*dns/);
    expect(() => nameWithin("badexample.org", "example.org", zoneId)).toThrow();
    expect(nameWithin("mail.example.org", "example.org", zoneId)).toBe("mail.example.org");
  });
});

describe("records of another mail server", () => {
  const spf = record("TXT", "example.org", "v=spf1 mx ip4:198.51.100.7 -all");
  const ours = [mx, spf, key];
  const refusal = async (dns: MailServerArgs["dns"]) =>
    refuseForeignRecords(ours, await recordsFound(validate(exampleArgs({ dns })), ours, () => ({ parent })));

  it("records of another mail server are found at OVH, each with the ID by which it can be imported", async () => {
    await expect(refusal({ ovh: {} })).rejects.toThrow(
      /no record has been changed:\n {2}example\.org MX mx1\.example\.net \(import ID 12\.example\.org\)\n {2}example\.org TXT v=spf1 include:mx\.example\.net ~all \(import ID 13\.example\.org\)\n.*pulumi import/,
    );
  });

  it("records of another mail server are found at Cloudflare, each with the ID by which it can be imported", async () => {
    const message = await refusal({ cloudflare: { zoneId } }).catch(String);
    expect(message).toContain(`example.org MX mx1.example.net (import ID ${zoneId}/a1)`);
    expect(message).toContain(`example.org TXT v=spf1 include:mx.example.net ~all (import ID ${zoneId}/a2)`);
    expect(message).not.toContain("www.example.org");
  });

  it.each<MailServerArgs["dns"]>([
    { ovh: { conflictingRecords: ConflictingRecords.Keep } },
    { cloudflare: { zoneId, conflictingRecords: ConflictingRecords.Keep } },
    { rfc2136 },
    { zoneFile: {} },
  ])("records of another mail server are not looked for with %j", async (dns) => {
    await refusal(dns);
    expect(calls).toEqual([]);
  });
});
