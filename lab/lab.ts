import { rmSync } from "node:fs";
import {
  customer,
  customersDirectoryUrl,
  directoryUrl,
  issuingRoots,
  startAcme,
  stopAcme,
  trustedRootsPath,
} from "./acme";
import { factsOf, type MachineName, type Release, services } from "./addresses";
import { caPath, ensureAuthority } from "./authority";
import { discardAllDisks, pristineLayers } from "./disk";
import { deleteRecords, records, setRecords, zoneRecords } from "./dns";
import { awaitDelivery, clear, deliveries, foreignMailbox, mailLog, queue, relayLogin, send } from "./foreignServer";
import { installHostPackages } from "./hostPackages";
import { removeUnusedImages } from "./image";
import {
  bootMachine,
  leaderPid,
  pullThePlug,
  type ResetTo,
  removeMachines,
  resetMachine,
  saveMachine,
} from "./machine";
import { startNameServer, stopNameServer, tsigKey } from "./nameServer";
import { bringNetworkUp, enterPrefix, networkIsUp, takeNetworkDown, writeResolverFiles } from "./network";
import { forgetPackages, startPackageCache, stopPackageCache } from "./packageCache";
import { inLab, stacks } from "./paths";
import { must, type Outcome, withLock } from "./processes";
import { step } from "./progress";
import { ensureKeys, hostPublicKey, ssh } from "./ssh";

export { clients, factsOf, type MachineName, testMachines } from "./addresses";
export type { DnsRecord } from "./dns";
export type { Delivery } from "./foreignServer";
export { privateKeyPath } from "./ssh";

/** What comes up where no machine is named. */
export const usualMachines: MachineName[] = ["demo", "foreign"];

const busy = "waiting for another command of this lab to finish";

/**
 * Brings up the lab's network and services and these machines; what is up already stays as it is.
 * @throws with what is missing or which part did not start, and what it said
 */
export function up(names: MachineName[] = usualMachines): Promise<void> {
  return withLock(inLab("lock"), busy, async () => {
    await installHostPackages();
    await ensureAuthority();
    await bringNetworkUp();
    writeResolverFiles();
    await Promise.all([
      ensureKeys(),
      startPackageCache(),
      step("name server and ACME authority", startNameServer).then(startAcme),
    ]);
    await Promise.all(names.map((name) => pristineLayers(name)));
    await Promise.all(names.map((name) => withMachine(name, () => step(`machine ${name}`, () => bootMachine(name)))));
  });
}

/** Ends everything that runs, removes the machines' disks and forgets what was deployed on them; with `purge` also its keys, logs and packages, and the images that no machine of another checkout runs on. */
export function down({ purge = false } = {}): Promise<void> {
  return withLock(inLab("lock"), busy, async () => {
    await removeMachines();
    await Promise.all([stopAcme(), stopNameServer(), stopPackageCache()]);
    await takeNetworkDown();
    await discardAllDisks();
    // What they tell of, machines and records, is gone.
    for (const folder of [stacks, inLab("cloud")]) rmSync(folder, { recursive: true, force: true });
    if (!purge) return;
    await Promise.all([removeUnusedImages(), forgetPackages()]);
    await must("The lab's folder could not be removed", ["rm", "-rf", inLab()]);
  });
}

/** Gives a machine a pristine disk (or a snapshot's) and boots it: about a second. */
export const reset = (name: MachineName, to: ResetTo = {}) =>
  withMachine(name, () => step(`reset ${name}`, () => resetMachine(name, to)));

/** Takes a machine's current away, and gives it back: it boots with the disk as it is at that moment. */
export const cutPower = (name: MachineName) =>
  withMachine(name, async () => {
    await pullThePlug(name);
    await bootMachine(name);
  });

/** Keeps the disk that a machine has now as a snapshot of this name, for {@link reset}. The machine is shut down and booted for it. */
export const save = (name: MachineName, snapshot: string) =>
  withMachine(name, () => step(`save ${name}`, () => saveMachine(name, snapshot)));

const withMachine = <T>(name: MachineName, work: () => Promise<T>) =>
  withLock(inLab("locks", name), `waiting for another command that changes '${name}'`, work);

/** A machine of the lab. */
export interface Machine {
  name: MachineName;
  release: Release;
  v4: string;
  v6: string;
  /** One line `ssh-ed25519 AAAA…`; the same after a reset. */
  hostPublicKey: string;
  /** Process id of its first process as the host sees it; undefined while it is off. */
  leaderPid: number | undefined;
  /** Runs a shell command as root. Exit code 255 is ssh's own: no connection. */
  ssh(command: string, input?: string | Buffer): Promise<Outcome>;
}

/** What is to know of a machine now, whether it is up or not. */
export function machine(name: MachineName): Machine {
  const { release, v4, v6 } = factsOf(name);
  return {
    name,
    release,
    v4,
    v6,
    hostPublicKey: hostPublicKey(name),
    leaderPid: leaderPid(name),
    ssh: (command, input) => ssh(name, command, input),
  };
}

/** Whether the lab's network is there. */
export const isUp = networkIsUp;

/** Argv prefix that runs a program inside the lab, with its network, its resolver and (for Node.js) the roots that it trusts. */
export const execPrefix = () => enterPrefix({ NODE_EXTRA_CA_CERTS: trustedRootsPath });

/** Right to change every zone by RFC 2136. */
export const tsig = {
  name: tsigKey.name,
  algorithm: tsigKey.algorithm,
  /** Base64. */
  get secret() {
    return tsigKey.secret();
  },
  /** Address of the authoritative name server, port 53. */
  server: services.authoritative.v4,
};

/** The resolver that every computer of the lab asks; it validates DNSSEC. */
export const resolver = services.resolver;

/** The ACME authorities: one for everybody, one for its customers. */
export const acme = { directoryUrl, customersDirectoryUrl, customer, caPath, issuingRoots };

/** The zones of the lab. */
export const dns = { set: setRecords, delete: deleteRecords, records, zone: zoneRecords };

/** The mail server of somebody else: domain example.net. */
export const foreign = { mailbox: foreignMailbox, relayLogin, deliveries, awaitDelivery, send, mailLog, queue, clear };
