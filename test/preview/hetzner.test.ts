import { afterAll, beforeAll, expect, it } from "vitest";
import { Account, CLOUD_FOLDER } from "../../lab/providers/cloud/account";
import { emptyHetzner } from "../../lab/providers/hcloud/api";
import { counts, Stack, transcript } from "../lab/stack";
import { exampleArgs } from "../unit/fixture";
import { TestCloud } from "../unit/providers/cloud";
import { type Agreeable, startAgreeable } from "./ci/agreeable";

// The life of a stack whose records are at Hetzner, by a stand-in that refuses what the real one refuses. Commands on machines succeed without effect.

const cloud = new TestCloud();
const account = new Account(cloud.folder, "hetzner", emptyHetzner);
const zone = () => account.state().zones["example.org"]!;
const [v4, v6] = ["198.51.100.7", "2001:db8:51::7"];
/** Somebody else's text at the name that gets the SPF record. */
const theirs = { name: "@", type: "TXT", ttl: null, records: [{ value: '"site-verification=1"', comment: "" }] };
const foreignMx = { name: "@", type: "MX", ttl: 300, records: [{ value: "10 mx.elsewhere.test.", comment: "" }] };
const args = exampleArgs({
  ...{ domains: [{ name: "example.org" }], mailboxes: [], aliases: [], postmaster: "anna@example.net" },
  ...{ dns: { hetzner: {} }, reverseDns: { hetzner: { serverId: 42 } } },
});
const token = { HCLOUD_TOKEN: "0".repeat(64) };
let agreeable: Agreeable;
let stack: Stack;

beforeAll(async () => {
  account.change((state) => {
    state.zones["example.org"] = { id: 1, mode: "primary", ttl: 3600, rrsets: [theirs, foreignMx] };
    state.servers[42] = { [v4]: null, [v6]: null };
  });
  agreeable = await startAgreeable();
  stack = await Stack.create("hetzner", { ...agreeable.environment, ...token, [CLOUD_FOLDER]: cloud.folder });
});

afterAll(() => {
  stack?.forget();
  agreeable?.stop();
  cloud.remove();
});

it("a preview refuses another mail server's MX record at Hetzner, which nobody can import there", async () => {
  const refused = await stack.tryPreview(args);
  expect(refused.exitCode, transcript(refused)).not.toBe(0);
  const said = refused.stdout + refused.stderr;
  expect(said).toMatch(/\n {2}example\.org MX mx\.elsewhere\.test\n/);
  expect(said).toMatch(/Either delete them at the provider, or let them stay beside the server's\./);
  expect(said).not.toMatch(/import ID|pulumi import/);
  account.change(({ zones }) => {
    zones["example.org"]!.rrsets = [theirs];
  });
});

it("an `up` joins somebody else's text with the SPF record, names the addresses, and a second one changes nothing", {
  timeout: 300_000,
}, async () => {
  stack.keep(args);
  // With the preview, as a person does it.
  const run = await stack.run(["up", "--yes"]);
  expect(run.exitCode, transcript(run)).toBe(0);
  const texts = zone().rrsets.find(({ name, type }) => name === "@" && type === "TXT")!.records;
  expect(texts.map(({ value }) => value)).toEqual(['"site-verification=1"', `"v=spf1 mx ip4:${v4} ip6:${v6} -all"`]);
  expect(zone().rrsets).toHaveLength(16);
  expect(account.state().servers[42]).toEqual({ [v4]: "mail.example.org", [v6]: "mail.example.org" });
  const again = await stack.tryUp(args, "--refresh");
  expect(Object.keys(counts(again)), transcript(again)).toEqual(["unchanged"]);
});

it("a change of the hostname takes its old records along, and `destroy` leaves what somebody else has made", {
  timeout: 300_000,
}, async () => {
  const before = zone().rrsets.length;
  await stack.up({ ...args, hostname: "mx.example.org" });
  expect(zone().rrsets).toHaveLength(before);
  await stack.destroy();
  expect(zone().rrsets).toEqual([theirs]);
  expect(account.state().servers[42]).toEqual({ [v4]: null, [v6]: null });
});
