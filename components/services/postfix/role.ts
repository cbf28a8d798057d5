import type { MachineModel } from "../../model";
import type { Faults, Probe, Role, Validation } from "../../role";
import { publicFile, tableFolder } from "../../roleFiles";
import type { Contributions } from "../contributions";
import { paths, queueDirectory } from "../paths";
import { portProbe } from "../portProbe";
import { additionsOf, takesMail } from "./additions";
import { mainCf } from "./mainCf";
import { masterCf } from "./masterCf";
import { postfixPorts } from "./ports";
import { roomForMail } from "./room";
import { ruleTables, usesPcre } from "./ruleTables";
import { tableFiles, tables } from "./tables";

const mainCfPath = "/etc/postfix/main.cf";
const masterCfPath = "/etc/postfix/master.cf";

/**
 * Postfix: takes mail from the world and from clients that log in, hands it to Dovecot or to the world.
 *
 * @param relayPassword with which it logs in at its relay host
 */
export function postfixRole(model: MachineModel, relayPassword: string | undefined, all: Contributions): Role {
  const { packages } = model.platform;
  return {
    name: "postfix",
    packages: [
      ...packages.postfix,
      ...(model.relayHost?.user === undefined ? [] : packages.postfixSaslClient),
      ...(usesPcre(model) ? packages.postfixPcre : []),
    ],
    debconf: ["postfix postfix/main_mailer_type select No configuration"],
    directories: [{ path: tableFolder, owner: "root", group: "root", mode: "0755" }],
    room: [{ path: queueDirectory, minFree: roomForMail(model) }],
    files: [
      publicFile(mainCfPath, mainCf(model, all)),
      publicFile(masterCfPath, masterCf(model, all)),
      ...tableFiles(model, relayPassword ?? ""),
      publicFile("/etc/mailname", `${model.hostname}\n`),
    ],
    units: [
      {
        name: "postfix.service",
        // The domains too: smtpd remembers for minutes that a recipient is not ours.
        reloadOn: [
          mainCfPath,
          masterCfPath,
          tables.resultHeaders.path,
          tables.milterHeaders.path,
          tables.submissionHeaders.path,
          tables.domains.path,
          tables.relayLogin.path,
          tables.trustedClients.path,
          ...unindexed(model).map(({ file }) => file.path),
        ],
        restartOnSettings: { [mainCfPath]: ["inet_interfaces", "inet_protocols"] },
        faults,
      },
    ],
    validations: [
      judge("postconf", "-n"),
      judge("postconf", "-M"),
      // A look-up that asks no table of ours: each command of Postfix first takes all the parameters that its programs share.
      // `postfix check` does so, too, but then goes through the whole queue.
      judge("postmap", "-q", "postmaster", "static:known"),
      ...judgedTables(model),
      ...daemons(model),
    ],
    probes: probes(model),
  };
}

/**
 * A child that ends so does not like its configuration, which may be one that no probe asks, such as the queue manager. The master starts it again after a
 * minute only (`service_throttle_time`), whatever it is told meanwhile, a reload included. And a master that is gone cannot reload, which systemd does not
 * notice while a child of it lives. What children say about their clients is no business of an activation.
 */
const faults: Faults = {
  broken: String.raw`^postfix/[\w/-]+\[\d+\]: (fatal|panic|error): (bad|invalid|unknown|unsupported|open dictionary|.*\b(configuration|parameter|not running)\b)`,
  refusedReload: String.raw`^(\S*/master|\S*/postfix-script|postfix)(\[\d+\])?: (?i:fatal|panic|error)\b`,
  heldBack: { pattern: "bad command startup -- throttling", seconds: 60 },
};

/** The server's own settings are known to be right; what the stack adds is asked of those who are to read it. */
function daemons(model: MachineModel): Validation[] {
  const additions = additionsOf(model);
  return Object.keys(additions.mainCf).length + additions.masterCf.length === 0
    ? []
    : [
        {
          daemon: "Postfix",
          judge: { name: "postfix", folder: "{stage}/etc/postfix" },
          files: [mainCfPath, masterCfPath],
        },
      ];
}

/** Tables of the stack that postmap does not index: Postfix reads them when it starts. */
function unindexed(model: MachineModel) {
  return ruleTables(model).filter(({ file }) => file.postmap === undefined);
}

/**
 * Of a pattern that it cannot read, a daemon only warns, and does without. Whatever the tables find, `static` answers, too: postmap fails where nothing is
 * found.
 */
function judgedTables(model: MachineModel): Validation[] {
  const tables = unindexed(model);
  if (tables.length === 0) return [];
  const lookups = tables.map(({ lookup }) => lookup.replace(":", ":{stage}"));
  return [
    {
      ...judge("postmap", "-q", "192.0.2.1", `unionmap:{static:known, ${lookups.join(", ")}}`),
      files: tables.map(({ file }) => file.path),
    },
  ];
}

function judge(program: string, ...words: string[]): Validation {
  return {
    daemon: "Postfix",
    command: [program, "-c", "{stage}/etc/postfix", ...words],
    files: [mainCfPath, masterCfPath],
    refuseOn: "warning:|error:|fatal:",
  };
}

/** Greets on every port, and accepts mail for the first address of each kind: an open port alone proves no table and no filter. */
function probes(model: MachineModel): Probe[] {
  const greeting = `220 ${model.hostname} ESMTP`;
  const [account] = model.systemAccounts?.names ?? [];
  const delivered = [
    ...model.mailboxes.slice(0, 1),
    ...(account === undefined ? [] : [`${account}@${model.hostname}`]),
  ];
  const known = [...model.domains.slice(0, 1).map(({ name }) => `postmaster@${name}`), ...delivered];
  const refused = takesMail(model) ? {} : { refused: true };
  return [
    ...postfixPorts(model)
      .filter(({ offered }) => offered)
      .map((port) => portProbe(model, port, greeting)),
    { recipients: { protocol: "smtp", port: 25, addresses: known, ...refused } },
    ...(delivered.length === 0
      ? []
      : [{ recipients: { protocol: "lmtp" as const, socket: paths.lmtpSocket, addresses: delivered } }]),
  ];
}
