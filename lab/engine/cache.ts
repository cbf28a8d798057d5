import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "./progress";

/** Folder of this project in the user's cache, shared by all checkouts. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-mailserver");
}

/**
 * Fills `folder` by `fill(emptyFolder)` unless it is there already. The folder appears by one rename when `fill` has
 * succeeded, so a folder that is there is complete; of several processes that want the same folder one does the work and
 * the others wait for it.
 */
export async function fillOnce(folder: string, log: Log, fill: (emptyFolder: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  mkdirSync(dirname(folder), { recursive: true });
  removeLeftovers(folder);

  const release = await acquire(`${folder}.lock`, log);
  const unfinished = `${folder}.unfinished-${process.pid}`;
  const cleanUp = () => {
    rmSync(unfinished, { recursive: true, force: true });
    release();
  };
  process.once("exit", cleanUp);
  try {
    if (existsSync(folder)) return;
    mkdirSync(unfinished);
    await fill(unfinished);
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    process.removeListener("exit", cleanUp);
    cleanUp();
  }
}

/** Unfinished folders of processes that were killed. */
function removeLeftovers(folder: string): void {
  const prefix = `${basename(folder)}.unfinished-`;
  for (const name of readdirSync(dirname(folder))) {
    if (name.startsWith(prefix) && !isRunning(Number(name.slice(prefix.length)))) {
      rmSync(join(dirname(folder), name), { recursive: true, force: true });
    }
  }
}

async function acquire(lock: string, log: Log): Promise<() => void> {
  for (let waited = 0; ; waited++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      return () => rmSync(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = holderOf(lock);
    const dead = holder === undefined ? isOld(lock) : !isRunning(holder);
    // Two processes that both find a dead holder may both go on; the rename at the end makes that harmless.
    if (dead) rmSync(lock, { force: true });
    else {
      if (waited % 20 === 0)
        log(`waiting for process ${holder ?? "?"}, which is preparing ${basename(lock, ".lock")} … ${waited / 2} s`);
      await sleep(500);
    }
  }
}

function holderOf(lock: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(lock, "utf8"), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** A lock without a process is one that is just being written, or was never finished. */
function isOld(lock: string): boolean {
  return Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 10_000;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
