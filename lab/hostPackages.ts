import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { inHost, must, run } from "./processes";
import { step } from "./progress";

const wanted = [
  "apt-cacher-ng",
  "bind9",
  "bind9-dnsutils",
  "bind9-utils",
  "ca-certificates",
  "curl",
  "debian-archive-keyring",
  "dns-root-data",
  "iproute2",
  "knot",
  "mmdebstrap",
  "nftables",
  "openssh-client",
  "openssl",
  "pdns-backend-sqlite3",
  "pdns-server",
  "pebble",
  "socat",
  "sqlite3",
  "systemd-container",
  "unbound",
  "util-linux",
];

/** Units that come with the packages above; the lab runs these programs itself, inside its own network. */
const unwantedUnits = ["apt-cacher-ng.service", "knot.service", "named.service", "pdns.service", "unbound.service"];

const policy = "/usr/sbin/policy-rc.d";

/**
 * Installs the Debian packages that the lab needs on the host and that are missing, without starting a daemon of theirs.
 * @throws where the host's apt cannot install them
 */
export async function installHostPackages(): Promise<void> {
  const missing = missingPackages(wanted);
  if (missing.length > 0) await step(`host packages: ${missing.join(" ")}`, () => install(missing));
}

/** Reads dpkg's own list, since starting dpkg-query takes longer than all else that an idle `up` does. */
function missingPackages(names: string[]): string[] {
  const installed = new Set(
    readFileSync("/var/lib/dpkg/status", "utf8")
      .split("\n\n")
      .filter(
        (entry) => entry.includes("\nStatus: install ok installed") || entry.includes("\nStatus: hold ok installed"),
      )
      .map((entry) => /^Package: (.+)$/m.exec(entry)?.[1]),
  );
  return names.filter((name) => !installed.has(name));
}

async function install(packages: string[]): Promise<void> {
  const apt = [...inHost(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
  const command = [...apt, "install", "--yes", "--no-install-recommends", ...packages];
  await withoutDaemonStarts(async () => {
    if ((await run(command)).exitCode === 0) return;
    await must("The host's package lists could not be refreshed", [...apt, "update"]);
    await must(
      `The lab needs the Debian packages ${packages.join(", ")} on this computer, and apt could not install them`,
      command,
    );
  });
  if (existsSync("/run/systemd/system")) await run(["systemctl", "disable", "--quiet", ...unwantedUnits]);
}

/** `policy-rc.d` is Debian's own way to say that an installation starts no service; one that is there already stays as it is. */
async function withoutDaemonStarts(work: () => Promise<void>): Promise<void> {
  if (existsSync(policy)) return work();
  const removePolicy = () => rmSync(policy, { force: true });
  writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  process.once("exit", removePolicy);
  try {
    await work();
  } finally {
    removePolicy();
    process.off("exit", removePolicy);
  }
}
