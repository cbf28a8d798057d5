import type { MachineModel } from "../../model";
import type { Faults, Probe, Role, Validation } from "../../role";
import { publicFile } from "../../roleFiles";
import { dovecotUserFiles, type UserSecrets, userPackages } from "../../users";
import { accountIds } from "../../users/systemAccounts/store";
import type { DovecotContribution } from "../contributions";
import { paths } from "../paths";
import { portProbe } from "../portProbe";
import { submissionPorts } from "../postfix/masterCf";
import { roomForMail } from "../postfix/room";
import { dovecot23 } from "./dovecot23";
import { dovecot24 } from "./dovecot24";
import { vmailId } from "./names";
import { dovecotPorts } from "./ports";
import { quotaFiles } from "./quota";

const mainPath = "/etc/dovecot/dovecot.conf";

/** Each language that Dovecot has had. */
const dialects = { "2.3": dovecot23, "2.4": dovecot24 };

/**
 * Dovecot: keeps the mail, serves it by IMAP and POP3, judges who may log in.
 *
 * @param secrets those of the mailboxes
 * @param added what the stack adds to dovecot.conf: empty, or whole lines
 * @param others what other services add
 */
export function dovecotRole(
  model: MachineModel,
  secrets: UserSecrets = {},
  added = "",
  others: DovecotContribution[] = [],
): Role {
  const { packages, dovecot } = model.platform;
  return {
    name: "dovecot",
    packages: [...packages.dovecot, ...(model.pop3 ? packages.dovecotPop3 : []), ...userPackages(model.platform)],
    accounts: [
      { user: "vmail", uid: vmailId, home: model.mailStore },
      ...(model.systemAccounts?.names ?? []).map((user) => ({ user, ids: accountIds })),
    ],
    directories: [
      { path: model.mailStore, owner: "vmail", group: "vmail", mode: "0750", keeps: "mailStore" },
      { path: "/var/spool/postfix/private", owner: "postfix", group: "root", mode: "0700" },
    ],
    room: [{ path: model.mailStore, minFree: roomForMail(model) }],
    files: [
      publicFile(mainPath, dialects[dovecot.dialect](model, others) + added),
      ...quotaFiles(model),
      ...dovecotUserFiles(model, secrets, endSessions(model)),
    ],
    units: [
      {
        name: "dovecot.service",
        reloadOn: [mainPath],
        // Dovecot 2.4 makes the folders of its services when it starts, and never later: one more would have none.
        restartOnSettings: { [mainPath]: ["protocols"] },
        faults,
      },
    ],
    validations: [
      {
        daemon: "Dovecot",
        command: ["doveconf", "-c", `{stage}${mainPath}`, "-n"],
        files: [mainPath],
        refuseOn: "Warning:|Error:|Fatal:",
      },
      ...(added === "" ? [] : [trial(model)]),
    ],
    probes: probes(model),
  };
}

/**
 * Postfix tells nobody which login a session of submission has: all of them end, as a lost connection, which mail programs make anew. A signal would do, too, but
 * its master then holds the service back for a minute.
 */
function endSessions(model: MachineModel): string[][] {
  const ports = submissionPorts(model).map((port) => `sport = :${port}`);
  return [
    ["doveadm", "kick", "{name}"],
    ["ss", "--kill", "--tcp", "state", "established", `( ${ports.join(" or ")} )`],
  ];
}

/** The server's own settings are known to be right; with what the stack adds, Dovecot is started apart. */
function trial({ mailboxes, mailStore }: MachineModel): Validation {
  const [mailbox = ""] = mailboxes;
  const { lmtpSocket } = paths;
  return {
    daemon: "Dovecot",
    judge: { name: "dovecot", file: `{stage}${mainPath}`, mailbox, lmtpSocket, mailboxes: mailStore },
    files: [mainPath],
  };
}

/** Only a master or its parser, or a process that cannot start, speaks so; what others say about their clients is no business of an activation. */
const faults: Faults = {
  refusedReload: String.raw`^dovecot(\[\d+\])?: ((master|config|doveconf|managesieve-login|main): )?(?i:fatal|panic|error)\b`,
};

function probes(model: MachineModel): Probe[] {
  const known = [...model.mailboxes.slice(0, 1), ...(model.systemAccounts?.names.slice(0, 1) ?? [])];
  return [
    ...dovecotPorts(model)
      .filter(({ offered }) => offered)
      .map((port) => portProbe(model, port)),
    ...known.map((name) => ({ command: ["doveadm", "user", name] })),
  ];
}
