import { machine } from "../../lab/lab";
import { must } from "../../lab/processes";
import type { Host } from "./host";

/** What a machine is, a line each fact, so that two times can be compared. */
export interface Fingerprint {
  /** Path, mode, owner, and hash of the content or target of the link. */
  files: string[];
  /** Path, mode and owner. */
  directories: string[];
  accounts: string[];
  /** Units that are active, and those that start at boot. */
  units: string[];
  /** Protocol, address and program of whatever listens. */
  sockets: string[];
  /** Rules that the kernel has loaded, without those that let everything through. */
  rules: string[];
}

const folders = ["/etc", "/root", "/home", "/var/mail", "/usr/local", "/usr/sbin/policy-rc.d"];

/** Changed by everything that happens on a machine: logs of tools, caches, and accounts, which have their own list. */
const passing =
  /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-? |^\/etc\/(ld\.so\.cache|resolv\.conf|mtab|\.pwd\.lock) |^\/etc\/ssl\/certs\/|^\/(root|home\/\w+)\/\.(cache|ssh|local|config)\//;

const shell = {
  files: `find ${folders.join(" ")} -xdev \\( -type f -o -type l \\) -printf '%p\\t%#m\\t%U:%G\\t%l\\n' 2>/dev/null |
    while IFS="$(printf '\\t')" read -r path mode owner target; do
      [ -L "$path" ] && echo "$path $owner -> $target" || echo "$path $mode $owner $(sha256sum <"$path" | cut -c1-16)"
    done`,
  directories: `find ${folders.join(" ")} -xdev -type d -printf '%p/ %#m %U:%G\\n' 2>/dev/null`,
  accounts: "getent passwd; getent group",
  units: `systemctl list-units --plain --no-legend --type=service,socket,timer,path --state=active | awk '{print "active", $1}' | grep -vE ' (user|session|pulumi-mailserver-guard|run-|systemd-(tmpfiles|hostnamed|timedated|localed))'
    systemctl list-unit-files --no-legend --type=service,socket,timer,path,target | awk '{print $2, $1}' | grep -E '^(enabled|masked) '`,
  sockets: `ss -Hltunp | sed -nE 's/^(tcp|udp) +[A-Z]+ +[0-9]+ +[0-9]+ +([^ ]+) +[^ ]+ +(users:\\(\\("([^"]+)".*)?/\\1 \\2 \\4/p'`,
};

/** Takes a machine's fingerprint. */
export async function fingerprint(host: Host): Promise<Fingerprint> {
  const [files, directories, accounts, units, sockets] = await Promise.all(
    [shell.files, shell.directories, shell.accounts, shell.units, shell.sockets].map(async (command) =>
      lines(await host.shell(command)),
    ),
  );
  return {
    files: (files ?? []).filter((line) => !passing.test(line)),
    directories: (directories ?? []).filter((line) => !passing.test(line)),
    accounts: accounts ?? [],
    units: units ?? [],
    sockets: sockets ?? [],
    rules: await loadedRules(host),
  };
}

const lines = (text: string) => [...new Set(text.split("\n").filter(Boolean))].sort();

/** The lab looks with its own `nft`, whatever the machine has installed. */
async function loadedRules(host: Host): Promise<string[]> {
  const { leaderPid } = machine(host.name);
  const inside = ["nsenter", "--target", String(leaderPid), "--net", "--"];
  const ruleset = await must("The rules cannot be read", [...inside, "nft", "--stateless", "list", "ruleset"]);
  return rulesOf(ruleset);
}

/** Rules as `table chain: rule`; a base chain's policy only where it keeps something out. */
export function rulesOf(ruleset: string): string[] {
  let table = "";
  let chain = "";
  return ruleset
    .split("\n")
    .map((line) => line.trim())
    .flatMap((line) => {
      if (line.startsWith("table ")) table = line.slice(6, -2);
      else if (/^(chain|set|map) /.test(line)) chain = line.split(" ")[1] ?? "";
      else if (line !== "" && line !== "}" && !/^#|policy accept;$|^type filter hook.*priority [^;]*;$/.test(line))
        return [`${table} ${chain}: ${line}`];
      return [];
    });
}

/** What was and is not any more, and what is and was not, of each kind. */
export function differences(before: Fingerprint, after: Fingerprint): { gone: string[]; more: string[] } {
  const kinds = Object.keys(before) as (keyof Fingerprint)[];
  const missing = (from: Fingerprint, to: Fingerprint) =>
    kinds.flatMap((kind) => from[kind].filter((line) => !to[kind].includes(line)).map((line) => `${kind}: ${line}`));
  return { gone: missing(before, after), more: missing(after, before) };
}
