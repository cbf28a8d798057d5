import type { MachineModel } from "../../model";
import type { Role, RoleFile, Validation } from "../../role";
import { publicFile } from "../../roleFiles";
import { openPorts, openPortsV6 } from "../openPorts";
import { userRules } from "./userRules";

/** UFW: lets in the ports in use and SSH, on both protocols, and nothing else. Also after a reboot, before the network is up. */
export function ufwRole(model: MachineModel): Role {
  const files = [
    file("/etc/default/ufw", "0644", defaults),
    file("/etc/ufw/ufw.conf", "0644", "ENABLED=yes\nLOGLEVEL=low\n"),
    file("/etc/ufw/user.rules", "0640", userRules("ufw", openPorts(model))),
    file("/etc/ufw/user6.rules", "0640", userRules("ufw6", openPortsV6(model))),
  ];
  return {
    name: "firewall",
    packages: model.platform.packages.ufw,
    files,
    units: [{ name: "ufw.service", restartOn: files.map(({ path }) => path), isFirewall: true }],
    validations: [judge("iptables-restore", "/etc/ufw/user.rules"), judge("ip6tables-restore", "/etc/ufw/user6.rules")],
  };
}

function judge(program: string, path: string): Validation {
  return { daemon: "UFW", command: [program, "--test", `{stage}${path}`], files: [path] };
}

function file(path: string, mode: string, content: string): RoleFile {
  return { ...publicFile(path, content), mode };
}

const defaults = `IPV6=yes
DEFAULT_INPUT_POLICY="DROP"
DEFAULT_OUTPUT_POLICY="ACCEPT"
DEFAULT_FORWARD_POLICY="DROP"
DEFAULT_APPLICATION_POLICY="SKIP"
MANAGE_BUILTINS=no
IPT_SYSCTL=/etc/ufw/sysctl.conf
IPT_MODULES=""
`;
