import { existsSync } from "node:fs";
import type { Archive } from "./archive";
import { inHost, type Outcome, run } from "./processes";

const official = "http://archive.ubuntu.com/ubuntu";
const keyring = "/usr/share/keyrings/ubuntu-archive-keyring.gpg";

/** Ubuntu's archive, or the mirror of it that the environment variable `UBUNTU_MIRROR` names. */
export const ubuntuArchive: Archive = {
  keyring,
  // What packages meet on a rented machine: a hook that restarts services after each installation, and a firewall that is off.
  packages: ["needrestart", "ufw"],
  open: async (release) => {
    const mirror = ubuntuMirror(process.env.UBUNTU_MIRROR);
    const file = `${mirror}/dists/${release}/InRelease`;
    refuseUnreached(mirror, await run([...inHost(), "curl", "-sS", "--fail", "--head", "--max-time", "20", file]));
    if (!existsSync(keyring))
      throw new Error(
        `The keys of Ubuntu's archive are missing on this computer (${keyring}): install ubuntu-archive-keyring (Debian 13) or ubuntu-keyring (Ubuntu).`,
      );
    const suites = ["", "-updates", "-security"].map((pocket) => `${release}${pocket}`);
    return { sources: suites.map((suite) => `deb ${mirror} ${suite} main universe`), lines: [] };
  },
};

/**
 * The mirror that is asked.
 * @throws where apt-cacher-ng could not take packages from it
 */
export function ubuntuMirror(named = ""): string {
  const mirror = (named || official).replace(/\/+$/, "");
  if (/^http:\/\/[^\s/]+(\/\S*)?$/.test(mirror)) return mirror;
  throw new Error(
    `UBUNTU_MIRROR is '${named}'; it must be the http:// address of a mirror (packages are signed), such as ${official}.`,
  );
}

/** @throws where a mirror did not answer */
export function refuseUnreached(mirror: string, { exitCode, stderr }: Outcome): void {
  if (exitCode === 0) return;
  const reason = stderr.trim().split("\n").at(-1) || `curl ended with status ${exitCode}`;
  throw new Error(
    `Ubuntu's archive is not reached at ${mirror} (${reason}); UBUNTU_MIRROR=http://… names a mirror that is.`,
  );
}
