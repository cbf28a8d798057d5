/** Each rule of Cloudflare that the rehearsal keeps, pinned to what its API and provider are documented or reported to do. */
import { unknownValue } from "@pulumi/pulumi/runtime/rpc";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Account } from "../../../lab/providers/cloud/account";
import { CloudflareApi, emptyCloudflare } from "../../../lab/providers/cloudflare/api";
import { dnsRecord } from "../../../lab/providers/cloudflare/dnsRecord";
import { getDnsRecord, getDnsRecords, getZone, getZones } from "../../../lab/providers/cloudflare/functions";
import { TestCloud } from "./cloud";
import { EngineSide, seen } from "./engineSide";

const ZONE = "0123456789abcdef0123456789abcdef";
const dkim = `v=DKIM1; k=rsa; p=${"A".repeat(392)}`;

let cloud: TestCloud;
let api: CloudflareApi;
beforeEach(() => {
  cloud = new TestCloud();
  const account = new Account(cloud.folder, "cloudflare", emptyCloudflare);
  api = new CloudflareApi(account, cloud.world, { CLOUDFLARE_API_TOKEN: "token" });
  account.change((state) => {
    state.zones[ZONE] = { name: "example.org", records: [] };
  });
});
afterEach(() => cloud.remove());

const engine = () => new EngineSide("cloudflare", dnsRecord(api));
const a = { zoneId: ZONE, name: "mail.example.org", type: "A", content: "198.51.100.110", ttl: 60 };
const create = async (inputs: object) => seen(await engine().create({ ...a, ...inputs }));

