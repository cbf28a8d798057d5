import { readFileSync } from "node:fs";
import type { Archive } from "./archive";
import { must } from "./processes";

const official = { debian: "http://deb.debian.org/debian", security: "http://deb.debian.org/debian-security" };

export const debianArchive: Archive = {
  keyring: "/usr/share/keyrings/debian-archive-keyring.gpg",
  packages: [],
  open: async (release) => {
    const { debian, security, lines } = await hostMirror();
    const suites = [`${debian} ${release}`, `${debian} ${release}-updates`, `${security} ${release}-security`];
    return { sources: suites.map((suite) => `deb ${suite} main`), lines };
  },
};

/**
 * The mirror that the host's own apt uses, where the host is Debian; Debian's own otherwise. A host that is told to
 * accept package lists past their date (a mirror frozen in time) passes that on.
 */
async function hostMirror() {
  const listed = await must("apt does not say where it takes packages from", [
    "apt-get",
    "indextargets",
    "--format",
    "$(REPO_URI) $(RELEASE)",
    "Created-By: Packages",
  ]);
  const codename = /^VERSION_CODENAME=(.+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  const isDebian = /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));
  const find = (suite: string) =>
    listed
      .split("\n")
      .map((line) => line.split(" "))
      .find(([uri, release]) => release === suite && uri?.startsWith("http"))?.[0];
  // apt-cacher-ng cannot look into TLS; packages are signed, so that plain HTTP to the same host is as safe.
  const plain = (uri: string | undefined) => uri?.replace(/^https:/, "http:").replace(/\/$/, "");
  const dates = await must("apt does not tell its settings", ["apt-config", "dump", "Acquire::Check-Valid-Until"]);
  return {
    debian: (isDebian && plain(find(`${codename}`))) || official.debian,
    security: (isDebian && plain(find(`${codename}-security`))) || official.security,
    lines: dates.trim() ? [dates.trim()] : [],
  };
}
