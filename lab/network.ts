import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { clients, factsOf, foreignNetwork, machineNames, mailNetwork, privateNetwork, services } from "./addresses";
import { inLab, namespace, namespacePath } from "./paths";
import { end, inNamespace, must, run } from "./processes";

/** A path in `/run/netns` is a namespace only while it is mounted; after a crash a plain file can be left. */
const namespaceFilesystem = 0x6e736673;

/** Whether the lab's network namespace exists. */
export const networkIsUp = () => existsSync(namespacePath) && statfsSync(namespacePath).type === namespaceFilesystem;

/**
 * Makes the lab's network: two bridges with the hub between them, in a namespace of its own. There is neither a default route
 * nor a link to the host's network, so nothing can get in or out.
 */
export async function bringNetworkUp(): Promise<void> {
  if (networkIsUp()) return;
  rmSync(namespacePath, { force: true });
  await must("The lab needs a network namespace of its own", ["ip", "netns", "add", namespace]);
  try {
    await must("The lab's network could not be set up", [...inNamespace, "bash", "-e"], networkScript());
  } catch (error) {
    await run(["ip", "netns", "delete", namespace]);
    throw error;
  }
}

function networkScript(): string {
  const bridges = [mailNetwork, foreignNetwork].flatMap(({ bridge, hub4, hub6 }) => [
    `ip link add ${bridge} type bridge stp_state 0 mcast_snooping 0`,
    ...hold({ v4: hub4, v6: hub6 }, bridge),
    `ip link set ${bridge} up`,
    // A machine that boots does not answer at once: asking again after 50 ms instead of a second makes a reset quick.
    `sysctl -qw net.ipv4.neigh.${bridge}.retrans_time_ms=50 net.ipv6.neigh.${bridge}.retrans_time_ms=50`,
  ]);
  return [
    "ip link set lo up",
    ...bridges,
    ...Object.values(services).flatMap((address) => hold(address, mailNetwork.bridge)),
    ...clients.flatMap((address) => hold(address, foreignNetwork.bridge)),
    ...rootServers().map((address) => `ip address add ${address} dev lo`),
    `ip address add ${privateNetwork.hub4}/24 dev ${mailNetwork.bridge}`,
    `nft -f - <<'END'\n${translation()}\nEND`,
    "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1",
    // Of the whole computer: systemd watches files by some ten instances a machine, and a dozen machines meet the kernel's default of 128.
    "[ $(sysctl -n fs.inotify.max_user_instances) -ge 1024 ] || sysctl -qw fs.inotify.max_user_instances=1024",
  ].join("\n");
}

/** Addresses that the router translates, one to one and in both directions; its own connections take the way over `output` and `input`. */
function translation(): string {
  const hidden = machineNames.map(factsOf).flatMap(({ v4, behindNat }) => (behindNat ? [{ v4, behindNat }] : []));
  const there = hidden.map(({ v4, behindNat }) => `ip daddr ${v4} dnat to ${behindNat}`).join("; ");
  const back = hidden.map(({ v4, behindNat }) => `ip saddr ${behindNat} snat to ${v4}`).join("; ");
  const chains = [
    ...["prerouting", "output"].map((hook) => [hook, "-100", there]),
    ...["input", "postrouting"].map((hook) => [hook, "100", back]),
  ];
  const blocks = chains.map(
    ([hook, priority, rules]) => `chain ${hook} { type nat hook ${hook} priority ${priority}; ${rules}; }`,
  );
  return `table ip translation {\n${blocks.join("\n")}\n}`;
}

const hold = ({ v4, v6 }: { v4: string; v6: string }, bridge: string) => [
  `ip address add ${v4}/24 dev ${bridge}`,
  `ip address add ${v6}/64 dev ${bridge} nodad`,
];

/**
 * Addresses of the world's DNS root servers, which the lab's own name server takes inside the namespace: programs that carry
 * their own root hints, such as OpenDKIM's resolver, then find the lab's root without being configured for it.
 */
export function rootServers(): string[] {
  const hints = readFileSync("/usr/share/dns/root.hints", "utf8").split("\n");
  return hints
    .map((line) => line.split(/\s+/))
    .flatMap(([, , type, address]) => (address && (type === "A" || type === "AAAA") ? [address] : []));
}

/** Removes the network and ends every process that is still in it, except this one and those that started it. */
export async function takeNetworkDown(): Promise<void> {
  if (networkIsUp()) {
    const spared = ancestors(process.pid);
    const inside = (await run(["ip", "netns", "pids", namespace])).stdout.split("\n").filter(Boolean).map(Number);
    await Promise.all(inside.filter((pid) => !spared.has(pid)).map(end));
    await must("The lab's network namespace could not be removed", ["ip", "netns", "delete", namespace]);
  }
  rmSync(namespacePath, { force: true });
}

function ancestors(pid: number): Set<number> {
  const parent = /^PPid:\s+(\d+)/m.exec(
    existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, "utf8") : "",
  )?.[1];
  return parent && Number(parent) > 0 ? new Set([pid, ...ancestors(Number(parent))]) : new Set([pid]);
}

/** Files that take the place of the host's own for a program that runs in the lab, so that it resolves names by the lab alone. */
const replacements = {
  "/etc/resolv.conf": inLab("etc", "resolv.conf"),
  "/etc/nsswitch.conf": inLab("etc", "nsswitch.conf"),
};

/** What every computer of the lab has in its `/etc/resolv.conf`. */
export const resolvConf = `nameserver ${services.resolver.v4}\nnameserver ${services.resolver.v6}\noptions timeout:2\n`;

/** Writes the files that {@link enterPrefix} needs. */
export function writeResolverFiles(): void {
  mkdirSync(inLab("etc"), { recursive: true });
  writeFileSync(replacements["/etc/resolv.conf"], resolvConf);
  // Without this, a host with systemd-resolved would resolve by a socket that leads out of the lab.
  const hostOrder = readFileSync("/etc/nsswitch.conf", "utf8").replace(/^hosts:.*$/m, "hosts: files dns");
  writeFileSync(replacements["/etc/nsswitch.conf"], hostOrder);
}

/**
 * Argv prefix that runs a program inside the lab: in its network, with its resolver, in a private mount namespace so that
 * nothing is written to the host's `/etc`.
 */
export function enterPrefix(environment: Record<string, string>): string[] {
  const mounts = Object.entries(replacements).map(
    ([there, ours]) => `mount --bind '${ours}' "$(readlink -f ${there})"`,
  );
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return [
    ...inNamespace,
    "unshare",
    "--mount",
    "--",
    "env",
    ...variables,
    "bash",
    "-ec",
    `${mounts.join("; ")}; exec "$@"`,
    "bash",
  ];
}
