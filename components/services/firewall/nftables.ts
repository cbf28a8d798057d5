import type { MachineModel } from "../../model";
import type { Role } from "../../role";
import { publicFile } from "../../roleFiles";
import { type OpenPort, openPorts, openPortsV6 } from "../openPorts";

const rulesPath = "/etc/pulumi-mailserver/firewall.nft";
const unitName = "pulumi-mailserver-firewall.service";
const unitPath = `/etc/systemd/system/${unitName}`;

/** nftables: a table of the mail server's own, beside those of the host, in which the ports in use and SSH are let in, and nothing else. */
export function nftablesRole(model: MachineModel): Role {
  return {
    name: "firewall",
    packages: model.platform.packages.nftables,
    directories: [{ path: "/etc/pulumi-mailserver", owner: "root", group: "root", mode: "0755" }],
    files: [publicFile(rulesPath, rules(model)), publicFile(unitPath, unit)],
    units: [{ name: unitName, reloadOn: [rulesPath], restartOn: [unitPath], isFirewall: true }],
    validations: [
      { daemon: "nftables", command: ["nft", "--check", "-f", `{stage}${rulesPath}`], files: [rulesPath] },
      {
        daemon: "systemd",
        command: ["systemd-analyze", "verify", "--man=no", `{stage}${unitPath}`],
        files: [unitPath],
      },
    ],
  };
}

/** The rules stand as `nft list` shows them, so that those in the kernel can be compared with them. */
function rules(model: MachineModel): string {
  return `#!/usr/sbin/nft -f
# Loaded in one step: the table that is there goes, whatever is in it. Tables of others stay.
table inet mailserver
delete table inet mailserver
table inet mailserver {
  chain input {
    type filter hook input priority filter; policy drop;
    iif "lo" accept
    ct state established,related accept
    ct state invalid drop
    meta l4proto { icmp, ipv6-icmp } accept
    udp sport 67 udp dport 68 accept
    ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept
    meta nfproto ipv4 tcp dport ${set(openPorts(model))} accept
    meta nfproto ipv6 tcp dport ${set(openPortsV6(model))} accept
    limit rate 3/minute burst 10 packets log prefix "[MAILSERVER BLOCK] "
  }
}
`;
}

/** As nft shows it: one element without braces. */
function set(ports: OpenPort[]): string {
  const numbers = [...new Set(ports.map(({ number }) => number))];
  return numbers.length === 1 ? `${numbers[0]}` : `{ ${numbers.join(", ")} }`;
}

// Where the host's own nftables.service flushes the whole ruleset, this follows.
const unit = `[Unit]
Description=Firewall of the mail server
Documentation=man:nft(8)
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target shutdown.target
After=local-fs.target nftables.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${rulesPath}
ExecReload=/usr/sbin/nft -f ${rulesPath}
ExecStop=/usr/sbin/nft "table inet mailserver; delete table inet mailserver"

[Install]
WantedBy=sysinit.target
`;
