import { afterAll, beforeAll, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { Account, CLOUD_FOLDER } from "../../lab/providers/cloud/account";
import { emptyCloudflare } from "../../lab/providers/cloudflare/api";
import { emptyHetzner } from "../../lab/providers/hcloud/api";
import { emptyOvh } from "../../lab/providers/ovh/api";
import { Stack, transcript } from "../lab/stack";
import { exampleArgs } from "../unit/fixture";
import { TestCloud } from "../unit/providers/cloud";
import { type Agreeable, startAgreeable } from "./ci/agreeable";

// Zones in several accounts of one provider, each of which sees its own zones only. Commands on machines succeed without effect.

const cloud = new TestCloud();
const ours = new Account(cloud.folder, "cloudflare", emptyCloudflare);
const theirs = ours.of("theirs");
const atOvh = new Account(cloud.folder, "ovh", emptyOvh).of("theirs");
const atHetzner = new Account(cloud.folder, "hetzner", emptyHetzner).of("theirs");
const [zoneId, otherZoneId] = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"];
const tokens = {
  theirs: "the-token-of-the-other-account",
  ovh: "the-id-of-their-service-account",
  hetzner: "7".repeat(64),
};

const args = (changes: Partial<MailServerArgs> = {}): MailServerArgs =>
  exampleArgs({
    operatingSystem: OperatingSystem.Debian13,
    aliases: [],
    domains: [
      { name: "example.org" },
      { name: "example.com", dns: { cloudflare: { zoneId: otherZoneId, account: "theirs" } } },
      { name: "example.net", dns: { ovh: { account: "at-ovh" } } },
      { name: "example.edu", dns: { hetzner: { account: "at-hetzner" } } },
    ],
    dns: { cloudflare: { zoneId } },
    dnsAccounts: [
      { name: "theirs", cloudflare: { apiToken: tokens.theirs } },
      { name: "at-ovh", ovh: { clientId: tokens.ovh, clientSecret: "the-secret-of-their-service-account" } },
      { name: "at-hetzner", hetzner: { token: tokens.hetzner } },
      { name: "unused", ovh: { accessToken: "the-token-of-nobody" } },
    ],
    ...changes,
  });

let stack: Stack;
let agreeable: Agreeable;

beforeAll(async () => {
  ours.change((state) => {
    state.zones[zoneId] = { name: "example.org", records: [] };
  });
  theirs.change((state) => {
    state.zones[otherZoneId] = { name: "example.com", records: [] };
  });
  atOvh.change((state) => {
    state.zones["example.net"] = { records: [] };
  });
  atHetzner.change((state) => {
    state.zones["example.edu"] = { id: 1, mode: "primary", ttl: 3600, rrsets: [] };
  });
  theirs.handOut(tokens.theirs);
  atOvh.handOut(tokens.ovh);
  atHetzner.handOut(tokens.hetzner);
  agreeable = await startAgreeable();
  // Nothing for OVH and Hetzner: there, the accounts of the args are the only ones.
  stack = await Stack.create("accounts", {
    ...agreeable.environment,
    CLOUDFLARE_API_TOKEN: "token",
    [CLOUD_FOLDER]: cloud.folder,
  });
});

afterAll(() => {
  stack?.forget();
  agreeable?.stop();
  cloud.remove();
});

it.each<[string, Partial<MailServerArgs>, RegExp]>([
  [
    "a zone that the environment's account has not",
    { domains: [{ name: "example.org" }, { name: "example.com", dns: { cloudflare: { zoneId: otherZoneId } } }] },
    /^error: Cloudflare does not show the zone fedcba\w+ to these credentials: .*name that one \(dns\.cloudflare\.account\)/m,
  ],
  [
    "a zone that the account of the args has not",
    {
      domains: [
        { name: "example.org", dns: { cloudflare: { zoneId, account: "theirs" } } },
        { name: "example.com", dns: { cloudflare: { zoneId: otherZoneId, account: "theirs" } } },
      ],
    },
    /^error: Cloudflare does not show the zone 012345\w+ to these credentials/m,
  ],
  [
    "a token that nobody has",
    {
      dnsAccounts: args().dnsAccounts!.map((each) => ({
        ...each,
        ...(each.cloudflare && { cloudflare: { apiToken: "x" } }),
      })),
    },
    /^error: Cloudflare does not show the zone fedcba\w+ to these credentials/m,
  ],
])("a preview refuses %s", async (_what, changes, message) => {
  const refused = await stack.tryPreview(args(changes));
  expect(refused.exitCode, transcript(refused)).not.toBe(0);
  expect(refused.stdout + refused.stderr).toMatch(message);
  expect(refused.stdout + refused.stderr).not.toMatch(/\n\s+at |node_modules/);
});

it("a preview finds another mail server's record in the zone of the account that has it", async () => {
  const before = atOvh.state();
  atOvh.change((state) => {
    state.zones["example.net"] = {
      records: [{ id: 1, subDomain: "", fieldType: "MX", ttl: 3600, target: "10 mx.elsewhere.test." }],
    };
  });
  const refused = await stack.tryPreview(args());
  atOvh.change((state) => Object.assign(state, before));
  expect(refused.exitCode, transcript(refused)).not.toBe(0);
  expect(refused.stdout + refused.stderr).toMatch(
    /\n {2}example\.net MX mx\.elsewhere\.test \(import ID 1\.example\.net\)/,
  );
});

it("an `up` publishes the records of each domain in its own account, and the next preview changes nothing", async () => {
  await stack.up(args());
  const namesIn = (account: Account<typeof emptyCloudflare>) =>
    new Set(Object.values(account.state().zones).flatMap(({ records }) => records.map(({ name }) => name)));
  expect([...namesIn(ours)].filter((name) => !name.endsWith("example.org"))).toEqual([]);
  expect([...namesIn(theirs)].filter((name) => !name.endsWith("example.com"))).toEqual([]);
  expect(namesIn(ours)).toContain("mail.example.org");
  expect(namesIn(theirs)).toContain("_dmarc.example.com");
  expect(atOvh.state().zones["example.net"]?.records.map(({ fieldType }) => fieldType)).toContain("MX");
  expect(atHetzner.state().zones["example.edu"]?.rrsets.map(({ type }) => type)).toContain("MX");
  const steps = await stack.previewSteps(args());
  expect(steps.filter(({ op }) => op !== "same").map(({ op, urn }) => `${op} ${urn}`)).toEqual([]);
});

it("credentials of an account are secrets in the state, and an account that no zone names is not logged in to", async () => {
  const { resources } = await stack.exported();
  const logins = resources.filter(({ urn }) => urn.includes("pulumi:providers:") && /::mail-/.test(urn));
  expect(logins.map(({ urn }) => urn.split("::").at(-1)).sort()).toEqual([
    "mail-at-hetzner",
    "mail-at-ovh",
    "mail-theirs",
  ]);
  const state = JSON.stringify(resources, (key, value) => (key === "plaintext" || key === "ciphertext" ? "" : value));
  for (const text of ["the-token-of", "the-secret-of", "the-id-of", tokens.hetzner]) expect(state).not.toContain(text);
  expect(stack.printed).not.toMatch(/the-(token|secret|id)-of/);
});

it("`destroy` leaves every account as it was", async () => {
  await stack.destroy();
  const left = [ours, theirs].flatMap((account) =>
    Object.values(account.state().zones).flatMap(({ records }) => records),
  );
  expect(left).toEqual([]);
  expect(atOvh.state().zones["example.net"]?.records).toEqual([]);
  expect(atHetzner.state().zones["example.edu"]?.rrsets).toEqual([]);
});
