import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { checkout } from "../../lab/paths";
import { Account, CLOUD_FOLDER } from "../../lab/providers/cloud/account";
import { emptyCloudflare } from "../../lab/providers/cloudflare/api";
import { deliveredVps, emptyOvh } from "../../lab/providers/ovh/api";
import { counts, Stack, transcript } from "../lab/stack";
import { exampleArgs, hostKey } from "../unit/fixture";
import { TestCloud } from "../unit/providers/cloud";
import { type Agreeable, startAgreeable } from "./ci/agreeable";

// A provider's preview needs to know which members an object has and how long a list is, and refuses what is unknown as a whole.

/** The texts of a state that are secret, long enough not to stand elsewhere by chance, in all forms in which an ID could hold them. */
function secretTexts(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (!("plaintext" in value)) return Object.values(value).flatMap(secretTexts);
  const secret = JSON.parse(String(value.plaintext)) as unknown;
  // What a host reports is kept as a secret too, and holds none; of a connection, all but the way in is public.
  const text = typeof secret === "string" ? secret : ((secret as { privateKey?: string })?.privateKey ?? "");
  return (text.includes('"manifest"') ? [] : [text])
    .map((text) => JSON.stringify(text).slice(1, -1))
    .filter((text) => text.length >= 16)
    .flatMap((text) => [text, Buffer.from(text, "hex").toString("base64")])
    .filter((text) => text.length >= 16);
}

/** What the engine writes for a value that only the deployment will tell. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Inputs that are one text or number, which may be unknown; every other must have a known shape. */
const simple: Record<string, string[]> = {
  "cloudflare:index/dnsRecord:DnsRecord": ["content", "priority"],
  "command:local:Command": ["stdin"],
  // Its SDK adds the connection's defaults once all members are known; the plugin takes a connection that is not known yet.
  "command:remote:Command": ["stdin", "connection"],
  "mailserver:index:HostRole": ["secrets"],
  "ovh:Domain/zoneRecord:ZoneRecord": ["target"],
  "ovh:Ip/firewall:Firewall": ["ip", "ipOnFirewall"],
  "ovh:Ip/firewallRule:FirewallRule": ["ip", "ipOnFirewall"],
  "ovh:Ip/reverse:Reverse": ["ip", "ReverseIp"],
};

