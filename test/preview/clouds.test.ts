import { afterAll, beforeAll, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { Account, CLOUD_FOLDER } from "../../lab/providers/cloud/account";
import { emptyCloudflare } from "../../lab/providers/cloudflare/api";
import { deliveredVps, emptyOvh } from "../../lab/providers/ovh/api";
import { Stack, transcript } from "../lab/stack";
import { exampleArgs, hostKey } from "../unit/fixture";
import { TestCloud } from "../unit/providers/cloud";

// Previews against accounts at OVH and Cloudflare. No machine is there, and nothing answers at the addresses.

const cloud = new TestCloud();
const atOvh = new Account(cloud.folder, "ovh", emptyOvh);
const atCloudflare = new Account(cloud.folder, "cloudflare", emptyCloudflare);
const [zoneId, otherZoneId] = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"];
const mailbox = exampleArgs().mailboxes?.slice(0, 1) ?? [];
const args = (changes: Partial<MailServerArgs> = {}): MailServerArgs =>
  exampleArgs({
    ...{
      operatingSystem: OperatingSystem.Debian13,
      domains: [{ name: "example.org" }],
      mailboxes: mailbox,
      aliases: [],
    },
    host: { ovhVps: { serviceName: "vps-1.vps.ovh.net", hostKey, enableEdgeFirewall: true } },
    dns: { ovh: {} },
    reverseDns: { ovh: {} },
    ...changes,
  });
let stack: Stack;

beforeAll(async () => {
  atOvh.change((state) => {
    state.zones["example.org"] = { records: [] };
    state.vps["vps-1.vps.ovh.net"] = deliveredVps("198.51.100.7", "2001:db8:51::7");
    state.vps["vps-2.vps.ovh.net"] = deliveredVps("198.51.100.8");
  });
  atCloudflare.change((state) => {
    state.zones[zoneId] = { name: "example.com", records: [] };
  });
  stack = await Stack.create("clouds", {
    ...{ OVH_ENDPOINT: "ovh-eu", OVH_CLIENT_ID: "id", OVH_CLIENT_SECRET: "secret", CLOUDFLARE_API_TOKEN: "token" },
    [CLOUD_FOLDER]: cloud.folder,
  });
});

afterAll(() => {
  stack?.forget();
  cloud.remove();
});

it("a preview looks at the accounts, changes nothing there, and needs no connection to the machine", async () => {
  await stack.preview(
    args({ domains: [{ name: "example.org" }, { name: "example.com", dns: { cloudflare: { zoneId } } }] }),
  );
  for (const account of [atOvh, atCloudflare]) {
    expect(account.requests()).not.toEqual([]);
    expect(account.requests().filter((line) => !line.startsWith("GET "))).toEqual([]);
  }
});

it("an `up` that nobody previewed changes nothing at the accounts where a zone has another mail server's records", async () => {
  atOvh.change((state) => {
    state.zones["example.edu"] = {
      records: [{ id: 1, subDomain: "", fieldType: "MX", ttl: 3600, target: "10 mx.elsewhere.test." }],
    };
  });
  const before = atOvh.requests().length;
  const refused = await stack.tryUp(args({ domains: [{ name: "example.org" }, { name: "example.edu" }] }));
  expect(refused.exitCode, transcript(refused)).not.toBe(0);
  expect(refused.stdout + refused.stderr).toContain("another mail server; no record has been changed");
  const since = atOvh.requests().slice(before);
  expect(since).not.toEqual([]);
  expect(since.filter((line) => !line.startsWith("GET "))).toEqual([]);
});

it("a preview without credentials for OVH says which are missing, and nothing else", async () => {
  const bare = await Stack.create("clouds-bare", { [CLOUD_FOLDER]: cloud.folder });
  const refused = await bare.tryPreview(args());
  bare.forget();
  expect(refused.exitCode, transcript(refused)).not.toBe(0);
  const said = refused.stdout + refused.stderr;
  expect(said).toMatch(
    /^error: OVH does not show the DNS zone .*OVH's answer: error getting ovh client: "missing auth/m,
  );
  expect(said).toMatch(
    /host\.ovhVps: OVH does not show the VPS .*OVH's answer: error getting ovh client: "missing auth/,
  );
  expect(said).not.toMatch(/\n\s+at |node_modules|unhandled exception/);
});

it.each<[string, Partial<MailServerArgs>, RegExp]>([
  [
    "a zone that the account at OVH has not",
    { hostname: "mail.example.net", domains: [{ name: "example.net" }], mailboxes: [], postmaster: "a@example.com" },
    /^error: OVH does not show the DNS zone example\.net to these credentials: order the zone.*dns\.ovh\.zone.*OVH's answer: .*status code 404/m,
  ],
  [
    "a zone that the account at Cloudflare has not",
    { dns: { cloudflare: { zoneId: otherZoneId } } },
    /^error: Cloudflare does not show the zone fedcba\w+ to these credentials: copy the zone ID.*Zone:Read and DNS:Edit/m,
  ],
  [
    "a hostname outside the zone at Cloudflare",
    { dns: { cloudflare: { zoneId } } },
    /^error: mail\.example\.org is outside the zone example\.com.*give the zone ID of the zone that holds mail\.example\.org/m,
  ],
  [
    "a hostname outside the zone at OVH",
    { dns: { ovh: { zone: "example.com" } } },
    /^ {2}hostname: "mail\.example\.org" is outside the zone "example\.com".*leave ovh\.zone out/m,
  ],
  [
    "a VPS that the account has not",
    { host: { ovhVps: { serviceName: "vps-9.vps.ovh.net", hostKey } } },
    /^error: host\.ovhVps: OVH knows no addresses of the VPS vps-9\.vps\.ovh\.net; check its service name/m,
  ],
  [
    "a VPS without IPv6, whose address could have no PTR",
    { host: { ovhVps: { serviceName: "vps-2.vps.ovh.net", hostKey } } },
    /^error: host\.ovhVps: the VPS vps-2\.vps\.ovh\.net has no IPv6 address; set host\.ovhVps\.enableIpv6 to false/m,
  ],
  [
    "another mail server's records before it buys a VPS whose addresses nobody knows yet",
    {
      host: {
        ovhVps: {
          order: { planCode: "vps-2025-model1", datacenter: "GRA", image: "Debian 13", ovhSubsidiary: "FR" },
          trustOnFirstUse: true,
        },
      },
      domains: [{ name: "example.org" }, { name: "example.edu" }],
    },
    /^error: The DNS zones hold records of another mail server; no record has been changed:\n {2}example\.edu MX mx\.elsewhere\.test/m,
  ],
])("a preview refuses %s, with what to do", async (_what, changes, message) => {
  const refused = await stack.tryPreview(args(changes));
  expect(refused.exitCode, transcript(refused)).not.toBe(0);
  expect(refused.stdout + refused.stderr).toMatch(message);
  expect(refused.stdout + refused.stderr).not.toMatch(/\n\s+at |node_modules/);
});