describe("DnsRecord", () => {
  test("a record at Cloudflare is kept, served, changed and deleted", async () => {
    const plugin = engine();
    const state = await plugin.create(a);
    expect(plugin.id).toMatch(/^[0-9a-f]{32}$/);
    expect(cloud.records).toEqual(["mail.example.org 60 A 198.51.100.110"]);
    expect(await plugin.diff(state, a)).toEqual({ changes: false, replaces: [] });
    const changed = await plugin.update(state, { ...a, content: "198.51.100.112", ttl: 1 });
    expect(cloud.records).toEqual(["mail.example.org 300 A 198.51.100.112"]);
    const elsewhere = { ...a, zoneId: "f".repeat(32), type: "AAAA" };
    expect((await plugin.diff(changed, elsewhere)).replaces).toEqual(["type", "zoneId"]);
    await plugin.delete(changed);
    expect(cloud.records).toEqual([]);
    expect(await plugin.read(changed)).toBeUndefined();
    await expect(plugin.delete(changed)).rejects.toThrow('{"code":81044,"message":"Record does not exist."}');
  });

  test("name, ttl, type and zone of a record at Cloudflare are required", async () => {
    await expect(engine().check({ content: "x" })).rejects.toThrow(
      "name: Missing required property 'name'\nttl: Missing required property 'ttl'\ntype: Missing required property 'type'\nzoneId: Missing required property 'zoneId'",
    );
  });

  test("a name that is not whole comes back whole, and so differs for ever", async () => {
    const plugin = engine();
    const short = { ...a, name: "mail" };
    const state = await plugin.create(short);
    expect(seen(state).name).toBe("mail.example.org");
    expect((await plugin.diff(state, short)).changes).toBe(true);
    expect((await plugin.diff(state, { ...a, name: "Mail.Example.Org" })).changes).toBe(false);
  });

  test.each([
    [{ ttl: 59 }, 9021, "Invalid TTL. Must be between 60 and 86,400 seconds, or 1 for Automatic."],
    [{ ttl: 86401 }, 9021, "Invalid TTL"],
    [{ content: "2001:db8::1" }, 9005, "Content for A record must be a valid IPv4 address."],
    [{ type: "MX", content: "mail.example.org" }, 9101, "priority is a required data field."],
    [
      { type: "MX", content: "mail.example.org", priority: 10, proxied: true },
      9004,
      "This record type cannot be proxied.",
    ],
    [{ type: "TLSA", content: "3 1 1 ab" }, 9101, "content is not taken for TLSA records"],
    [
      { type: "SRV", content: undefined, data: { weight: 1, port: 993, target: "x" } },
      9101,
      "priority is a required data field.",
    ],
    [
      { type: "TLSA", content: undefined, data: { usage: 3, selector: 1 } },
      9101,
      "matching_type is a required data field.",
    ],
    [{ type: "CAA", content: undefined, data: {} }, 9101, "flags is a required data field."],
  ])("a record at Cloudflare is refused: %j, with %i", async (inputs, code, message) => {
    const refused = create(inputs);
    await expect(refused).rejects.toThrow(
      `failed to make http request: POST "https://api.cloudflare.com/client/v4/zones/${ZONE}/dns_records": 400 Bad Request`,
    );
    await expect(refused).rejects.toThrow(`{"code":${code},"message":"${message}`);
    expect(cloud.records).toEqual([]);
  });

  test.each([
    [
      "CAA",
      { flags: 0, tag: "issue", value: "letsencrypt.org" },
      '0 issue "letsencrypt.org"',
      '0 issue "letsencrypt.org"',
    ],
    [
      "SRV",
      { priority: 0, weight: 1, port: 993, target: "mail.example.org" },
      "1 993 mail.example.org",
      "0 1 993 mail.example.org.",
    ],
    ["TLSA", { usage: 3, selector: 1, matchingType: 1, certificate: "ab12" }, "3 1 1 ab12", "3 1 1 ab12"],
  ])(
    "a record at Cloudflare of type %s goes by `data`, from which the API writes the content",
    async (type, data, content, served) => {
      const plugin = engine();
      const { content: _none, ...rest } = a;
      const inputs = { ...rest, type, data };
      const state = await plugin.create(inputs);
      expect(seen(state).content).toBe(content);
      expect(cloud.records).toEqual([`mail.example.org 60 ${type} ${served}`]);
      expect(await plugin.diff(state, inputs)).toEqual({ changes: false, replaces: [] });
      const imported = await plugin.read({}, `${ZONE}/${plugin.id}`);
      expect(imported?.inputs).toEqual({ ...inputs, content, proxied: false });
      await expect(plugin.check(imported!.inputs!)).rejects.toThrow(
        'content: "content" cannot be specified when "data" is specified',
      );
      expect((await plugin.read(state))?.inputs).toEqual({ ...inputs, proxied: false });
      expect(await plugin.diff(imported!.state, inputs)).toEqual({ changes: false, replaces: [] });
    },
  );

  test("`data` must have known members, whose values may be unknown", async () => {
    const caa = { zoneId: ZONE, name: "mail.example.org", type: "CAA", ttl: 60 };
    await engine().check({ ...caa, data: { flags: 0, tag: "issue", value: unknownValue } });
    await expect(engine().check({ ...caa, data: unknownValue })).rejects.toThrow(
      /^data: AttributeName\("data"\): Value Conversion Error .*Received unknown value.*\*dns_record\.DNSRecordDataModel$/,
    );
  });

  test("hexadecimal digits come back in lower case", async () => {
    const plugin = engine();
    const { content: _none, ...rest } = a;
    const inputs = { ...rest, type: "TLSA", data: { usage: 3, selector: 1, matchingType: 1, certificate: "AB12" } };
    expect((await plugin.diff(await plugin.create(inputs), inputs)).changes).toBe(true);
  });

  test("a text in quotes, cut where it is longer than 255, stays; any other comes back like that and differs", async () => {
    const differs = async (content: string) => {
      const plugin = engine();
      const inputs = { ...a, name: `n${content.length}.example.org`, type: "TXT", content };
      const state = await plugin.create(inputs);
      return { changes: (await plugin.diff(state, inputs)).changes, kept: seen(state).content };
    };
    const cut = `"${dkim.slice(0, 255)}" "${dkim.slice(255)}"`;
    expect(await differs('"v=spf1 mx -all"')).toEqual({ changes: false, kept: '"v=spf1 mx -all"' });
    expect(await differs(cut)).toEqual({ changes: false, kept: cut });
    expect(await differs("v=spf1 -all")).toEqual({ changes: true, kept: '"v=spf1 -all"' });
    expect(await differs(`"${dkim}"`)).toEqual({ changes: true, kept: cut });
    expect(await differs(dkim)).toEqual({ changes: true, kept: cut });
  });

  test("an identical record, and a CNAME beside an address, are refused", async () => {
    await create({});
    await expect(create({})).rejects.toThrow('{"code":81058,"message":"An identical record already exists."}');
    await expect(create({ type: "CNAME", content: "web.example.org" })).rejects.toThrow(
      '{"code":81053,"message":"An A, AAAA, or CNAME record with that host already exists."}',
    );
    const alias = { name: "autoconfig.example.org", type: "CNAME", content: "mail.example.org" };
    await create(alias);
    await expect(create({ name: "autoconfig.example.org" })).rejects.toThrow(
      '{"code":81054,"message":"A CNAME record with that host already exists."}',
    );
    await create({ content: "198.51.100.111" });
    expect(cloud.records).toEqual([
      "mail.example.org 60 A 198.51.100.110",
      "autoconfig.example.org 60 CNAME mail.example.org.",
      "mail.example.org 60 A 198.51.100.111",
    ]);
  });

  test("a proxied name leads to Cloudflare, not to the machine", async () => {
    await create({ proxied: true, ttl: 1 });
    expect(cloud.records).toEqual(["mail.example.org 300 A 203.0.113.201"]);
  });

  test("a zone id must be one, and of the account", async () => {
    await expect(create({ zoneId: "example.org" })).rejects.toThrow(
      /404 Not Found .*"code":7003,"message":"Could not route to/,
    );
    await expect(create({ zoneId: "f".repeat(32) })).rejects.toThrow(
      /403 Forbidden .*"code":10000,"message":"Authentication error"/,
    );
    cloud.faults({ missingZones: ["example.org"] });
    await expect(create({})).rejects.toThrow("Authentication error");
  });

  test("a failure that passes is repeated twice by the client; one that stays is told, and leaves nothing behind", async () => {
    const calls = (times: number) =>
      cloud.faults({ calls: [{ provider: "cloudflare", request: "POST /zones", nth: 1, times, status: 429 }] });
    calls(2);
    await create({});
    calls(3);
    await expect(create({ content: "198.51.100.111" })).rejects.toThrow("429 Too Many Requests");
    expect(cloud.records).toHaveLength(1);
    expect(api.account.requests().filter((line) => line.startsWith("POST"))).toHaveLength(6);
  });

  test("without a token Cloudflare's API is asked all the same, and refuses", async () => {
    const stranger = new CloudflareApi(api.account, cloud.world, {});
    await expect(new EngineSide("cloudflare", dnsRecord(stranger)).create(a)).rejects.toThrow(
      /400 Bad Request .*"code":9106,"message":"Missing X-Auth-Key, X-Auth-Email or Authorization headers"/,
    );
  });
});

