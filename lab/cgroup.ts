import { existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { until } from "./progress";

/** Where a host has its cgroups: version 1 and 2 side by side, or version 2 alone. */
const trees = ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified", "/sys/fs/cgroup"];

/** Everything in all trees that belongs to a cgroup, deepest first. */
const folders = (cgroup: string) =>
  trees
    .map((tree) => join(tree, cgroup))
    .filter((folder) => existsSync(folder))
    .flatMap(foldersBelow);

/** Processes in a cgroup and below it. */
export const processesOf = (cgroup: string): number[] => [...new Set(folders(cgroup).flatMap(processesIn))];

/**
 * Removes a cgroup in which no process is left; the kernel lets go of it a moment after the last one has ended.
 * @throws when it is still there after five seconds
 */
export async function removeCgroup(cgroup: string): Promise<void> {
  const isGone = () => {
    for (const folder of folders(cgroup)) {
      try {
        rmdirSync(folder);
      } catch {}
    }
    return folders(cgroup).length === 0;
  };
  await until(5, () => `The cgroup ${folders(cgroup).at(-1)} cannot be removed.`, isGone);
}

// A machine that is just ending takes its folders away while they are read.

function foldersBelow(folder: string): string[] {
  try {
    const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...inner.flatMap((entry) => foldersBelow(join(folder, entry.name))), folder];
  } catch {
    return [];
  }
}

function processesIn(folder: string): number[] {
  try {
    return readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
