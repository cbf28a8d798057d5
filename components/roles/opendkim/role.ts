import { dkimName, keyedSelectors } from "../../dns/dkim";
import type { MailModel } from "../../model";
import { paths } from "../paths";
import type { Role, RoleFile } from "../role";

const mainPath = "/etc/opendkim.conf";
const keyTable = "/etc/opendkim/key-table";
const signingTable = "/etc/opendkim/signing-table";
const keyFolder = "/etc/dkimkeys";

/**
 * OpenDKIM: signs what clients that log in send, verifies what others send.
 *
 * @param privateKeys each private key in PEM, by the name of its record
 */
export function opendkimRole(model: MailModel, privateKeys: Record<string, string>): Role {
  // Also those that do not sign: OpenDKIM opens a key's file for each message, and a session from before a switch still asks for the last one.
  const keys = model.domains.flatMap(({ name, dkim }) =>
    keyedSelectors(dkim).map((selector) => {
      const keyName = dkimName(selector, name);
      return { domain: name, selector, keyName, path: `${keyFolder}/${keyName}.pem` };
    }),
  );
  const signing = model.domains.map(({ name, dkim }) => `*@${name} ${dkimName(dkim.selector, name)}\n`);
  const file = (path: string, content: string): RoleFile => ({
    path,
    owner: "root",
    group: "root",
    mode: "0644",
    content,
    secret: false,
  });
  const files = [
    file(mainPath, opendkimConf(model)),
    file(keyTable, keys.map((key) => `${key.keyName} ${key.domain}:${key.selector}:${key.path}\n`).join("")),
    file(signingTable, signing.join("")),
    ...keys.map(
      ({ keyName, path }): RoleFile => ({
        path,
        owner: "opendkim",
        group: "opendkim",
        mode: "0600",
        content: privateKeys[keyName] ?? "",
        secret: true,
      }),
    ),
  ];
  return {
    name: "opendkim",
    packages: ["opendkim", "dns-root-data"],
    directories: [
      { path: "/etc/opendkim", owner: "root", group: "root", mode: "0755" },
      { path: keyFolder, owner: "opendkim", group: "opendkim", mode: "0700" },
      { path: "/var/spool/postfix/opendkim", owner: "opendkim", group: "postfix", mode: "2750" },
    ],
    files,
    // It takes seconds to stop, in which Postfix would defer mail; tables and keys are read again without stopping.
    units: [
      {
        name: "opendkim.service",
        restartOn: [mainPath],
        reloadOn: files.map(({ path }) => path).filter((path) => path !== mainPath),
      },
    ],
    validations: [
      {
        daemon: "OpenDKIM",
        command: ["opendkim", "-n", "-x", `{stage}${mainPath}`],
        files: files.map(({ path }) => path),
      },
    ],
  };
}

/** Parameters of opendkim.conf(5). The socket's folder gives the socket Postfix's group. */
function opendkimConf(model: MailModel): string {
  return `Mode                   sv
UserID                 opendkim
UMask                  0007
Socket                 local:${paths.milterSocket}
PidFile                /run/opendkim/opendkim.pid
AuthservID             ${model.hostname}
Canonicalization       relaxed/relaxed
SignatureAlgorithm     rsa-sha256
OversignHeaders        From
KeyTable               ${keyTable}
SigningTable           refile:${signingTable}
InternalHosts          127.0.0.1,::1,localhost
RequireSafeKeys        yes
TrustAnchorFile        /usr/share/dns/root.key
Syslog                 yes
SyslogSuccess          yes
${model.additions.opendkim}`;
}
