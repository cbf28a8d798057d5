import { dkimName, keyedSelectors, signers } from "../../dns/dkim";
import type { MachineModel } from "../../model";
import type { Role, RoleFile } from "../../role";
import { publicFile } from "../../roleFiles";
import { paths } from "../paths";
import { finalScript, scripts, setupScript } from "./scripts";

const mainPath = "/etc/opendkim.conf";
const keyTable = "/etc/opendkim/key-table";
const signingTable = "/etc/opendkim/signing-table";
const keyFolder = "/etc/dkimkeys";

/**
 * OpenDKIM: signs what clients that log in send, verifies what others send.
 *
 * @param privateKeys each private key in PEM, by the name of its record
 * @param added what the stack adds to opendkim.conf: empty, or whole lines
 */
export function opendkimRole(model: MachineModel, privateKeys: Record<string, string> = {}, added = ""): Role {
  // Also those that do not sign: OpenDKIM opens a key's file for each message, and a session from before a switch still asks for the last one.
  const own = signers({ machines: [model], domains: model.domains });
  const keys = own.flatMap(({ name, dkim }) =>
    keyedSelectors(dkim).map((selector) => {
      const keyName = dkimName(selector, name);
      return { domain: name, selector, keyName, path: `${keyFolder}/${keyName}.pem` };
    }),
  );
  const signing = own.map(({ name, dkim }) => `*@${name} ${dkimName(dkim.selector, name)}\n`);
  const files = [
    publicFile(mainPath, opendkimConf(model) + added),
    publicFile(keyTable, keys.map((key) => `${key.keyName} ${key.domain}:${key.selector}:${key.path}\n`).join("")),
    publicFile(signingTable, signing.join("")),
    publicFile(scripts.setup, setupScript(model)),
    publicFile(scripts.final, finalScript(model)),
    ...keys.map(
      ({ keyName, path }): RoleFile => ({
        path,
        owner: "root",
        group: "opendkim",
        mode: "0640",
        content: privateKeys[keyName] ?? "",
        secret: true,
      }),
    ),
  ];
  return {
    name: "opendkim",
    packages: model.platform.packages.opendkim,
    directories: [
      { path: "/etc/opendkim", owner: "root", group: "root", mode: "0755" },
      // The daemon reads what strangers write: what it can change, it could turn into a link to a file of root's.
      { path: keyFolder, owner: "root", group: "opendkim", mode: "0750" },
      { path: "/var/spool/postfix/opendkim", owner: "opendkim", group: "postfix", mode: "2750" },
    ],
    files,
    // It takes seconds to stop, in which Postfix would defer mail; tables and keys are read again without stopping.
    units: [
      {
        name: "opendkim.service",
        restartOn: [mainPath],
        reloadOn: files.map(({ path }) => path).filter((path) => path !== mainPath),
        faults: { refusedReload: String.raw`^opendkim(\[\d+\])?: (?i:fatal|panic|error)\b` },
      },
    ],
    validations: [
      {
        daemon: "OpenDKIM",
        command: ["opendkim", "-n", "-x", `{stage}${mainPath}`],
        files: files.map(({ path }) => path),
      },
      { daemon: "OpenDKIM", judge: { name: "opendkim", file: `{stage}${mainPath}` }, files: [mainPath] },
    ],
  };
}

/** What decides whose message it is, to whom, about what and how it reads: signed once more than it is there, so that nobody adds one (RFC 6376 section 8.15). */
const oversigned = [
  "From",
  "Reply-To",
  "To",
  "Cc",
  "Subject",
  "Date",
  "Message-ID",
  "In-Reply-To",
  "References",
  "MIME-Version",
  "Content-Type",
  "Content-Transfer-Encoding",
];

/**
 * Signed where it is there. A mailing list that leaves the message as it is may add these, and the signature holds; List-Unsubscribe needs a
 * signature to be of use (RFC 8058).
 */
const signed = [
  ...oversigned,
  "Sender",
  "Resent-From",
  "Resent-Sender",
  "Resent-To",
  "Resent-Cc",
  "Resent-Date",
  "Resent-Message-ID",
  "Content-Disposition",
  "Content-ID",
  "Content-Description",
  "List-Id",
  "List-Help",
  "List-Unsubscribe",
  "List-Unsubscribe-Post",
  "List-Subscribe",
  "List-Post",
  "List-Owner",
  "List-Archive",
  "Autocrypt",
];

/** Parameters of opendkim.conf(5). The socket's folder gives the socket Postfix's group. */
function opendkimConf(model: MachineModel): string {
  return `Mode                   sv
UserID                 opendkim
UMask                  0007
Socket                 local:${paths.milterSocket}
PidFile                /run/opendkim/opendkim.pid
AuthservID             ${model.hostname}
Canonicalization       relaxed/relaxed
SignatureAlgorithm     rsa-sha256
SignHeaders            ${signed.join(",")}
OversignHeaders        ${oversigned.join(",")}
AlwaysAddARHeader      yes
SetupPolicyScript      ${scripts.setup}
FinalPolicyScript      ${scripts.final}
KeyTable               ${keyTable}
SigningTable           refile:${signingTable}
InternalHosts          127.0.0.1,::1,localhost
RequireSafeKeys        yes
TrustAnchorFile        ${model.platform.paths.dnssecRootKey}
Syslog                 yes
SyslogSuccess          yes
`;
}
