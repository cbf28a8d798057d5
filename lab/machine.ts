import { readFileSync } from "node:fs";
import { join } from "node:path";
import { factsOf, type MachineName, machineNames, type Release } from "./addresses";
import { processesOf, removeCgroup } from "./cgroup";
import {
  discardDisk,
  type Layers,
  layersOf,
  machineFolder,
  newDisk,
  pristineLayers,
  saveLayers,
  snapshotLayers,
} from "./disk";
import { imageLocks, prepareImageLocks } from "./image";
import { inLab, namespace } from "./paths";
import { forgetDaemon, inNamespace, lastLines, lives, pidOf, run, signal, startDaemon } from "./processes";
import { pause, until } from "./progress";
import { newHostKeys, ssh, writeKnownHosts } from "./ssh";

const bootSeconds = 60;
const unit = (name: MachineName) => `machine-${name}`;
const cgroupName = (name: MachineName) => `${namespace}-${name}`;

/** What the machine's console shows: the boot, and what systemd says. */
export const consoleLog = (name: MachineName) => inLab("log", `${name}.console.log`);

/** Whether a machine is switched on. */
export const isOn = (name: MachineName) => pidOf(unit(name)) !== undefined;

/** Switches a machine on and waits until it has finished booting; gives it a pristine disk where it has none. */
export async function bootMachine(name: MachineName): Promise<void> {
  if (isOn(name)) return awaitBoot(name);
  await clearAway(name);
  if (!layersOf(name)) await newDisk(name, await pristineLayers(name));
  powerOn(name, layersOf(name) ?? []);
  await awaitBoot(name);
}

/** Where a reset leads to. */
export interface ResetTo {
  /** Name of a snapshot to start from. @default - the pristine image */
  snapshot?: string;
  /** Whether the machine gets new SSH host keys, as a rented machine does when it is reinstalled. @default false */
  newHostKeys?: boolean;
  /** Release that is installed, where no snapshot is named. @default - the machine's own */
  release?: Release;
}

/** Pulls the plug, throws the disk away and boots from the pristine image or from a snapshot. */
export async function resetMachine(name: MachineName, to: ResetTo = {}): Promise<void> {
  const layers = to.snapshot === undefined ? await pristineLayers(name, to.release) : snapshotLayers(to.snapshot);
  await pullThePlug(name);
  if (to.newHostKeys) {
    await newHostKeys(name);
    writeKnownHosts();
  }
  await newDisk(name, layers);
  powerOn(name, layers);
  await awaitBoot(name);
}

/** Shuts a machine down, keeps its disk as a snapshot, and boots it again from there. */
export async function saveMachine(name: MachineName, snapshot: string): Promise<void> {
  if (!/^[\w-]+$/.test(snapshot))
    throw new Error(`'${snapshot}' cannot be the name of a snapshot: use letters, digits, '-' and '_'.`);
  await shutDown(name);
  saveLayers(name, snapshot);
  await resetMachine(name, { snapshot });
}

function powerOn(name: MachineName, layers: Layers): void {
  const { bridge } = factsOf(name).network;
  prepareImageLocks();
  const script = join(__dirname, "bootMachine.sh");
  const disk = [machineFolder(name), layers.join(":")];
  const words = [cgroupName(name), namespace, bridge, ...disk, ...layers.flatMap(imageLocks)];
  startDaemon({
    name: unit(name),
    network: "host",
    command: ["unshare", "--mount", "--", script, ...words],
    log: consoleLog(name),
  });
}

/** Waits until sshd answers and systemd has nothing left to start. */
async function awaitBoot(name: MachineName): Promise<void> {
  const knock = ["socat", "-u", "/dev/null", `TCP:${factsOf(name).v4}:22,connect-timeout=0.2`];
  const isDown = () => `The machine '${name}' does not boot. Its console says:\n${lastLines(consoleLog(name))}`;
  await until(bootSeconds, isDown, async () => {
    if (!isOn(name)) throw new Error(isDown());
    return (await run([...inNamespace, ...knock])).exitCode === 0;
  });
  const answer = await ssh(name, "systemctl is-system-running --wait");
  if (answer.exitCode === 255)
    throw new Error(`The machine '${name}' has booted but does not let us in by SSH:\n  ${answer.stderr.trim()}`);
}

/** Powers a machine off as a host that loses its current: no process of it gets a word in. The disk stays. */
export async function pullThePlug(name: MachineName): Promise<void> {
  const keeper = pidOf(unit(name));
  const first = leaderPid(name);
  // The end of its first process ends the machine, and nspawn then clears the network away. Killing nspawn would not.
  if (first) signal(first, "SIGKILL");
  if (keeper) await awaitEnd(keeper, 3);
  await clearAway(name);
}

/** Shuts a machine down cleanly. The disk stays. */
export async function shutDown(name: MachineName): Promise<void> {
  const keeper = pidOf(unit(name));
  const nspawn = keeper && childrenOf(keeper)[0];
  if (nspawn) signal(nspawn, "SIGTERM");
  if (keeper) await awaitEnd(keeper, 30);
  await clearAway(name);
}

async function awaitEnd(pid: number, seconds: number): Promise<void> {
  for (let waited = 0; waited < seconds * 1000 && lives(pid); waited += 10) await pause(10);
}

/** Ends what is left of a machine, also after a crash of the programs that ran it. */
async function clearAway(name: MachineName): Promise<void> {
  const left = () => processesOf(cgroupName(name)).filter(lives);
  await until(
    5,
    () => `Processes of the machine '${name}' do not end: ${left().join(", ")}.`,
    () => {
      for (const pid of left()) signal(pid, "SIGKILL");
      return left().length === 0;
    },
  );
  forgetDaemon(unit(name));
  await removeCgroup(cgroupName(name));
}

/** Switches off every machine and removes its disk. */
export const removeMachines = () =>
  Promise.all(
    machineNames.map(async (name) => {
      await pullThePlug(name);
      discardDisk(name);
    }),
  );

/** Process id, as the host sees it, of a machine's first process; undefined while it is off. */
export function leaderPid(name: MachineName): number | undefined {
  const keeper = pidOf(unit(name));
  const nspawn = keeper && childrenOf(keeper)[0];
  return nspawn ? childrenOf(nspawn)[0] : undefined;
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