const cloud = new TestCloud();
const atOvh = new Account(cloud.folder, "ovh", emptyOvh);
const zoneId = "0123456789abcdef0123456789abcdef";
const rfc2136 = { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" };
const domains = (dns?: MailServerArgs["dns"]) => [{ name: "example.org" }, { name: "example.com", dns }];
const order = { planCode: "vps-2025-model1", datacenter: "GRA", image: "Debian 13", ovhSubsidiary: "FR" };

const servers: Record<string, Partial<MailServerArgs>> = {
  cloudflare: { dns: { cloudflare: { zoneId } }, domains: domains({ rfc2136 }) },
  ovh: {
    host: { ovhVps: { order, hostKey, enableEdgeFirewall: true } },
    dns: { ovh: {} },
    domains: domains({ zoneFile: {} }),
  },
  rfc2136: { dns: { rfc2136 }, reverseDns: { rfc2136 } },
};

let agreeable: Agreeable;

beforeAll(async () => {
  // Nobody knows whether the live API does.
  cloud.faults({ quotedDkim: true });
  atOvh.change((state) => {
    state.zones["example.org"] = { records: [] };
    state.stock.push({ ...deliveredVps("198.51.100.7", "2001:db8:51::7"), serviceName: "vps-1.vps.ovh.net" });
  });
  new Account(cloud.folder, "cloudflare", emptyCloudflare).change((state) => {
    state.zones[zoneId] = { name: "example.org", records: [] };
  });
  agreeable = await startAgreeable();
});

afterAll(() => {
  agreeable?.stop();
  cloud.remove();
});

/** The commands of a block of docs/ovh.md that has this text. */
function documented(text: string): string {
  const page = readFileSync(join(checkout, "docs/ovh.md"), "utf8");
  const block = [...page.matchAll(/```sh\n(.*?)```/gs)]
    .map(([, script = ""]) => script)
    .find((each) => each.includes(text));
  if (block === undefined) throw new Error(`docs/ovh.md has no commands with ${text}`);
  return block;
}

describe.each(Object.entries(servers))("a server whose names are at %s", (name, changes) => {
  const args = exampleArgs({ operatingSystem: OperatingSystem.Debian13, ...changes });
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.create(`unknowns-${name}`, {
      ...agreeable.environment,
      ...{ OVH_ENDPOINT: "ovh-eu", OVH_CLIENT_ID: "id", OVH_CLIENT_SECRET: "secret", CLOUDFLARE_API_TOKEN: "token" },
      [CLOUD_FOLDER]: cloud.folder,
    });
  });

  afterAll(() => stack?.forget());

  /** What a preview hands to the providers with an unknown shape, and how many unknown values it hands to them at all. */
  const lookAt = async (wanted: MailServerArgs) => {
    const steps = await stack.previewSteps(wanted, "--show-secrets");
    const inputs = steps.flatMap(({ urn, newState }) =>
      Object.entries(newState?.inputs ?? {}).map(([property, value]) => ({
        urn,
        type: newState!.type,
        property,
        value,
      })),
    );
    const shapeless = inputs.filter(
      ({ type, property, value }) => value === unknown && !simple[type]?.includes(property),
    );
    return {
      shapeless: shapeless.map(({ urn, property }) => `${urn.split("::").at(-1)}: ${property}`),
      unknowns: JSON.stringify(inputs.map(({ value }) => value)).split(unknown).length - 1,
    };
  };

  it("a server gives each provider objects, lists and maps of a known shape in the first preview", async () => {
    const { shapeless, unknowns } = await lookAt({ ...args, ...(name === "ovh" ? { reverseDns: { ovh: {} } } : {}) });
    expect(shapeless).toEqual([]);
    expect(unknowns).toBeGreaterThan(5);
  });

  it("a server gives each provider known shapes also where the certificate is to be another, by triggers, authority and hostname", async () => {
    await stack.up(args);
    const { shapeless, unknowns } = await lookAt({
      ...args,
      triggers: ["again"],
      certificate: { acme: { directoryUrl: "https://acme.example.net/directory" } },
      hostname: "mx.example.org",
    });
    expect(shapeless).toEqual([]);
    expect(unknowns).toBeGreaterThan(2);
  });

  it("a server keeps no secret in clear: not as an ID, a name or an output", async () => {
    const { resources } = await stack.exported();
    const secrets = resources.flatMap(({ urn, inputs, outputs }) =>
      secretTexts({ ...inputs, ...outputs }).map((text) => ({ text, of: urn.split("::").at(-1) })),
    );
    expect(secrets.map(({ of }) => of)).toEqual(
      expect.arrayContaining(["mail-password-salt", "mail-acme-account", "mail-dkim-mail-example.org"]),
    );
    const kept = stack.stateFiles().map(({ content }) => content);
    expect(kept.join("")).toContain("mail-password-salt");
    expect(secrets.filter(({ text }) => kept.some((content) => content.includes(text)))).toEqual([]);
  });

  it.runIf(name === "ovh")(
    "a server at OVH changes nothing without a change, though OVH gives DKIM keys back in another form",
    async () => {
      const run = await stack.up(args);
      expect(Object.keys(counts(run)), transcript(run)).toEqual(["unchanged"]);
    },
  );

  it.runIf(name === "ovh")(
    "a server at OVH gets over what was deleted of the edge firewall, as docs/ovh.md says",
    async () => {
      const rulesNow = () => atOvh.state().firewalls["198.51.100.7"]?.rules;
      const rules = rulesNow();
      expect(rules?.length).toBeGreaterThan(8);
      const gone = rules!.find(({ destinationPort }) => destinationPort === 25)!;
      atOvh.change(({ firewalls }) => {
        firewalls["198.51.100.7"]!.rules = rules!.filter(({ sequence }) => sequence !== gone.sequence);
      });
      const refused = await stack.tryUp(args, "--refresh");
      expect(refused.stdout + refused.stderr).toMatch(
        new RegExp(
          `Error calling Get /ip/198\\.51\\.100\\.7%2F32/firewall/198\\.51\\.100\\.7/rule/${gone.sequence}: .*status code 404`,
        ),
      );
      atOvh.change(({ firewalls }) => {
        firewalls["198.51.100.7"]!.rules.push({ sequence: gone.sequence, action: "permit", protocol: "icmp" });
      });
      const repaired = await stack.tryUp(args, "--refresh");
      expect(repaired.exitCode, transcript(repaired)).toBe(0);
      expect(rulesNow()).toEqual(rules);

      atOvh.change((state) => {
        state.firewalls = {};
      });
      const forgotten = await stack.shell(documented("stack import").replace(/\n\s*pulumi up\n/, "\n"));
      expect(forgotten.exitCode, transcript(forgotten)).toBe(0);
      const anew = await stack.up(args);
      expect(counts(anew).created, transcript(anew)).toBe(rules!.length + 1);
      expect(rulesNow()).toEqual(rules);
    },
  );
});
