import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { Account, CLOUD_FOLDER } from "../../lab/providers/cloud/account";
import { emptyCloudflare } from "../../lab/providers/cloudflare/api";
import { deliveredVps, emptyOvh } from "../../lab/providers/ovh/api";
import { Stack, transcript } from "../lab/stack";
import { exampleArgs, hostKey } from "../unit/fixture";
import { TestCloud } from "../unit/providers/cloud";
import { type Agreeable, startAgreeable } from "./ci/agreeable";

// Every member that may be an output is set with `--secret`, and looked for in all that the engine prints and keeps. Commands on machines succeed without effect.

const zoneId = "5ca9a0123456789abcdef0123456789a";
const hash = (mark: string) => `{BLF-CRYPT}$2y$10$${mark.padEnd(53, "a")}`;
const [, publicKey = ""] = hostKey.split(" ");

const canaries = {
  ipv4Address: "198.51.100.177",
  ipv6Address: "2001:db8:51::5ca9",
  privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nY2FuYXJ5LXByaXZhdGUta2V5\n-----END OPENSSH PRIVATE KEY-----\n",
  privateKeyPassword: "canary-of-a-key",
  hostKey,
  server: "192.0.2.177",
  keyName: "canary-key",
  keySecret: "Y2FuYXJ5LXRzaWctc2VjcmV0",
  reverseServer: "192.0.2.178",
  reverseKeyName: "canary-reverse-key",
  reverseKeySecret: "Y2FuYXJ5LXJldmVyc2Utc2VjcmV0",
  zoneId,
  password: "canary sings at dawn",
  passwordHash: hash("canaryHash"),
  weakPasswordHash: hash("canaryWeak"),
  relayName: "relay-canary.example.net",
  relayUser: "canary-user",
  relayPassword: "canary-of-the-relay",
  keyId: "canary-kid",
  hmacKey: "Y2FuYXJ5LWhtYWMta2V5LW9mLXRoZS1hY2NvdW50",
  serviceName: "vps-5ca9.vps.ovh.net",
};

const shared = {
  operatingSystem: OperatingSystem.Debian13,
  aliases: [],
  mailboxes: [
    { address: "anna@example.org", password: canaries.password },
    { address: "ben@example.org", passwordHash: canaries.passwordHash },
    { address: "carla@example.org", weakPasswordHash: canaries.weakPasswordHash },
  ],
  relayHost: { hostname: canaries.relayName, user: canaries.relayUser, password: canaries.relayPassword },
  certificate: {
    acme: {
      directoryUrl: "https://acme.example.net/directory",
      externalAccount: { keyId: canaries.keyId, hmacKey: canaries.hmacKey },
    },
  },
};

const bySsh: MailServerArgs = exampleArgs({
  ...shared,
  host: {
    ssh: {
      ipv4Address: canaries.ipv4Address,
      ipv6Address: canaries.ipv6Address,
      hostKey: canaries.hostKey,
      privateKey: canaries.privateKey,
      privateKeyPassword: canaries.privateKeyPassword,
    },
  },
  domains: [{ name: "example.org" }, { name: "example.com", dns: { cloudflare: { zoneId } } }],
  dns: { rfc2136: { server: canaries.server, keyName: canaries.keyName, keySecret: canaries.keySecret } },
  reverseDns: {
    rfc2136: {
      server: canaries.reverseServer,
      keyName: canaries.reverseKeyName,
      keySecret: canaries.reverseKeySecret,
    },
  },
});

const byOvh: MailServerArgs = exampleArgs({
  ...shared,
  host: {
    ovhVps: { serviceName: canaries.serviceName, hostKey: canaries.hostKey, privateKey: canaries.privateKey },
  },
  domains: [{ name: "example.org" }],
  dns: { ovh: {} },
});

const cloud = new TestCloud();
let agreeable: Agreeable;

beforeAll(async () => {
  agreeable = await startAgreeable();
  new Account(cloud.folder, "cloudflare", emptyCloudflare).change((state) => {
    state.zones[zoneId] = { name: "example.com", records: [] };
  });
  new Account(cloud.folder, "ovh", emptyOvh).change((state) => {
    state.zones["example.org"] = { records: [] };
    state.vps[canaries.serviceName] = deliveredVps("198.51.100.7", "2001:db8:51::7");
  });
});

afterAll(() => {
  agreeable?.stop();
  cloud.remove();
});

/** What is looked for: texts that have a line end are looked for by their middle, and a host key by what is no algorithm. */
const marks = Object.entries({ ...canaries, privateKey: "Y2FuYXJ5LXByaXZhdGUta2V5", hostKey: publicKey });

it.each([
  ["a machine that is reached by SSH, name servers and Cloudflare", "ssh", bySsh],
  ["a VPS at OVH", "ovh", byOvh],
])(
  "no member that is set with --secret is seen in state, diff, events or outputs: %s",
  async (_what, name, args) => {
    const stack = await Stack.create(`secret-values-${name}`, {
      ...{ OVH_ENDPOINT: "ovh-eu", OVH_CLIENT_ID: "id", OVH_CLIENT_SECRET: "secret", CLOUDFLARE_API_TOKEN: "token" },
      // For `--event-log`.
      PULUMI_DEBUG_COMMANDS: "true",
      ...agreeable.environment,
      [CLOUD_FOLDER]: cloud.folder,
    });
    try {
      for (const text of Object.values(canaries)) stack.secretTexts.add(text);
      const events = join(cloud.folder, `events-${name}.json`);
      for (const words of [
        ["preview", "--diff"],
        ["preview", "--json"],
        ["up", "--yes", "--diff", "--event-log", events],
      ]) {
        stack.keep(args);
        const run = await stack.run(words);
        expect(run.exitCode, transcript(run)).toBe(0);
      }
      await stack.outputs();
      // What it shows with --debug only is in an event log always.
      const shown = readFileSync(events, "utf8")
        .split("\n")
        .filter((line) => !line.includes('"severity":"debug"'))
        .join("\n");
      expect(shown).toContain("command:remote:Command");
      const given = JSON.stringify(args);
      const seen = [
        ["what is printed", stack.printed] as const,
        ["the events", shown] as const,
        ...stack.stateFiles().map(({ path, content }) => [path, content] as const),
      ].flatMap(([where, content]) =>
        marks.filter(([, text]) => content.includes(text)).map(([member]) => `${member} in ${where}`),
      );
      expect(marks.filter(([, text]) => given.includes(text)).length).toBeGreaterThan(8);
      expect(seen).toEqual([]);
    } finally {
      stack.forget();
    }
  },
  300_000,
);
