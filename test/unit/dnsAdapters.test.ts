import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it } from "vitest";
import type { MailServerArgs } from "../../components/args";
import { adapters } from "../../components/dns/adapters";
import { nameWithin, zoneName } from "../../components/dns/cloudflare";
import { zoneInAccount } from "../../components/dns/ovh";
import { type DnsRecord, RecordPurpose } from "../../components/dns/records";
import { validate } from "../../components/validate";
import { exampleArgs } from "./fixture";

const zoneId = "0123456789abcdef0123456789abcdef";
const rfc2136 = { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" };

/** What the engine was asked for. The zones are those of an account that holds example.org at both providers. */
let registered: pulumi.runtime.MockResourceArgs[];
let calls: pulumi.runtime.MockCallArgs[];

beforeEach(async () => {
  registered = [];
  calls = [];
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      registered.push(args);
      return { id: `${args.name}-id`, state: args.inputs };
    },
    call: (args) => {
      calls.push(args);
      if (args.token === "ovh:Domain/getZone:getZone" && args.inputs.name === "example.org") return args.inputs;
      if (args.token === "cloudflare:index/getZone:getZone" && args.inputs.zoneId === zoneId)
        return { zoneId, name: "example.org" };
      throw new Error("404: this zone does not exist");
    },
  });
});

const record = (name: string, type: DnsRecord["type"], value: string, rest: Partial<DnsRecord> = {}): DnsRecord => ({
  id: `${name}-${type}`,
  purpose: RecordPurpose.Sender,
  name,
  type,
  value,
  ...rest,
});

/** Publishes records as the args say, and returns what each became, by its name. */
async function publish(changes: Partial<MailServerArgs>, records: DnsRecord[]) {
  const parent = new pulumi.ComponentResource("test:index:Parent", "parent");
  const adapterOf = adapters(validate(exampleArgs(changes)), parent);
  for (const each of records) {
    const made = adapterOf(each)?.(each.id, { ...each, value: "placeholder" }, pulumi.output(each), { parent });
    await new Promise((resolve, reject) => {
      if (made) pulumi.output(made.urn).apply(resolve);
      else reject(new Error(`nobody publishes ${each.id}`));
    });
  }
  return new Map(registered.map((each) => [each.name, each]));
}

const key = record("mail._domainkey.example.org", "TXT", "v=DKIM1; p=AAAA", { dkimDomain: "example.org" });
const mx = record("example.org", "MX", "mail.example.org", { priority: 10 });
const tlsa = record("_25._tcp.mail.example.org", "TLSA", "ab12", {
  tlsa: { usage: 3, selector: 1, matchingType: 1 },
});

describe("DNS at OVH", () => {
  it("takes each record into the registrable domain's zone, after one look whether the account has it", async () => {
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
    expect(calls.map(({ token }) => token)).toEqual(["ovh:Domain/getZone:getZone"]);
  });

  it("takes a zone that lies deeper", async () => {
    const deep = exampleArgs({
      hostname: "mail.lists.example.org",
      domains: [{ name: "lists.example.org" }],
      mailboxes: [],
      aliases: [],
      postmaster: "someone@example.net",
    });
    expect(() => validate({ ...deep, dns: { ovh: { zone: "lists.example.org" } } })).not.toThrow();
  });
});

describe("DNS at Cloudflare", () => {
  it("takes full names, parts and no proxy", async () => {
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
    expect(calls.map(({ token }) => token)).toEqual(["cloudflare:index/getZone:getZone"]);
  });
});

describe("several places at once", () => {
  it("are chosen by the closest domain", async () => {
    const changes: Partial<MailServerArgs> = {
      domains: [{ name: "example.org", dns: { cloudflare: { zoneId } } }, { name: "example.com" }],
      dns: { rfc2136 },
      reverseDns: { rfc2136 },
    };
    const made = await publish(changes, [
      mx,
      record("mail.example.org", "A", "198.51.100.7"),
      record("example.com", "MX", "mail.example.org", { priority: 10 }),
      record("www.example.net", "MX", "", { priority: 0 }),
      { ...record("7.100.51.198.in-addr.arpa", "PTR", "mail.example.org"), purpose: RecordPurpose.Reverse },
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
  const parent = () => new pulumi.ComponentResource("test:index:Parent", "parent");

  it("is refused at OVH with what to do", async () => {
    await expect(zoneInAccount("example.net", parent())).rejects.toThrow(/example\.net.*dns\.ovh\.zone/);
    await expect(zoneInAccount("example.org", parent())).resolves.toBe("example.org");
  });

  it("is refused at Cloudflare with what to do", async () => {
    await expect(zoneName("f".repeat(32), parent())).rejects.toThrow(/copy the zone ID.*Zone:Read/);
    await expect(zoneName(zoneId, parent())).resolves.toBe("example.org");
  });

  it("is refused at Cloudflare where it is another than the name's", () => {
    expect(() => nameWithin("mail.example.net", "example.org", zoneId)).toThrow(/outside the zone example\.org.*dns/);
    expect(() => nameWithin("badexample.org", "example.org", zoneId)).toThrow();
    expect(nameWithin("mail.example.org", "example.org", zoneId)).toBe("mail.example.org");
  });
});
