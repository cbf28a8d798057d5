import type { MachineModel } from "../../model";
import type { Role } from "../../role";
import { publicFile } from "../../roleFiles";
import { filter } from "./filter";
import { jails, jailsPath, mailJail, ourName } from "./jails";

const folder = "/etc/fail2ban";

/**
 * fail2ban: shuts out addresses that guess passwords, by a table of its own in the kernel, which UFW does not touch.
 *
 * @param neverBanned addresses and blocks of the stack's
 */
export function fail2banRole(model: MachineModel, neverBanned: string[] = []): Role {
  const files = [
    publicFile(`${folder}/fail2ban.d/${ourName}.conf`, general),
    publicFile(`${folder}/filter.d/${ourName}.conf`, filter(model)),
    publicFile(jailsPath, jails(model, neverBanned)),
  ];
  const paths = files.map(({ path }) => path);
  return {
    name: "fail2ban",
    packages: model.platform.packages.fail2ban,
    files,
    // A reload leaves the ports of a ban as they were; a restart takes the bans from the database.
    units: [{ name: "fail2ban.service", restartOn: paths }],
    validations: [
      {
        daemon: "fail2ban",
        // With the files of the machine around them, as fail2ban reads them together.
        command: ["sh", "-c", `cp -a ${folder} {stage}/whole && cp -a {stage}${folder}/. {stage}/whole && ${test}`],
        files: paths,
        refuseOn: "WARNING|ERROR|CRITICAL",
      },
    ],
    probes: [{ command: ["fail2ban-client", "status", mailJail], afterStart: true }],
  };
}

const test = "fail2ban-client -c {stage}/whole --test";

/** Version 1.0 warns where this is not said. */
const general = `[Definition]
allowipv6 = auto
`;
