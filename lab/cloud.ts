/** The lab's accounts at OVH and Cloudflare: what a rehearsal finds there, and trouble to order. */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { factsOf, type MachineName, services } from "./addresses";
import { deleteRecords, setRecords, zoneRecords } from "./dns";
import { tsigKey } from "./nameServer";
import { inLab } from "./paths";
import { inNamespace, must } from "./processes";
import { Account, CLOUD_FOLDER, writeJson } from "./providers/cloud/account";
import type { Faults } from "./providers/cloud/faults";
import { type NameServerAccess, nameServerFile } from "./providers/cloud/world";
import { type CloudflareState, emptyCloudflare } from "./providers/cloudflare/api";
import { emptyOvh, type OvhState, type OvhVps } from "./providers/ovh/api";
import { edgeRuleset } from "./providers/ovh/edge";
import { initialRecords, reverseName } from "./zones";

/** A cloud that can be rehearsed. */
export type Cloud = "ovh" | "cloudflare";

/** Every cloud that can be rehearsed. */
export const clouds: Cloud[] = ["ovh", "cloudflare"];

const folder = inLab("cloud");

/** The account at OVH. */
export const ovhAccount = () => new Account<OvhState>(folder, "ovh", emptyOvh);

/** The account at Cloudflare. */
export const cloudflareAccount = () => new Account<CloudflareState>(folder, "cloudflare", emptyCloudflare);

/** Environment in which the providers find the accounts. The credentials are as invented as the accounts. */
export const cloudEnvironment = {
  [CLOUD_FOLDER]: folder,
  OVH_ENDPOINT: "ovh-eu",
  OVH_APPLICATION_KEY: "rehearsal",
  OVH_APPLICATION_SECRET: "rehearsal",
  OVH_CONSUMER_KEY: "rehearsal",
  CLOUDFLARE_API_TOKEN: "rehearsal",
};

/** Zones that both accounts hold, with their ids at Cloudflare. */
export const cloudZones: Record<string, string> = {
  "example.org": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
  "example.com": "1b2c3d4e5f60718293a4b5c6d7e8f90a",
};

/** Service names of the machines that the account at OVH has. */
export const vpsNames: Partial<Record<MachineName, string>> = {
  demo: "vps-0a1b2c3d.vps.ovh.net",
  debian12: "vps-12121212.vps.ovh.net",
  debian13: "vps-13131313.vps.ovh.net",
  vps12: "vps-22121212.vps.ovh.net",
  vps13: "vps-23131313.vps.ovh.net",
};

/** Service name of the machine `spare`, which the first order at OVH delivers. */
export const orderedVps = "vps-99999999.vps.ovh.net";

/** Opens the accounts where the lab has none: zones without records, machines, and nothing ordered yet. */
export function openAccounts(): void {
  mkdirSync(folder, { recursive: true });
  const { name: keyName, algorithm: keyAlgorithm, secret } = tsigKey;
  const access: NameServerAccess = { address: services.authoritative.v4, keyName, keyAlgorithm, keySecret: secret() };
  writeJson(nameServerFile(folder), access);
  if (existsSync(inLab("cloud", "ovh.json"))) return;
  ovhAccount().change((state) => {
    state.zones = Object.fromEntries(Object.keys(cloudZones).map((zone) => [zone, { records: [] }]));
    state.vps = Object.fromEntries(
      Object.entries(vpsNames).map(([machine, serviceName]) => [serviceName, vpsOf(machine as MachineName)]),
    );
    state.stock = [{ serviceName: orderedVps, ...vpsOf("spare") }];
  });
  cloudflareAccount().change((state) => {
    state.zones = Object.fromEntries(Object.entries(cloudZones).map(([name, id]) => [id, { name, records: [] }]));
  });
}

/** Forgets the accounts, what they published, and their rules on the router. */
export async function closeAccounts(): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await must("The lab's router keeps its rules", [...inNamespace, "nft", "-f", "-"], edgeRuleset({}));
  for (const zone of Object.keys(cloudZones)) {
    for (const { name, type } of await zoneRecords(zone)) {
      const belongsToLab = initialRecords.some((record) => record.name === name && record.type === type);
      if (!belongsToLab && !["SOA", "NS"].includes(type)) await deleteRecords(name, type);
    }
  }
}

/** Takes the names of a machine's addresses away. */
export async function forgetReverse(machine: MachineName): Promise<void> {
  const { v4, v6 } = factsOf(machine);
  for (const address of [v4, v6]) await deleteRecords(reverseName(address), "PTR");
}

/** Names a machine's addresses, as a person does in the control panel of a provider that has no API for it. */
export async function setReverse(machine: MachineName, hostname: string): Promise<void> {
  const { v4, v6 } = factsOf(machine);
  for (const address of [v4, v6]) await setRecords(reverseName(address), "PTR", [`${hostname}.`]);
}

/** Orders trouble from the providers, instead of all that was ordered before; without any, all is well again. */
export function orderFaults(faults: Partial<Faults> = {}): void {
  mkdirSync(folder, { recursive: true });
  writeJson(inLab("cloud", "faults.json"), faults);
}

function vpsOf(machine: MachineName): OvhVps {
  const { v4, v6 } = factsOf(machine);
  const asDelivered = { displayName: "", netbootMode: "local", keymap: "", slaMonitoring: false };
  return { ...asDelivered, ips: [v4, v6], installations: 1 };
}
