/** The lab's accounts at clouds: what a rehearsal finds there, and trouble to order. */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { factsOf, type MachineName, services } from "./addresses";
import { deleteRecords, setRecords, zoneRecords } from "./dns";
import { tsigKey } from "./nameServer";
import { inLab } from "./paths";
import { inNamespace, must } from "./processes";
import { CLOUD_FOLDER, writeJson } from "./providers/cloud/account";
import type { Faults } from "./providers/cloud/faults";
import { cloudZones, type RehearsedCloud } from "./providers/cloud/rehearsed";
import { type NameServerAccess, nameServerFile } from "./providers/cloud/world";
import { cloudflareIn, rehearsedCloudflare } from "./providers/cloudflare/rehearsal";
import { rehearsedHetzner } from "./providers/hcloud/rehearsal";
import { edgeRuleset } from "./providers/ovh/edge";
import { ovhIn, rehearsedOvh } from "./providers/ovh/rehearsal";
import { initialRecords, reverseName } from "./zones";

/** Every cloud that can be rehearsed. */
export const rehearsedClouds = {
  ovh: rehearsedOvh,
  cloudflare: rehearsedCloudflare,
  hetzner: rehearsedHetzner,
} satisfies Record<string, RehearsedCloud>;

/** A cloud that can be rehearsed. */
export type Cloud = keyof typeof rehearsedClouds;

/** Their names. */
export const clouds = Object.keys(rehearsedClouds) as Cloud[];

const folder = inLab("cloud");

/** The account at OVH. */
export const ovhAccount = () => ovhIn(folder);

/** The account at Cloudflare. */
export const cloudflareAccount = () => cloudflareIn(folder);

/** Environment in which the providers find the accounts. */
export const cloudEnvironment: Record<string, string> = Object.assign(
  { [CLOUD_FOLDER]: folder },
  ...Object.values(rehearsedClouds).map(({ environment }) => environment),
);

/** Opens the accounts where the lab has none: zones without records, machines, and nothing ordered yet. */
export function openAccounts(): void {
  mkdirSync(folder, { recursive: true });
  const { name: keyName, algorithm: keyAlgorithm, secret } = tsigKey;
  const access: NameServerAccess = { address: services.authoritative.v4, keyName, keyAlgorithm, keySecret: secret() };
  writeJson(nameServerFile(folder), access);
  if (existsSync(inLab("cloud", "ovh.json"))) return;
  for (const { open } of Object.values(rehearsedClouds)) open(folder);
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