describe("functions", () => {
  test("a zone is found by its name and by its id", async () => {
    expect(await getZone(api).call({ filter: { name: "example.org" } })).toMatchObject({
      zoneId: ZONE,
      status: "active",
    });
    expect(await getZone(api).call({ zoneId: ZONE })).toMatchObject({ name: "example.org" });
    await expect(getZone(api).call({ filter: { name: "example.net" } })).rejects.toThrow("exactly one result: 0 zones");
    expect((await getZones(api).call({})).results).toMatchObject([{ id: ZONE, name: "example.org" }]);
  });

  test("records are found by name and type, and one by its id", async () => {
    const plugin = engine();
    await plugin.create(a);
    await create({ type: "MX", name: "example.org", content: "mail.example.org", priority: 10 });
    const search = async (args: object) =>
      ((await getDnsRecords(api).call({ zoneId: ZONE, ...args })).results as { type: string }[]).map(
        ({ type }) => type,
      );
    expect(await search({})).toEqual(["A", "MX"]);
    expect(await search({ name: { exact: "Example.org" } })).toEqual(["MX"]);
    expect(await search({ type: "A", name: { startswith: "mail" } })).toEqual(["A"]);
    expect(await search({ type: "TXT" })).toEqual([]);
    expect(await getDnsRecord(api).call({ zoneId: ZONE, dnsRecordId: plugin.id })).toMatchObject({ name: a.name });
  });
});
