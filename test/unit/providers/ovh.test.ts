/** Each rule of OVH that the rehearsal keeps, pinned to what its API and provider are documented or reported to do. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Account } from "../../../lab/providers/cloud/account";
import { deliveredVps, emptyOvh, OvhApi } from "../../../lab/providers/ovh/api";
import { bridged, bridgedFunction } from "../../../lab/providers/ovh/bridged";
import { firewall, firewallRule } from "../../../lab/providers/ovh/firewall";
import { getDomainZoneRecord, getDomainZoneRecords, getZone } from "../../../lab/providers/ovh/functions";
import { reverse, seconds } from "../../../lab/providers/ovh/reverse";
import { getVps, vps } from "../../../lab/providers/ovh/vps";
import { zoneRecord } from "../../../lab/providers/ovh/zoneRecord";
import { TestCloud } from "./cloud";
import { EngineSide, seen } from "./engineSide";

const credentials = { OVH_ENDPOINT: "ovh-eu", OVH_CLIENT_ID: "id", OVH_CLIENT_SECRET: "secret" };
const [V4, V6] = ["198.51.100.110", "2001:db8:51::110"];
const dkim = `v=DKIM1; k=rsa; p=${"A".repeat(392)}`;

let cloud: TestCloud;
let api: OvhApi;
beforeEach(() => {
  cloud = new TestCloud();
  api = new OvhApi(new Account(cloud.folder, "ovh", emptyOvh), cloud.world, credentials);
  api.account.change((state) => {
    state.zones["example.org"] = { records: [] };
    state.vps["vps-1.vps.ovh.net"] = deliveredVps(V4, V6);
    state.stock.push({ ...deliveredVps("198.51.100.112"), serviceName: "vps-2.vps.ovh.net" });
  });
});
afterEach(() => cloud.remove());

describe("ZoneRecord", () => {
  const engine = () => new EngineSide("ovh", zoneRecord(api));
  const create = async (fieldtype: string, target: string, subdomain = "") =>
    seen(await engine().create({ zone: "example.org", subdomain, fieldtype, target }));

  test("a record at OVH is kept, served, changed and deleted", async () => {
    const plugin = engine();
    const inputs = { zone: "example.org", subdomain: "mail", fieldtype: "A", target: V4, ttl: 60 };
    const state = await plugin.create(inputs);
    expect(plugin.id).toMatch(/^53\d{8}$/);
    expect(cloud.records).toEqual([`mail.example.org 60 A ${V4}`]);
    expect(await plugin.diff(state, inputs)).toEqual({ changes: false, replaces: [] });
    const changed = await plugin.update(state, { ...inputs, target: "198.51.100.112" });
    expect(cloud.records).toEqual(["mail.example.org 60 A 198.51.100.112"]);
    await plugin.delete(changed);
    expect(cloud.records).toEqual([]);
    expect(await plugin.read(changed)).toBeUndefined();
  });

  test("zone and type of a record at OVH can only be replaced", async () => {
    const plugin = engine();
    const state = await plugin.create({ zone: "example.org", fieldtype: "A", target: V4 });
    const after = { zone: "example.net", fieldtype: "AAAA", target: V6, ttl: 60 };
    expect((await plugin.diff(state, after)).replaces).toEqual(["fieldtype", "zone"]);
  });

  test("the ttl of a record at OVH is 0 or at least 60; 0 means as long as the zone says", async () => {
    const inputs = { zone: "example.org", fieldtype: "A", target: V4 };
    await expect(engine().create({ ...inputs, ttl: 59 })).rejects.toThrow(
      '"ttl" must be either equal to 0 or, greater than or equal to 60, got: 59',
    );
    await engine().create(inputs);
    expect(cloud.records).toEqual([`example.org 3600 A ${V4}`]);
  });

  test("a zone that is not in the account, or hidden from it, does not exist", async () => {
    const inputs = { zone: "example.net", fieldtype: "A", target: V4 };
    const refusal =
      'Failed to create OVH Record: OVHcloud API error (status code 404): Client::NotFound: "This service does not exist"';
    await expect(engine().create(inputs)).rejects.toThrow(refusal);
    cloud.faults({ missingZones: ["example.org"] });
    await expect(engine().create({ ...inputs, zone: "example.org" })).rejects.toThrow(refusal);
  });

  test("a short text gets quotes, which the provider overlooks", async () => {
    const plugin = engine();
    const inputs = { zone: "example.org", fieldtype: "TXT", target: "v=spf1 mx -all" };
    const state = await plugin.create(inputs);
    expect(seen(state).target).toBe('"v=spf1 mx -all"');
    expect(await plugin.diff(state, inputs)).toEqual({ changes: false, replaces: [] });
    expect((await plugin.diff(state, { ...inputs, target: "v=spf1 -all" })).changes).toBe(true);
  });

  test("a long text is cut at 255 and differs for ever, unless it was sent like that", async () => {
    const plugin = engine();
    const inputs = { zone: "example.org", subdomain: "s1._domainkey", fieldtype: "TXT", target: dkim };
    const state = await plugin.create(inputs);
    const cut = `"${dkim.slice(0, 255)}" "${dkim.slice(255)}"`;
    expect(seen(state).target).toBe(cut);
    expect((await plugin.diff(state, inputs)).changes).toBe(true);
    expect((await plugin.diff(state, { ...inputs, target: cut })).changes).toBe(false);
    expect((await plugin.diff(state, { ...inputs, target: `"${dkim}"` })).changes).toBe(true);
  });

  test("the type DKIM keeps a long key as it is, is served as TXT, and takes no quotes", async () => {
    expect((await create("DKIM", dkim, "s1._domainkey")).target).toBe(dkim);
    expect(cloud.records).toEqual([`s1._domainkey.example.org 3600 TXT "${dkim.slice(0, 255)}" "${dkim.slice(255)}"`]);
    await expect(create("DKIM", `"${dkim}"`, "s2._domainkey")).rejects.toThrow(
      String.raw`(status code 400): Client::BadRequest: "Invalid subfield found in DKIM : \"v=DKIM1"`,
    );
  });

  test("the type DKIM may come back in quotes and pieces, which the provider does not overlook", async () => {
    cloud.faults({ quotedDkim: true });
    const plugin = engine();
    const inputs = { zone: "example.org", subdomain: "s1._domainkey", fieldtype: "DKIM", target: dkim };
    const state = await plugin.create(inputs);
    const cut = `"${dkim.slice(0, 255)}" "${dkim.slice(255)}"`;
    expect(seen(state).target).toBe(cut);
    expect((await plugin.diff(state, inputs)).changes).toBe(true);
    expect((await plugin.read(state))?.inputs?.target).toBe(cut);
    expect(cloud.records).toEqual([`s1._domainkey.example.org 3600 TXT ${cut}`]);
  });

  test("an error of OVH's provider is printed twice, in several lines", async () => {
    const plugin = new EngineSide("ovh", bridged(zoneRecord(api), "2.19.1"));
    const refused = plugin.create({ zone: "example.net", fieldtype: "A", target: V4 });
    const text =
      'Failed to create OVH Record: OVHcloud API error (status code 404): Client::NotFound: "This service does not exist" (X-OVH-Query-Id: EU.lab)';
    await expect(refused).rejects.toThrow(`1 error occurred:\n\t* ${text}\n\n`);
    expect(plugin.messages).toEqual([
      `error: sdk-v2/provider2.go:572: sdk.helper_schema: ${text}: provider=ovh@2.19.1`,
    ]);
  });

  test("a name without a dot at its end is taken as relative to the zone", async () => {
    await create("MX", "10 mail.example.org");
    await create("MX", "20 mail.example.net.");
    expect(cloud.records).toEqual([
      "example.org 3600 MX 10 mail.example.org.example.org.",
      "example.org 3600 MX 20 mail.example.net.",
    ]);
  });

  test.each([
    ["MX", "mail.example.org.", "a priority and a name are needed"],
    ["A", V6, "Invalid IPv4 address"],
    ["AAAA", V4, "Invalid IPv6 address"],
    ["SRV", "0 1 mail.example.org.", "priority, weight, port and a name"],
    ["TLSA", "3 1 1 xyz", "Invalid TLSA target"],
    ["SPFF", "x", "does not belong to the NamedResolutionFieldTypeEnum enumeration"],
  ])("a record at OVH of type %s is refused: %s", async (fieldtype, target, reason) => {
    await expect(create(fieldtype, target)).rejects.toThrow(reason);
    expect(cloud.records).toEqual([]);
  });

  test("a CNAME is alone at its name", async () => {
    await create("A", V4, "web");
    await expect(create("CNAME", "mail.example.org.", "web")).rejects.toThrow("must be alone");
    await create("CNAME", "mail.example.org.", "autoconfig");
    await expect(create("TXT", "text", "autoconfig")).rejects.toThrow("must be alone");
  });

  test("an import of a record at OVH names the zone after the number", async () => {
    const plugin = engine();
    await plugin.create({ zone: "example.org", fieldtype: "MX", target: "10 mail.example.org.", ttl: 60 });
    const { id } = plugin;
    const imported = await plugin.read({}, `${id}.example.org`);
    expect(plugin.id).toBe(id);
    expect(imported?.inputs).toEqual({
      ...{ zone: "example.org", subdomain: "", fieldtype: "MX" },
      ...{ target: "10 mail.example.org.", ttl: 60 },
    });
  });

  test("records that are there already are found by number, as in a program that looks before it leaps", async () => {
    await create("TXT", "v=spf1 include:mx.example.net ~all");
    const { ids } = await getDomainZoneRecords(api).call({ zoneName: "example.org" });
    const [id] = ids as number[];
    expect(await getDomainZoneRecord(api).call({ zoneName: "example.org", id })).toMatchObject({
      ...{ id, zone: "example.org", fieldType: "TXT", subDomain: "", ttl: 0 },
      target: '"v=spf1 include:mx.example.net ~all"',
    });
    expect(await getZone(api).call({ name: "example.org" })).toMatchObject({ name: "example.org" });
    await expect(getZone(api).call({ name: "example.net" })).rejects.toThrow("This service does not exist");
  });

  test("a failed request is not repeated, and leaves nothing behind", async () => {
    cloud.faults({
      calls: [{ provider: "ovh", request: "POST /domain/zone/example.org/record", nth: 1, status: 500 }],
    });
    await expect(create("A", V4)).rejects.toThrow("status code 500): Server::InternalServerError");
    expect(api.account.state().zones["example.org"]?.records).toEqual([]);
    await create("A", V4);
    expect(cloud.records).toHaveLength(1);
  });

  test("slow name servers show a change of a zone at OVH later", async () => {
    cloud.faults({ propagationSeconds: 7 });
    await create("A", V4);
    expect(cloud.delay).toBe(7);
  });

  test("nothing is done at OVH without credentials", async () => {
    const stranger = new OvhApi(api.account, cloud.world, { OVH_ENDPOINT: "ovh-eu" });
    const plugin = new EngineSide("ovh", zoneRecord(stranger));
    await expect(plugin.check({})).rejects.toThrow(
      'error getting ovh client: "missing authentication information, you need to provide one of the following: ',
    );
    const lookUp = bridgedFunction(getZone(stranger)).call({ name: "example.org" });
    await expect(lookUp).rejects.toThrow(
      /^invoking ovh:Domain\/getZone:getZone: 2 errors occurred:\n\t\* error getting ovh client: .*\n\t\* error getting/,
    );
  });
});

describe("Reverse", () => {
  const pauses: number[] = [];
  const plugin = () =>
    new EngineSide(
      "ovh",
      reverse(api, async (count) => void pauses.push(count)),
    );
  const inputs = { ip: `${V4}/32`, ReverseIp: V4, ReverseValue: "mail.example.org." };

  test("a PTR record at OVH is refused, again and again, while the name does not lead to the address", async () => {
    const engine = plugin();
    pauses.length = 0;
    await expect(engine.create({ ...inputs, readinessTimeoutDuration: "20s" })).rejects.toThrow(
      `failed to create OVH IP Reverse: retry duration exhausted for ovh_ip_reverse resource creation: OVHcloud API error (status code 400): Client::BadRequest: "mail.example.org. does not resolve to ${V4}"`,
    );
    expect(pauses).toEqual([5, 5, 5, 5]);
    expect(engine.messages).toEqual([]);
    expect(api.account.state().reverses).toEqual({});
  });

  test("a PTR record at OVH is set as soon as the name leads there, and gone when it is deleted", async () => {
    const engine = new EngineSide(
      "ovh",
      reverse(api, async () => {
        cloud.addresses["mail.example.org"] = [V4, V6];
      }),
    );
    const state = await engine.create(inputs);
    expect(cloud.records).toEqual(["110.100.51.198.in-addr.arpa. 60 PTR mail.example.org."]);
    expect(await engine.diff(state, inputs)).toEqual({ changes: false, replaces: [] });
    await engine.delete(state);
    expect(cloud.records).toEqual([]);
  });

  test("a PTR record at OVH has a dot at its end: without it, every deployment replaces it", async () => {
    cloud.addresses["mail.example.org"] = [V4];
    const engine = plugin();
    const undotted = { ...inputs, ReverseValue: "mail.example.org" };
    const state = await engine.create(undotted);
    expect(seen(state).ReverseValue).toBe("mail.example.org.");
    expect((await engine.diff(state, undotted)).replaces).toEqual(["ReverseValue"]);
  });

  test("an IPv6 address is named in its block, however it is written", async () => {
    cloud.addresses["mail.example.org"] = [V6];
    const written = "2001:db8:51:0:0:0:0:110";
    await plugin().create({ ip: "2001:db8:51::/64", ReverseIp: written, ReverseValue: "mail.example.org." });
    expect(Object.keys(api.account.state().reverses)).toEqual([written]);
    expect(cloud.records[0]).toMatch(/^0\.1\.1\.0\..*\.ip6\.arpa\. 60 PTR mail\.example\.org\.$/);
  });

  test.each([
    ["198.51.100.0/24", V4],
    ["198.51.100.112/32", V4],
    ["198.51.100.120/32", "198.51.100.120"],
    ["2001:db8:52::/64", V6],
  ])("the block %s of %s is not in the account", async (ip, ReverseIp) => {
    cloud.addresses["mail.example.org"] = [ReverseIp];
    await expect(plugin().create({ ...inputs, ip, ReverseIp })).rejects.toThrow("This service does not exist");
  });

  test("the block of a PTR record at OVH needs its length, the time its unit; an import is BLOCK|ADDRESS", async () => {
    await expect(plugin().create({ ...inputs, ip: V4, readinessTimeoutDuration: "5 minutes" })).rejects.toThrow(
      /ip: value .* is not a valid IP block\nreadinessTimeoutDuration: cannot parse/,
    );
    expect([seconds("60s"), seconds("1h30m"), seconds("60")]).toEqual([60, 5400, 0]);
    cloud.addresses["mail.example.org"] = [V4];
    const engine = plugin();
    await engine.create(inputs);
    expect((await engine.read({}, `${V4}/32|${V4}`))?.inputs).toEqual(inputs);
  });
});

describe("Firewall and FirewallRule", () => {
  const edge = { ip: `${V4}/32`, ipOnFirewall: V4 };
  const rule = (sequence: number, more = {}) =>
    new EngineSide("ovh", firewallRule(api)).create({ ...edge, action: "permit", protocol: "tcp", sequence, ...more });

  test("a firewall is made and then switched on by a second request; it can be switched off and on again", async () => {
    const engine = new EngineSide("ovh", firewall(api));
    const wanted = { ...edge, enabled: true };
    const on = await engine.create(wanted);
    expect(api.account.requests().map((line) => line.split(" ")[0])).toEqual(["POST", "PUT"]);
    expect(api.account.state().firewalls[V4]).toEqual({ enabled: true, rules: [] });
    expect((await engine.diff(on, wanted)).changes).toBe(false);
    const off = await engine.update(on, { ...edge, enabled: false });
    expect(api.account.state().firewalls[V4]?.enabled).toBe(false);
    expect((await engine.diff(off, wanted)).changes).toBe(true);
    await engine.delete(off);
    expect(api.account.state().firewalls).toEqual({});
  });

  test("the edge firewall and its rules have the block as their ID; what was deleted in the control panel is an error whenever it is looked at or deleted", async () => {
    const engine = new EngineSide("ovh", firewall(api));
    const state = await engine.create(edge);
    const rules = new EngineSide("ovh", firewallRule(api));
    const ruleState = await rules.create({ ...edge, action: "permit", protocol: "tcp", sequence: 9 });
    expect([engine.id, rules.id]).toEqual([`${V4}/32`, `${V4}/32`]);
    api.account.change(({ firewalls }) => {
      firewalls[V4]!.rules = [];
    });
    const path = `/ip/${V4}%2F32/firewall/${V4}`;
    await expect(rules.read(ruleState)).rejects.toThrow(
      `Error calling Get ${path}/rule/9: OVHcloud API error (status code 404)`,
    );
    await expect(rules.delete(ruleState)).rejects.toThrow(`Error calling Delete ${path}/rule/9: OVHcloud API error`);
    api.account.change((all) => {
      all.firewalls = {};
    });
    await expect(engine.read(state)).rejects.toThrow(`Error calling Get ${path}: OVHcloud API error (status code 404)`);
    await expect(engine.delete(state)).rejects.toThrow(`Error calling Delete ${path}: OVHcloud API error`);
  });

  test("a firewall without rules lets everything pass", async () => {
    await new EngineSide("ovh", firewall(api)).create({ ...edge, enabled: true });
    expect(cloud.ruleset).toContain("chain edge0");
    expect(cloud.ruleset).not.toContain("drop");
  });

  test("an edge firewall has twenty places, each for one rule, and every change replaces it", async () => {
    await new EngineSide("ovh", firewall(api)).create(edge);
    await rule(0, { tcpOption: "established" });
    await expect(rule(0)).rejects.toThrow("A rule with sequence 0 already exists");
    await expect(rule(20)).rejects.toThrow("value must be between 0 and 19, got: 20");
    await expect(rule(1, { action: "allow", protocol: "udp", tcpOption: "syn" })).rejects.toThrow(
      /action: value must be one of.*\ntcpOption: is for the protocol tcp only/,
    );
    const engine = new EngineSide("ovh", firewallRule(api));
    const inputs = { ...edge, action: "permit", protocol: "tcp", sequence: 19, destinationPort: 25 };
    const state = await engine.create(inputs);
    expect(seen(state)).toMatchObject({ state: "ok", destinationPortDesc: "eq 25" });
    expect((await engine.diff(state, { ...inputs, destinationPort: 465 })).replaces).toEqual(["destinationPort"]);
    await engine.delete(state);
    expect(api.account.state().firewalls[V4]?.rules.map(({ sequence }) => sequence)).toEqual([0]);
  });

  test("the router gets the rules in their order, without memory of connections, and of firewalls that are on only", async () => {
    const engine = new EngineSide("ovh", firewall(api));
    const off = await engine.create(edge);
    await rule(19, { action: "deny", protocol: "ipv4" });
    await rule(0, { tcpOption: "established" });
    await rule(1, { protocol: "udp", sourcePort: 53 });
    await rule(2, { destinationPort: 25, source: "203.0.113.0/24" });
    expect(cloud.ruleset).not.toContain("drop");
    await engine.update(off, { ...edge, enabled: true });
    expect(cloud.ruleset).toContain(
      [
        "  chain edge0 {",
        "    ip protocol tcp tcp flags & (ack | rst) != 0 accept",
        "    ip protocol udp udp sport 53 accept",
        "    ip saddr 203.0.113.0/24 ip protocol tcp tcp dport 25 accept",
        "    drop",
        "  }",
      ].join("\n"),
    );
    expect(cloud.ruleset).toContain(`ip daddr ${V4} jump edge0`);
  });

  test("an edge firewall is for IPv4 only, and rules need one", async () => {
    await expect(new EngineSide("ovh", firewall(api)).create({ ip: `${V6}/128`, ipOnFirewall: V6 })).rejects.toThrow(
      "is not valid for type ipv4",
    );
    await expect(rule(0)).rejects.toThrow("does not exist");
  });
});

describe("Vps", () => {
  const plans = [{ duration: "P1M", planCode: "vps-le-2-2-40", pricingMode: "default" }];

  test("a VPS is found by its service name, with its addresses in no order; an unknown one is found empty", async () => {
    const found = await getVps(api).call({ serviceName: "vps-1.vps.ovh.net" });
    expect(found).toMatchObject({ id: "vps-1.vps.ovh.net", ips: [V6, V4] });
    expect(await getVps(api).call({ serviceName: "vps-9.vps.ovh.net" })).toEqual({
      id: "",
      serviceName: "vps-9.vps.ovh.net",
    });
  });

  test("creating a VPS orders it, and again if it has to be done again; no output holds an address", async () => {
    const engine = new EngineSide("ovh", vps(api));
    const state = seen(await engine.create({ ovhSubsidiary: "FR", plans }));
    expect(state.serviceName).toBe("vps-2.vps.ovh.net");
    expect(JSON.stringify(state)).not.toContain("198.51.100");
    expect(api.account.state().orders).toBe(1);
    await expect(engine.create({ ovhSubsidiary: "FR", plans })).rejects.toThrow("No default payment mean");
  });

  test("another image or key of a VPS is an update in place that wipes the disk", async () => {
    const engine = new EngineSide("ovh", vps(api));
    const inputs = { ovhSubsidiary: "FR", plans, imageId: "debian-12", publicSshKey: "ssh-ed25519 AAAA" };
    const state = await engine.create(inputs);
    const installations = () => api.account.state().vps["vps-2.vps.ovh.net"]?.installations;
    const before = installations() ?? 0;
    const renamed = await engine.update(state, { ...inputs, displayName: "mail" });
    expect(installations()).toBe(before);
    const other = { ...inputs, publicSshKey: "ssh-ed25519 BBBB" };
    expect(await engine.diff(renamed, other)).toEqual({ changes: true, replaces: [] });
    await engine.update(renamed, other);
    expect(installations()).toBe(before + 1);
  });

  test("deleting a VPS terminates it", async () => {
    const engine = new EngineSide("ovh", vps(api));
    const state = await engine.create({ ovhSubsidiary: "FR", plans });
    await engine.delete(state);
    expect(api.account.state().vps["vps-2.vps.ovh.net"]).toBeUndefined();
  });
});
