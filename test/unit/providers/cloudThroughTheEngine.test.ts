/** The rehearsed clouds as programs meet them: by the providers' own packages, through the real engine. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import * as ovh from "@ovhcloud/pulumi-ovh";
import * as cloudflare from "@pulumi/cloudflare";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, expect, test } from "vitest";
import { engineEnvironment, ensureEngine } from "../../../lab/engine/engine";
import { Account, CLOUD_FOLDER } from "../../../lab/providers/cloud/account";
import { emptyCloudflare } from "../../../lab/providers/cloudflare/api";
import { installProviders } from "../../../lab/providers/install";
import { deliveredVps, emptyOvh } from "../../../lab/providers/ovh/api";
import { TestCloud } from "./cloud";

const ZONE = "0123456789abcdef0123456789abcdef";
const VPS = "vps-1.vps.ovh.net";
const cloud = new TestCloud();
const atOvh = new Account(cloud.folder, "ovh", emptyOvh);
const atCloudflare = new Account(cloud.folder, "cloudflare", emptyCloudflare);
const credentials = {
  OVH_ENDPOINT: "ovh-eu",
  OVH_CLIENT_ID: "id",
  OVH_CLIENT_SECRET: "secret",
  CLOUDFLARE_API_TOKEN: "token",
};

let stack: Stack;
let spf = "v=spf1 mx -all";
/** Ids of records that somebody else has made and that the stack takes over. */
let adopted: { ovh?: string; cloudflare?: string } = {};

async function program() {
  const address = ovh.vps
    .getVpsOutput({ serviceName: VPS })
    .ips.apply((ips) => ips.find((ip) => !ip.includes(":")) as string);
  const zone = { zone: "example.org", ttl: 60 };
  const host = new ovh.domain.ZoneRecord("host", { ...zone, subdomain: "mail", fieldtype: "A", target: address });
  const text = new ovh.domain.ZoneRecord("spf", { ...zone, fieldtype: "TXT", target: spf });
  new ovh.domain.ZoneRecord(
    "mx",
    { ...zone, fieldtype: "MX", target: "10 mail.example.org." },
    { dependsOn: text, import: adopted.ovh },
  );
  const edge = { ip: address.apply((ip) => `${ip}/32`), ipOnFirewall: address };
  const firewall = new ovh.ip.Firewall("firewall", { ...edge, enabled: true });
  new ovh.ip.FirewallRule(
    "established",
    { ...edge, action: "permit", protocol: "tcp", sequence: 0, tcpOption: "established" },
    { dependsOn: firewall, deleteBeforeReplace: true },
  );
  const { zoneId } = await cloudflare.getZone({ filter: { name: "example.net" } });
  new cloudflare.DnsRecord(
    "caa",
    {
      zoneId,
      name: "example.net",
      ttl: 60,
      type: "CAA",
      data: { flags: 0, tag: "issue", value: "letsencrypt.org" },
    },
    { import: adopted.cloudflare },
  );
  return { address, id: host.id };
}

beforeAll(async () => {
  atOvh.change((state) => {
    state.zones["example.org"] = { records: [] };
    state.vps[VPS] = deliveredVps("198.51.100.110", "2001:db8:51::110");
  });
  atCloudflare.change((state) => {
    state.zones[ZONE] = { name: "example.net", records: [] };
  });
  const { binDir } = await ensureEngine(() => {});
  const [home, state] = [join(cloud.folder, "home"), join(cloud.folder, "state")];
  mkdirSync(state);
  await installProviders(home, binDir, () => {});
  const engine = engineEnvironment({ binDir, home, state, passphrase: "test" }) as Record<string, string>;
  // The Automation API looks for the command line on this process's own PATH.
  process.env.PATH = engine.PATH;
  const envVars = { ...engine, ...credentials, [CLOUD_FOLDER]: cloud.folder };
  const workspace = { envVars, pulumiHome: home };
  stack = await LocalWorkspace.createOrSelectStack({ stackName: "test", projectName: "test", program }, workspace);
}, 900_000);

