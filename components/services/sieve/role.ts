import type { MachineModel } from "../../model";
import type { Role, RoleFile, Validation } from "../../role";
import { portProbe } from "../portProbe";
import { compiledFolder, mailboxScript, scriptFolder } from "./dovecotConf";
import { sievePorts } from "./ports";
import type { Scripts } from "./scripts";

/** Sieve scripts, which Dovecot runs when it delivers, and ManageSieve, by which people keep their own on the server. */
export function sieveRole(model: MachineModel, own: Scripts): Role {
  const files = [
    ...(["before", "after"] as const).flatMap((when) =>
      own[when] === "" ? [] : [script(`${scriptFolder}/${when}.sieve`, own[when])],
    ),
    ...own.mailboxes.map(({ address, sieve }) => script(pathOf(address), sieve)),
  ];
  return {
    name: "sieve",
    packages: model.platform.packages.dovecotSieve,
    directories: files.length === 0 ? [] : [{ path: compiledFolder, owner: "vmail", group: "vmail", mode: "0700" }],
    files,
    validations: files.map(({ path }) => judgedBySievec(path)),
    probes: sievePorts(model).map((port) => portProbe(model, port)),
  };
}

function pathOf(address: string): string {
  const [user = "", domain = ""] = address.split("@");
  return mailboxScript(user, domain);
}

/** Who has a mailbox need not have somebody's filters read on the machine: Dovecot reads them as the owner of all mail. */
function script(path: string, content: string): RoleFile {
  return { path, owner: "root", group: "vmail", mode: "0640", content, secret: false };
}

function judgedBySievec(path: string): Validation {
  return {
    daemon: "Sieve",
    command: ["sievec", "-c", "{stage}/etc/dovecot/dovecot.conf", `{stage}${path}`, "{stage}/compiled.svbin"],
    files: [path],
    refuseOn: "[Ww]arning:|[Ee]rror:|Fatal:",
  };
}
