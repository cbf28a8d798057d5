/** Each rule of Hetzner that the rehearsal keeps, pinned to what its API, hcloud-go and terraform-provider-hcloud (1.60) are documented or written to do. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Account } from "../../../lab/providers/cloud/account";
import { emptyHetzner, HetznerApi, type HetznerState } from "../../../lab/providers/hcloud/api";
import { bridged, bridgedFunction } from "../../../lab/providers/hcloud/bridged";
import { getZone, getZoneRrsets } from "../../../lab/providers/hcloud/functions";
import { rdns } from "../../../lab/providers/hcloud/rdns";
import { zoneRecord } from "../../../lab/providers/hcloud/zoneRecord";
import { TestCloud } from "./cloud";
import { EngineSide, seen } from "./engineSide";

const token = { HCLOUD_TOKEN: "0".repeat(64) };
const [v4, v6] = ["198.51.100.7", "2001:db8:51::7"];
const dkim = `"v=DKIM1; k=rsa; p=${"A".repeat(230)}" "${"A".repeat(162)}"`;

let cloud: TestCloud;
let account: Account<HetznerState>;
let api: HetznerApi;
beforeEach(() => {
  cloud = new TestCloud();
  account = new Account(cloud.folder, "hetzner", emptyHetzner);
  api = new HetznerApi(account, cloud.world, token);
  account.change((state) => {
    state.zones["example.org"] = { id: 1, mode: "primary", ttl: 3600, rrsets: [] };
    state.zones["example.com"] = { id: 2, mode: "secondary", ttl: 3600, rrsets: [] };
    state.servers[42] = { [v4]: null, [v6]: null };
  });
});
afterEach(() => cloud.remove());

const engine = (of = api) => new EngineSide("hcloud", bridged(zoneRecord(of)));
const mx = { zone: "example.org", name: "@", type: "MX", value: "10 mail.example.org." };

describe("ZoneRecord", () => {
  test("a record is kept, served, and deleted; each change replaces it, and it has no ID of its own", async () => {
    const plugin = engine();
    const state = await plugin.create(mx);
    expect(plugin.id).toBe("missing ID");
    expect(seen(state)).toEqual({ ...mx, comment: "" });
    expect(cloud.records).toEqual(["example.org 3600 MX 10 mail.example.org."]);
    expect(await plugin.diff(state, mx)).toEqual({ changes: false, replaces: [] });
    const other = { zone: "example.com", name: "mail", type: "TXT", value: '"x"' };
    expect((await plugin.diff(state, other)).replaces).toEqual(["name", "type", "value", "zone"]);
    expect(seen((await plugin.read(state))!.state)).toEqual({ ...mx, comment: "" });
    await plugin.delete(state);
    expect(cloud.records).toEqual([]);
    expect(account.state().zones["example.org"]!.rrsets).toEqual([]);
    expect(await plugin.read(state)).toBeUndefined();
  });

  test("a record joins the set of somebody else's at its name, whose time to live stays, and leaves it alone", async () => {
    const theirs = { name: "@", type: "TXT", ttl: 300, records: [{ value: '"site=1"', comment: "theirs" }] };
    account.change(({ zones }) => void zones["example.org"]!.rrsets.push(theirs));
    const plugin = engine();
    const state = await plugin.create({ ...mx, type: "TXT", value: '"v=spf1 -all"' });
    expect(cloud.records).toEqual(['example.org 300 TXT "v=spf1 -all"']);
    expect(account.state().zones["example.org"]!.rrsets[0]!.records).toHaveLength(2);
    await plugin.delete(state);
    expect(account.state().zones["example.org"]!.rrsets).toEqual([theirs]);
  });

  test("what the zone says in other characters is another record, and the own one is gone", async () => {
    const plugin = engine();
    const state = await plugin.create(mx);
    account.change(({ zones }) =>
      Object.assign(zones["example.org"]!.rrsets[0]!.records[0]!, { value: "10 MAIL.example.org." }),
    );
    expect(await plugin.read(state)).toBeUndefined();
  });

  test("no record can be imported by an ID", async () => {
    await expect(engine().read({}, "example.org/@/MX")).rejects.toThrow("Import with ID not supported.");
  });

  test.each([
    [{ name: "Mail" }, "name", "must be in lower case"],
    [{ name: "mail.example.org." }, "name", "must not be empty or end with a dot"],
    [{ name: "mail.example.org" }, "name", "must not end with the name of the zone"],
    [{ name: "" }, "name", "must not be empty"],
    [{ type: "SPF" }, "type", "SPF is not supported"],
    [{ value: "mail.example.org." }, "records", "is not valid for records of type MX"],
    [{ type: "TXT", value: "v=spf1 -all" }, "records", "is not valid for records of type TXT"],
    [{ type: "TXT", value: `"${"A".repeat(256)}"` }, "records", "is not valid for records of type TXT"],
    [{ type: "TLSA", value: "3 1 1 xyz" }, "records", "is not valid for records of type TLSA"],
  ])("%j is refused, as the API says of the field", async (change, field, problem) => {
    const refused = engine().create({ ...mx, ...change });
    await expect(refused).rejects.toThrow("Invalid field in API request - An invalid field was encountered");
    await expect(refused).rejects.toThrow(`Field: ${field}\nMessages:\n - `);
    await expect(refused).rejects.toThrow(problem);
    await expect(refused).rejects.toThrow("Error code: invalid_input\nStatus code: 422\n");
    expect(cloud.records).toEqual([]);
  });

  test("a text of more than 255 bytes is taken in pieces, and comes back as it was cut", async () => {
    const plugin = engine();
    const inputs = { ...mx, name: "mail._domainkey", type: "TXT", value: dkim };
    const state = await plugin.create(inputs);
    expect(seen((await plugin.read(state))!.state).value).toBe(dkim);
  });

  test.each([
    ["a second time", mx, mx, "has this record of type MX already"],
    ["beside a CNAME", { ...mx, type: "CNAME", value: "a.test." }, mx, "has records of type CNAME already"],
    ["as a CNAME beside others", mx, { ...mx, type: "CNAME", value: "a.test." }, "has records of type MX already"],
    [
      "as a second CNAME",
      { ...mx, type: "CNAME", value: "a.test." },
      { ...mx, type: "CNAME", value: "b.test." },
      "CNAME",
    ],
  ])("a record is not taken %s", async (_, first, second, message) => {
    await engine().create(first);
    const refused = engine().create(second);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow("Error code: uniqueness_error\n");
  });

  test("the records of a secondary zone and of another project's are not to be changed", async () => {
    await expect(engine().create({ ...mx, zone: "example.com" })).rejects.toThrow(
      "API request failed - An unexpected error was encountered during an API request.\n\nThis operation is not supported for this Zone's mode.\n\nError code: incorrect_zone_mode\nStatus code: 422\n",
    );
    await expect(engine().create({ ...mx, zone: "example.net" })).rejects.toThrow(
      "Error code: not_found\nStatus code: 404\n",
    );
  });

  test("a token is needed, of 64 characters", async () => {
    const without = (environment: object) => engine(new HetznerApi(account, cloud.world, { ...environment })).check(mx);
    await expect(without({})).rejects.toThrow("Missing Hetzner Cloud API token");
    await expect(without({ HCLOUD_TOKEN: "short" })).rejects.toThrow("must be exactly 64 characters long");
  });

  test("too many requests are repeated, and an API that is broken is not", async () => {
    const call = { provider: "hetzner", request: "POST ", nth: 1 };
    cloud.faults({ calls: [{ ...call, status: 429, times: 5 }] });
    await engine().create(mx);
    cloud.faults({ calls: [{ ...call, status: 500 }] });
    await expect(engine().create({ ...mx, name: "mail" })).rejects.toThrow(
      "Error code: server_error\nStatus code: 500\n",
    );
  });
});

describe("look-ups", () => {
  test("a zone is found by its name, with its mode", async () => {
    const { call } = bridgedFunction(getZone(api));
    expect(await call({ name: "example.com" })).toMatchObject({ id: 2, name: "example.com", mode: "secondary" });
    await expect(call({ name: "example.net" })).rejects.toThrow("zone with ID or name 'example.net' not found");
  });

  test("all sets of a zone are listed", async () => {
    await engine().create(mx);
    const { rrsets } = await bridgedFunction(getZoneRrsets(api)).call({ zone: "example.org" });
    expect(rrsets).toMatchObject([{ id: "@/MX", name: "@", type: "MX", records: [{ value: mx.value, comment: "" }] }]);
  });
});

describe("Rdns", () => {
  const names = () => new EngineSide("hcloud", bridged(rdns(api)));
  const inputs = { serverId: 42, ipAddress: v6, dnsPtr: "mail.example.org" };

  test("an address gets a name, another one in place, and Hetzner's own again", async () => {
    const plugin = names();
    const state = await plugin.create(inputs);
    expect(plugin.id).toBe(`s-42-${v6}`);
    expect(cloud.records.join()).toMatch(/ip6\.arpa\. 60 PTR mail\.example\.org\.$/);
    const other = { ...inputs, dnsPtr: "mx.example.org" };
    expect(await plugin.diff(state, other)).toEqual({ changes: true, replaces: [] });
    const changed = await plugin.update(state, other);
    expect((await plugin.diff(changed, { ...other, ipAddress: v4 })).replaces).toEqual(["ipAddress"]);
    await plugin.delete(changed);
    expect(cloud.records).toEqual([]);
    expect(seen((await plugin.read(changed))!.state).dnsPtr).toBe(`static.${v6}.clients.your-server.de`);
  });

  test("it belongs to exactly one thing, which must be there and have the address", async () => {
    await expect(names().check({ ...inputs, serverId: undefined })).rejects.toThrow("must be specified");
    await expect(names().check({ ...inputs, primaryIpId: 1 })).rejects.toThrow("only one of");
    await expect(names().create({ ...inputs, serverId: 43 })).rejects.toThrow("expected non-empty ID");
    await expect(names().create({ ...inputs, ipAddress: "192.0.2.1" })).rejects.toThrow("Error code: not_found");
  });
});
