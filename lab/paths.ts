import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Root folder of this checkout. */
export const checkout = realpathSync(resolve(__dirname, ".."));

/** Network namespace of this checkout's lab; machine and cgroup names derive from it. Nine characters, since interface names are short. */
export const namespace = `lab-${createHash("sha256").update(checkout).digest("hex").slice(0, 5)}`;

/** Where the network namespace can be entered. */
export const namespacePath = `/run/netns/${namespace}`;

/** All that belongs to this checkout alone: keys, disks, zones, logs. */
export const labDirectory = join(checkout, ".lab");

/** What is expensive to make and the same for every checkout: base images and downloaded packages. */
export const cacheDirectory = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-mailserver");

/** A path below the checkout's `.lab/`. */
export const inLab = (...parts: string[]) => join(labDirectory, ...parts);

/** What is deployed on the machines of the lab: a folder a stack. */
export const stacks = inLab("stacks");

/** A path below the cache that all checkouts share. */
export const inCache = (...parts: string[]) => join(cacheDirectory, ...parts);
