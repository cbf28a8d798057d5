import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { foreign } from "../../../lab/lab";
import { submit } from "../../../lab/mail";
import { pause } from "../../../lab/progress";
import { newSubject } from "../scenario";
import type { Ledger } from "./ledger";
import type { FaultyServer } from "./server";

const state = "/var/lib/pulumi-mailserver";

interface Entry {
  sha256: string;
  mode: string;
  owner: string;
  group: string;
}

interface Manifest {
  sha256: string;
  files: Record<string, Entry>;
  tables: Record<string, Entry>;
  units: string[];
  openPorts: number[];
}

/** Hash of what is active on the host; "nothing" where there is no mail server. */
export type Generation = string;

/**
 * Which server runs after an accident: one of those that may, and that one whole. All that the manifest tells of is on the disk, its units run, its ports
 * are open and no others; mail comes in and goes out, and none is missing that was accepted before.
 * @throws with all that is not whole
 */
export async function whole(server: FaultyServer, ledger: Ledger, allowed: Generation[]): Promise<Generation> {
  const generation = await intact(server, allowed);
  complain(generation === "nothing" ? [] : await mailFaults(server, ledger));
  return generation;
}

/** As {@link whole}, but for mail, which is what takes the time. */
export async function intact(server: FaultyServer, allowed: Generation[]): Promise<Generation> {
  await settled(server);
  const manifest = manifestOf(server);
  const generation = manifest?.sha256 ?? "nothing";
  const faults = manifest ? await faultsOf(server, manifest) : await leftOvers(server);
  if (!allowed.includes(generation)) faults.push(`the generation is ${generation}, none of ${allowed.join(", ")}`);
  complain(faults);
  return generation;
}

function complain(faults: string[]): void {
  if (faults.length > 0) throw new Error(`The server is not whole:\n  ${faults.join("\n  ")}`);
}

/** Waits until nobody is on the way back any more. */
async function settled(server: FaultyServer): Promise<void> {
  const busy = () =>
    server.host.shell(
      `[ ! -e ${state}/journal.json ] && [ ! -e ${state}/policy-rc.d ] && flock -n /run/pulumi-mailserver.lock true && echo free`,
    );
  for (const deadline = Date.now() + 60_000; (await busy()) !== "free"; ) {
    if (Date.now() > deadline) throw new Error("Nobody goes back: the journal is still there after 60 s.");
    await pause(100);
  }
}

function manifestOf(server: FaultyServer): Manifest | undefined {
  const path = server.path(`${state}/manifest.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Manifest) : undefined;
}

async function faultsOf(server: FaultyServer, { files, tables, units, openPorts }: Manifest): Promise<string[]> {
  const faults: string[] = [];
  const users = ids(server, "/etc/passwd");
  const groups = ids(server, "/etc/group");
  for (const [path, entry] of Object.entries({ ...files, ...tables })) {
    const here = server.path(path);
    if (!existsSync(here)) {
      faults.push(`${path} is not there`);
      continue;
    }
    const { mode, uid, gid } = lstatSync(here);
    const found = [hash(here), `0${(mode & 0o7777).toString(8)}`, uid, gid].join(" ");
    const wanted = [entry.sha256, entry.mode, users.get(entry.owner), groups.get(entry.group)].join(" ");
    if (found !== wanted) faults.push(`${path} is ${found}, not ${wanted}`);
  }
  // Debian 12's postfix.service does nothing but start others.
  const parts = (await server.host.shell("systemctl show -pWants --value postfix.service")).match(/postfix@\S+/g) ?? [];
  const asked = [...units, ...(units.includes("postfix.service") ? parts : [])];
  const states = (await server.host.shell(`systemctl is-active ${asked.join(" ")}`)).split("\n");
  for (const [index, unit] of asked.entries())
    if (states[index] !== "active") faults.push(`${unit} is ${states[index]}`);
  const listening = await server.host.openPorts();
  // 80 is open for the authority, whenever it asks; those of the example belong to no service.
  const idle = new Set([80, 8080]);
  const expected = openPorts.filter((port) => !idle.has(port)).sort((a, b) => a - b);
  if (listening.join() !== expected.join()) faults.push(`ports ${listening.join()} are open, not ${expected.join()}`);
  return [...faults, ...(await debris(server))];
}

/** What should not be there where no mail server was activated. */
async function leftOvers(server: FaultyServer): Promise<string[]> {
  const ports = await server.host.openPorts();
  const faults = ports.join() === "22" ? [] : [`ports ${ports.join()} are open although nothing was activated`];
  return [...faults, ...(await debris(server))];
}

/** What an activation that was cut off must not leave. */
async function debris(server: FaultyServer): Promise<string[]> {
  const found = await server.host.shell(
    "find /etc /usr/local /usr/sbin/policy-rc.d* -name '.*.pulumi-mailserver' -o -path '/usr/sbin/policy-rc.d*' 2>/dev/null",
  );
  return found
    .split("\n")
    .filter((line) => line.startsWith("/"))
    .map((path) => `${path} was left over`);
}

async function mailFaults(server: FaultyServer, ledger: Ledger): Promise<string[]> {
  const faults: string[] = [];
  if ((await ledger.send(1)) !== 1) faults.push(`no mail comes in: ${ledger.lastReply}`);
  const lost = await ledger.lost(60);
  if (lost.length > 0)
    faults.push(`${lost.length} messages were accepted and are not there: ${lost.slice(0, 3).join(" ")}`);
  const subject = newSubject("out of the subject");
  try {
    await submit(server.route(), 465, server.anna, { to: foreign.mailbox, subject });
    await foreign.awaitDelivery(subject, 60);
  } catch (error) {
    faults.push(`no mail goes out: ${error instanceof Error ? error.message : String(error)}`);
  }
  return faults;
}

const hash = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Numbers of the users or groups of the machine, by name. */
function ids(server: FaultyServer, file: string): Map<string, number> {
  const rows = readFileSync(server.path(file), "utf8").split("\n").filter(Boolean);
  return new Map(rows.map((row) => row.split(":")).map(([name = "", , id]) => [name, Number(id)]));
}
