import type { MachineModel } from "../../model";
import type { Role } from "../../role";
import { publicFile } from "../../roleFiles";

/** Read after the distribution's `50unattended-upgrades`; a file of the machine's own with a later name, such as `52own`, comes before it. */
const aptPath = "/etc/apt/apt.conf.d/51pulumi-mailserver";
const needrestartPath = "/etc/needrestart/conf.d/pulumi-mailserver.conf";

/**
 * unattended-upgrades and needrestart.
 *
 * @param rebootTime `HH:MM`; undefined: the machine does not restart by itself
 */
export function unattendedUpgradesRole(model: MachineModel, rebootTime?: string): Role {
  return {
    name: "unattended-upgrades",
    packages: model.platform.packages.unattendedUpgrades,
    files: [
      publicFile(aptPath, aptConf(model.platform.securityOrigin, rebootTime)),
      publicFile(needrestartPath, needrestartConf),
    ],
    units: [{ name: "apt-daily.timer" }, { name: "apt-daily-upgrade.timer" }],
    validations: [
      { daemon: "apt", command: ["apt-config", "-c", `{stage}${aptPath}`, "dump"], files: [aptPath] },
      { daemon: "needrestart", command: ["perl", "-c", `{stage}${needrestartPath}`], files: [needrestartPath] },
    ],
  };
}

/** apt.conf(5): settings of lists are added to what is there, unless that is cleared. */
function aptConf(origin: string, rebootTime?: string): string {
  return `APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
#clear Unattended-Upgrade::Allowed-Origins;
#clear Unattended-Upgrade::Origins-Pattern;
Unattended-Upgrade::Origins-Pattern {
  "${origin}";
};
Unattended-Upgrade::Mail "root";
Unattended-Upgrade::MailReport "only-on-error";
${
  rebootTime === undefined
    ? `Unattended-Upgrade::Automatic-Reboot "false";`
    : `Unattended-Upgrade::Automatic-Reboot "true";\nUnattended-Upgrade::Automatic-Reboot-Time "${rebootTime}";`
}
`;
}

/** Restarts what needs it, where Debian only lists it. */
const needrestartConf = `$nrconf{restart} = 'a';
1;
`;
