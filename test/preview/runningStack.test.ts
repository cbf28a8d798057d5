import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { checkout } from "../../lab/paths";
import { Account, CLOUD_FOLDER } from "../../lab/providers/cloud/account";
import { emptyCloudflare } from "../../lab/providers/cloudflare/api";
import { deliveredVps, emptyOvh } from "../../lab/providers/ovh/api";
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
      state.vps["vps-1.vps.ovh.net"] = deliveredVps("198.51.100.7", "2001:db8:51::7");
      state.vps["vps-2.vps.ovh.net"] = deliveredVps("198.51.100.8", "2001:db8:51::8");
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

  /** Puts a record into the zone example.org at OVH, as a person does in the control panel. */
  add(subDomain: string, fieldType: "MX" | "TXT", target: string): void {
    this.atOvh.change(({ zones }) => {
      const { records } = zones["example.org"]!;
      records.push({ id: 7_000_000_000 + records.length, subDomain, fieldType, target, ttl: 300 });
    });
  }

  /** Takes all records of a zone at OVH away. */
  empty(zone: Name): void {
    this.atOvh.change(({ zones }) => {
      zones[zone] = { records: [] };
    });
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
    host: { ovhVps: { serviceName: "vps-1.vps.ovh.net", hostKey, enableEdgeFirewall: true } },
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
    ssh: { ipv4Address: "198.51.100.8", ipv6Address: "2001:db8:51::8", hostKey, ...host },
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
  ])("a running stack takes a change of %s", { timeout: 300_000 }, async (_what, changes) => {
    stack.keep({ ...args, ...changes });
    // With the preview, as a person does it.
    const run = await stack.run(["up", "--yes"]);
    expect(run.exitCode, transcript(run)).toBe(0);
    if (Object.keys(changes).length === 0) expect(accounts.held()).toEqual(before);
  });
});

describe("a running stack that takes its records elsewhere", () => {
  const rfc2136 = { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" };
  const none = { aliases: [], mailboxes: [], postmaster: "anna@example.net" };
  const args: MailServerArgs = exampleArgs({ ...none, domains: [{ name: "example.org" }], dns: { ovh: {} } });
  let stack: Stack;
  let accounts: Accounts;
  let before: string[];

  const at = (keeper: string) => accounts.held().filter((line) => line.startsWith(`${keeper} `));
  const up = async (changes: Partial<MailServerArgs>, ...more: string[]) => {
    stack.keep({ ...args, ...changes });
    const run = await stack.run(["up", "--yes", ...more]);
    expect(run.exitCode, transcript(run)).toBe(0);
  };

  beforeAll(async () => {
    accounts = new Accounts();
    stack = await Stack.create("running-elsewhere", { ...agreeable.environment, ...accounts.environment });
    await stack.up(args);
    before = accounts.held();
  });

  afterAll(() => {
    stack?.forget();
    accounts?.remove();
  });

  it("a running stack that takes its records elsewhere parks a name that is in another zone", {
    timeout: 300_000,
  }, async () => {
    await up({ parkedDomains: ["example.com"] }, "--skip-preview");
    expect(accounts.held().filter((line) => !before.includes(line))).toEqual([
      "ovh example.com:  3600 MX 0 .",
      'ovh example.com:  3600 TXT "v=spf1 -all"',
      'ovh example.com: _dmarc 3600 TXT "v=DMARC1; p=reject"',
    ]);
  });

  it("a running stack gives up again the name that it parked", { timeout: 300_000 }, async () => {
    await up({}, "--skip-preview");
    expect(accounts.held()).toEqual(before);
  });

  it("a running stack that takes its records elsewhere fills the zone at another provider while the old one still answers, as docs/operations.md says", {
    timeout: 300_000,
  }, async () => {
    const [, pattern = ""] =
      /pulumi up --exclude '([^']+)'/.exec(readFileSync(join(checkout, "docs/operations.md"), "utf8")) ?? [];
    await up({ dns: keptAt.cloudflare("example.org") }, "--exclude", pattern);
    expect(at("ovh")).toEqual(before);
    expect(at("cloudflare")).toHaveLength(before.length);
    await up({ dns: keptAt.cloudflare("example.org") }, "--skip-preview");
    expect(at("ovh")).toEqual([]);
    expect(at("cloudflare")).toHaveLength(before.length);
  });

  it("a running stack that takes its records elsewhere leaves it for a name server that takes dynamic updates, and for a person", {
    timeout: 300_000,
  }, async () => {
    await up({ dns: { rfc2136 } }, "--skip-preview");
    expect(accounts.held()).toEqual([]);
    await up({ dns: { zoneFile: {} } }, "--skip-preview");
    expect(await stack.outputs()).toHaveProperty("zoneFile", expect.stringContaining("example.org. 3600 IN MX 10 "));
  });

  it("a running stack that takes its records elsewhere is not taken in by another server's MX record beside the stack's own DKIM key, which a person pasted", {
    timeout: 300_000,
  }, async () => {
    const { dkimRecords } = (await stack.outputs()) as { dkimRecords: Record<string, string> };
    accounts.add("mail._domainkey", "TXT", dkimRecords["mail._domainkey.example.org"] ?? "");
    accounts.add("", "MX", "10 mx.elsewhere.test.");
    const there = accounts.held();
    const refused = await stack.tryUp(args);
    expect(refused.exitCode, transcript(refused)).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain("example.org MX mx.elsewhere.test (import ID");
    expect(accounts.held()).toEqual(there);
  });

  it("a running stack comes back to a provider when another server's MX record is gone", {
    timeout: 300_000,
  }, async () => {
    accounts.empty("example.org");
    await up({}, "--skip-preview");
    expect(accounts.held()).toEqual(before);
  });
});
