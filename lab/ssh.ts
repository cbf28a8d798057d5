import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { factsOf, type MachineName, machineNames } from "./addresses";
import { inLab, namespacePath } from "./paths";
import { must, type Outcome, run } from "./processes";

/** File with the private key that opens every machine, for `root` and for `admin`. */
export const privateKeyPath = inLab("key");

const knownHosts = inLab("known_hosts");
const sshConfig = inLab("ssh_config");

/** Folder with a machine's host keys, which outlive its disk. */
export const hostKeyFolder = (name: MachineName) => inLab("hostkeys", name);

/** Public host key of a machine, one line `ssh-ed25519 AAAA…`. */
export const hostPublicKey = (name: MachineName) =>
  readFileSync(`${hostKeyFolder(name)}/ssh_host_ed25519_key.pub`, "utf8")
    .split(" ")
    .slice(0, 2)
    .join(" ")
    .trim();

/** Public half of the key at {@link privateKeyPath}. */
export const authorizedKey = () => readFileSync(`${privateKeyPath}.pub`, "utf8");

/** Makes what is missing of the keys that people and machines are known by. */
export async function ensureKeys(): Promise<void> {
  mkdirSync(inLab(), { recursive: true, mode: 0o700 });
  if (!existsSync(`${privateKeyPath}.pub`)) await keygen(privateKeyPath, "ed25519", "lab");
  for (const name of machineNames) if (!existsSync(hostKeyFolder(name))) await newHostKeys(name);
  writeFileSync(sshConfig, sshConfigText());
  writeKnownHosts();
}

/** Gives a machine new host keys; it has them from its next reset on. */
export async function newHostKeys(name: MachineName): Promise<void> {
  const folder = hostKeyFolder(name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const type of ["ed25519", "ecdsa"]) await keygen(`${folder}/ssh_host_${type}_key`, type, "root@vps");
}

/** Writes the host keys down where ssh looks for them. */
export function writeKnownHosts(): void {
  const lines = machineNames.map((name) => `${name},${factsOf(name).v4},${factsOf(name).v6} ${hostPublicKey(name)}\n`);
  writeFileSync(knownHosts, lines.join(""));
}

const keygen = (file: string, type: string, comment: string) =>
  must("An SSH key could not be made", ["ssh-keygen", "-q", "-t", type, "-N", "", "-C", comment, "-f", file]);

function sshConfigText(): string {
  const hosts = machineNames.map((name) => `Host ${name}\n  HostName ${factsOf(name).v4}\n`);
  return `# ssh -F ${sshConfig} ${machineNames[0]}   (from any directory; the connection is made inside the lab)
${hosts.join("")}Host *
  User root
  IdentityFile "${privateKeyPath}"
  IdentitiesOnly yes
  UserKnownHostsFile "${knownHosts}"
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  LogLevel ERROR
  ConnectTimeout 5
  ProxyCommand nsenter --net=${namespacePath} -- socat - TCP:%h:%p
`;
}

/** Argv that logs in to a machine as root. */
export const sshCommand = (name: MachineName, ...rest: string[]) => ["ssh", "-F", sshConfig, name, ...rest];

/** Runs a shell command on a machine as root. Exit code 255 is ssh's own: no connection. */
export const ssh = (name: MachineName, command: string, input?: string | Buffer): Promise<Outcome> =>
  run(sshCommand(name, command), input);
