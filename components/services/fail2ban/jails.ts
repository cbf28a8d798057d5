import type { MachineModel } from "../../model";

/** Name of the filter, and of the files beside those of the distribution. */
export const ourName = "pulumi-mailserver";

/** Where the jails stand. */
export const jailsPath = `/etc/fail2ban/jail.d/${ourName}.conf`;

/** The jail of all that mail programs log in to. */
export const mailJail = "mailserver";

type Model = Pick<MachineModel, "ports" | "sshPorts" | "additionalTcpPorts">;

/**
 * Jails of fail2ban (jail.conf(5)). The file is read after the distribution's, and before `jail.local`, where the machine's own settings stay and come first;
 * `sshd` is the distribution's jail, which Debian 12 leaves without a log to read. A port that the stack adds may take logins, too.
 */
export function jails(model: Model, neverBanned: string[]): string {
  const logins = model.ports.filter(({ offered, client }) => offered && client).map(({ number }) => number);
  // Not by the unit, of which a socket of systemd's makes others, and not by the name alone, which anybody may give a program.
  const sshd = ["sshd", "sshd-session"].map((program) => `_UID=0 _COMM=${program}`).join(" + ");
  return [
    jail("sshd", 5, model.sshPorts, neverBanned, ["filter = sshd", `journalmatch = ${sshd}`]),
    jail(mailJail, 10, [...logins, ...model.additionalTcpPorts], neverBanned, [`filter = ${ourName}`]),
  ].join("\n");
}

/** All that counts stands in the jail itself: a default that the machine's own `jail.local` sets is for its other jails. */
function jail(name: string, attempts: number, ports: number[], neverBanned: string[], what: string[]): string {
  const sorted = [...ports].sort((a, b) => a - b);
  return `[${name}]
enabled = true
backend = systemd
${what.join("\n")}
usedns = no
port = ${sorted.join(",")}
action = nftables[port="%(port)s"]
findtime = 10m
maxretry = ${attempts}
bantime = 1h
ignoreself = true
ignoreip = ${["127.0.0.0/8", "::1", ...neverBanned].join(" ")}
ignorecommand = ${isOwn}
`;
}

/** The machine's own addresses, of which fail2ban 1.0 knows those alone that the host name has; and those that the agent keeps. */
const isOwn =
  "{ hostname -I | xargs -n 1; cat /var/lib/pulumi-mailserver/own-addresses; } 2>/dev/null | grep -qxF '<ip>'";