afterAll(() => cloud.remove());

const records = () => atOvh.state().zones["example.org"]?.records.map(({ fieldType }) => fieldType);

test("a preview looks things up and makes nothing", async () => {
  const { changeSummary } = await stack.preview();
  expect(changeSummary.create).toBe(7);
  expect(records()).toEqual([]);
  expect(atOvh.requests().every((line) => line.startsWith("GET /vps/"))).toBe(true);
}, 120_000);

test("an API that fails half-way: what was made stays, and the next up makes the rest", async () => {
  cloud.faults({ calls: [{ provider: "ovh", request: "POST /domain/zone/example.org/record", nth: 2, status: 500 }] });
  const failed = await stack.up({ parallel: 1 }).catch((error: Error) => error.message);
  expect(failed).toContain("Failed to create OVH Record: OVHcloud API error (status code 500)");
  expect(records()).toHaveLength(1);
  const { outputs } = await stack.up();
  expect(records()?.sort()).toEqual(["A", "MX", "TXT"]);
  expect(outputs).toMatchObject({
    address: { value: "198.51.100.110" },
    id: { value: expect.stringMatching(/^53\d+$/) },
  });
  expect(atCloudflare.state().zones[ZONE]?.records).toMatchObject([{ content: '0 issue "letsencrypt.org"' }]);
  expect(atOvh.state().firewalls).toMatchObject({ "198.51.100.110": { enabled: true } });
}, 120_000);

test("a second up changes nothing, nor does one after a refresh", async () => {
  expect((await stack.up()).summary.resourceChanges).toEqual({ same: 7 });
  await stack.refresh();
  expect((await stack.up()).summary.resourceChanges).toEqual({ same: 7 });
}, 120_000);

test("a record that somebody deleted is made again after a refresh; a changed one is updated in place", async () => {
  atOvh.change((state) => {
    const zone = state.zones["example.org"]!;
    zone.records = zone.records.filter(({ fieldType }) => fieldType !== "MX");
  });
  await stack.refresh();
  spf = "v=spf1 a -all";
  expect((await stack.up()).summary.resourceChanges).toEqual({ create: 1, same: 5, update: 1 });
  expect(records()?.sort()).toEqual(["A", "MX", "TXT"]);
}, 120_000);

test("records that are there already are taken over by their ids, and none is made twice", async () => {
  await stack.destroy();
  const mx = { id: 5_300_009_999, fieldType: "MX", subDomain: "", target: "10 mail.example.org.", ttl: 60 };
  atOvh.change((state) => state.zones["example.org"]?.records.push(mx));
  const caa = { ...{ id: "f".repeat(32), name: "example.net", type: "CAA", ttl: 60, proxied: false, tags: [] } };
  const data = { flags: 0, tag: "issue", value: "letsencrypt.org" };
  const dates = { createdOn: "2026-01-01T00:00:00Z", modifiedOn: "2026-01-01T00:00:00Z" };
  atCloudflare.change((state) =>
    state.zones[ZONE]?.records.push({ ...caa, ...dates, data, content: '0 issue "letsencrypt.org"' }),
  );
  adopted = { ovh: `${mx.id}.example.org`, cloudflare: `${ZONE}/${caa.id}` };
  expect((await stack.up()).summary.resourceChanges).toEqual({ create: 5, import: 2 });
  expect(records()?.sort()).toEqual(["A", "MX", "TXT"]);
  adopted = {};
  expect((await stack.up()).summary.resourceChanges).toEqual({ same: 7 });
}, 120_000);

test("destroy leaves nothing at a cloud", async () => {
  await stack.destroy();
  expect(records()).toEqual([]);
  expect(atOvh.state().firewalls).toEqual({});
  expect(atCloudflare.state().zones[ZONE]?.records).toEqual([]);
}, 120_000);
