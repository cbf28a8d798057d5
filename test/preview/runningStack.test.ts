import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { Account, CLOUD_FOLDER } from "../../lab/providers/cloud/account";
import { emptyCloudflare } from "../../lab/providers/cloudflare/api";
import { emptyOvh } from "../../lab/providers/ovh/api";
import { Stack, transcript } from "../lab/stack";
import { exampleArgs, hostKey } from "../unit/fixture";
import { TestCloud } from "../unit/providers/cloud";
import { type Agreeable, startAgreeable } from "./ci/agreeable";

// What is changed in a running stack, and taken back, at providers that refuse what the real ones refuse. Commands on machines succeed without effect.

const names = ["example.org", "example.com"] as const;
type Name = (typeof names)[number];
const zoneIds = {
  "example.org": "0123456789abcdef0123456789abcdef",
  "example.com": "fedcba9876543210fedcba9876543210",
};

/** Accounts at both providers, each with the zones of both names and nothing in them. */
class Accounts {
  private readonly cloud = new TestCloud();
  private readonly atOvh = new Account(this.cloud.folder, "ovh", emptyOvh);
  private readonly atCloudflare = new Account(this.cloud.folder, "cloudflare", emptyCloudflare);
  readonly environment = {
    ...{ OVH_ENDPOINT: "ovh-eu", OVH_CLIENT_ID: "id", OVH_CLIENT_SECRET: "secret", CLOUDFLARE_API_TOKEN: "token" },
    [CLOUD_FOLDER]: this.cloud.folder,
  };

  constructor() {
    this.atOvh.change((state) => {
      for (const name of names) state.zones[name] = { records: [] };
      const machine = { displayName: "", netbootMode: "local", keymap: "", slaMonitoring: false, installations: 1 };
      state.vps["vps-1.vps.ovh.net"] = { ...machine, ips: ["198.51.100.7", "2001:db8:51::7"] };
      state.vps["vps-2.vps.ovh.net"] = { ...machine, ips: ["198.51.100.8", "2001:db8:51::8"] };
    });
    this.atCloudflare.change((state) => {
      for (const name of names) state.zones[zoneIds[name]] = { name, records: [] };
    });
  }

  /** What the zones hold, without the providers' numbers, sorted. */
  held(): string[] {
    const ovh = names.flatMap((zone) =>
      (this.atOvh.state().zones[zone]?.records ?? []).map(
        ({ subDomain, fieldType, target, ttl }) => `ovh ${zone}: ${subDomain} ${ttl} ${fieldType} ${target}`,
      ),
    );
    const cloudflare = names.flatMap((zone) =>
      (this.atCloudflare.state().zones[zoneIds[zone]]?.records ?? []).map(
        ({ name, ttl, type, priority, content }) => `cloudflare ${name} ${ttl} ${type} ${priority ?? ""} ${content}`,
      ),
    );
    // A key is another one where its domain or selector was gone.
    return [...ovh, ...cloudflare].map((line) => line.replace(/ p=.{200,}/, " p=KEY")).sort();
  }

  remove(): void {
    this.cloud.remove();
  }
}

let agreeable: Agreeable;

beforeAll(async () => {
  agreeable = await startAgreeable();
});

afterAll(() => agreeable?.stop());

const keptAt = {
  ovh: () => ({ ovh: {} }),
  cloudflare: (zone: Name) => ({ cloudflare: { zoneId: zoneIds[zone] } }),
};
const keepers = ["ovh", "cloudflare"] as const;

describe.each(keepers)("a running stack whose records are at %s", (keeper) => {
  const second = { name: "example.com", dns: keptAt[keeper]("example.com") };
  const args: MailServerArgs = exampleArgs({
    operatingSystem: OperatingSystem.Debian12,
    host: { ovhVps: { serviceName: "vps-1.vps.ovh.net", hostKey, edgeFirewall: true } },
    dns: keptAt[keeper]("example.org"),
    domains: [{ name: "example.org" }, second],
    aliases: [],
  });
  const own = (domain: object) => [{ name: "example.org", ...domain }, second];
  let stack: Stack;
  let accounts: Accounts;
  let before: string[];

  beforeAll(async () => {
    accounts = new Accounts();
    stack = await Stack.create(`running-${keeper}`, { ...agreeable.environment, ...accounts.environment });
    await stack.up(args);
    before = accounts.held();
  });

  afterAll(() => {
    stack?.forget();
    accounts?.remove();
  });

  const machine = (host: { port?: number } = {}) => ({
    ssh: { address: "198.51.100.8", addressV6: "2001:db8:51::8", hostKey, ...host },
  });
  // One after the other; of what was changed, all that is not named again is taken back.
  it.each<[string, Partial<MailServerArgs>]>([
    ["the hostname", { hostname: "mx.example.org" }],
    [
      "the hostname to one in another zone, the machine, the own SPF record, the selector and the port of SSH",
      {
        hostname: "mail.example.com",
        host: machine({ port: 2222 }),
        firewall: { sshPorts: [2222] },
        domains: own({ spf: { include: ["_spf.example.net"] }, dkim: { selector: "other" } }),
      },
    ],
    ["them back", {}],
  ])("takes a change of %s", { timeout: 300_000 }, async (_what, changes) => {
    stack.keep({ ...args, ...changes });
    // With the preview, as a person does it.
    const run = await stack.run(["up", "--yes"]);
    expect(run.exitCode, transcript(run)).toBe(0);
    if (Object.keys(changes).length === 0) expect(accounts.held()).toEqual(before);
  });
});
