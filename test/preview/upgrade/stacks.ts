import { join } from "node:path";
import { type MailDnsArgs, type MailServerArgs, MtaStsMode, OperatingSystem } from "../../../components/args";
import { checkout } from "../../../lab/paths";
import { Account, CLOUD_FOLDER } from "../../../lab/providers/cloud/account";
import { emptyCloudflare } from "../../../lab/providers/cloudflare/api";
import { deliveredVps, emptyOvh } from "../../../lab/providers/ovh/api";
import { Stack } from "../../lab/stack";
import { exampleArgs, hostKey } from "../../unit/fixture";
import type { TestCloud } from "../../unit/providers/cloud";

/** A stack of which the state is kept as an earlier version made it. */
export interface EarlierStack {
  name: string;
  /** What its configuration holds. */
  values: object;
  /** File of its program. @default - the project's own */
  program?: string;
}

const nameServer = { rfc2136: { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" } };
const zoneId = "0123456789abcdef0123456789abcdef";

/** A server that has a bit of everything at both clouds. */
const clouds: MailServerArgs = exampleArgs({
  operatingSystem: OperatingSystem.Debian12,
  host: { ovhVps: { serviceName: "vps-1.vps.ovh.net", hostKey, enableEdgeFirewall: true } },
  domains: [
    {
      name: "example.org",
      enableAutoconfig: true,
      mtaSts: { mode: MtaStsMode.Enforce },
      dkim: { standbySelectors: ["next"], revokedSelectors: ["gone"] },
      dmarc: { rua: ["reports@example.com"] },
      tlsRpt: { rua: ["reports@example.com"] },
      enableCaa: true,
    },
    { name: "example.com", catchAll: "anna@example.org", dns: { cloudflare: { zoneId } } },
  ],
  relayHost: { hostname: "relay.example.net", user: "relay", password: "a relay's password" },
  enablePop3: true,
  parkedDomains: ["www.example.org"],
  dns: { ovh: {} },
});

/** Records alone, with a domain that another's reports go to. */
const records: MailDnsArgs = {
  hostname: "mail.example.org",
  ipv4Address: "198.51.100.7",
  domains: [{ name: "example.org", dmarc: { rua: ["reports@example.com"] } }, { name: "example.com" }],
  dns: nameServer,
  reverseDns: nameServer,
};

export const earlierStacks: EarlierStack[] = [
  { name: "upgraded-clouds", values: clouds },
  { name: "upgraded-name-server", values: exampleArgs({ dns: nameServer, reverseDns: nameServer }) },
  {
    name: "upgraded-records",
    values: { component: "MailDns", args: records },
    program: join(checkout, "test", "preview", "program", "index.ts"),
  },
];

/** Where a state is kept. */
export function stateFile(version: string, { name }: EarlierStack): string {
  return join(__dirname, version, `${name}.json.gz`);
}

/** The stack, with accounts in the cloud that have the zones and the machine. */
export function openStack({ name, program }: EarlierStack, cloud: TestCloud, more: NodeJS.ProcessEnv): Promise<Stack> {
  new Account(cloud.folder, "ovh", emptyOvh).change((state) => {
    state.zones["example.org"] = { records: [] };
    state.vps["vps-1.vps.ovh.net"] = deliveredVps("198.51.100.7", "2001:db8:51::7");
  });
  new Account(cloud.folder, "cloudflare", emptyCloudflare).change((state) => {
    state.zones[zoneId] = { name: "example.com", records: [] };
  });
  const credentials = {
    ...{ OVH_ENDPOINT: "ovh-eu", OVH_CLIENT_ID: "id", OVH_CLIENT_SECRET: "secret", CLOUDFLARE_API_TOKEN: "token" },
    [CLOUD_FOLDER]: cloud.folder,
  };
  const environment = { ...credentials, ...more };
  return program === undefined ? Stack.create(name, environment) : Stack.ofProgram(name, program, environment);
}
