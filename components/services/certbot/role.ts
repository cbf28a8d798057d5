import type { MachineModel } from "../../model";
import type { Certificate, Role } from "../../role";
import type { Contributions, ServedCertificate } from "../contributions";
import { paths } from "../paths";
import { type AcmeAccount, accountFolder } from "./account";

/** What only the stack knows of the ACME account. */
export interface CertbotSecrets {
  account: AcmeAccount;
  /** With which the authority knows its customer when the account is opened. */
  externalAccountKey?: string;
}

const deployHook = "/usr/local/lib/pulumi-mailserver/deploy-certificate";

/**
 * certbot: obtains the server's certificate, and those that other services have, by HTTP-01, and renews them by its timer. The account's key comes
 * from the stack: a machine that is built anew has the account that the CAA records name.
 */
export function certbotRole(
  model: MachineModel,
  { account: acmeAccount, externalAccountKey }: CertbotSecrets = { account: { id: "", privateKey: "" } },
  all: Contributions,
): Role {
  const served = servedCertificates(model, all);
  const account = accountFolder(model.acme.directoryUrl, acmeAccount);
  return {
    name: "certbot",
    packages: model.platform.packages.certbot,
    directories: [
      { path: "/etc/ssl/mailserver", owner: "root", group: "root", mode: "0755" },
      { path: "/usr/local/lib/pulumi-mailserver", owner: "root", group: "root", mode: "0755" },
    ],
    files: [
      {
        path: deployHook,
        owner: "root",
        group: "root",
        mode: "0755",
        content: deployScript(model.hostname, served),
        secret: false,
      },
      {
        path: `${account}/private_key.json`,
        owner: "root",
        group: "root",
        mode: "0600",
        content: acmeAccount.privateKey,
        secret: true,
      },
    ],
    units: [{ name: "certbot.timer" }],
    certificates: served.map(({ readers: _readers, ...certificate }) => ({
      ...certificate,
      directoryUrl: model.acme.directoryUrl,
      account,
      email: model.acme.email,
      externalAccount: externalAccount(model, externalAccountKey),
      deployHook,
    })),
  };
}

/** No file holds its key: only the activation that opens the ACME account needs it. */
function externalAccount({ acme }: MachineModel, hmacKey?: string): Certificate["externalAccount"] {
  return acme.externalKeyId === undefined || hmacKey === undefined ? undefined : { keyId: acme.externalKeyId, hmacKey };
}

/** The server's own comes first: it is the one whose key a TLSA record publishes. */
function servedCertificates(
  { hostname }: MachineModel,
  { certificateReaders, certificates }: Contributions,
): ServedCertificate[] {
  const own = { name: hostname, names: [hostname], pemPath: paths.certificate, readers: certificateReaders };
  return [own, ...certificates];
}

/**
 * Run by certbot after each renewal: key and chain become one file by one rename, then the daemons read it. Sessions that are open
 * stay open. In an activation, those are spared that it starts, restarts or reloads itself: with files of another configuration beside it, a
 * daemon that still runs with the old one may end.
 */
function deployScript(hostname: string, served: ServedCertificate[]): string {
  const cases = served.map(
    ({ name, pemPath, readers }) => `  ${name}) pem=${pemPath} readers='${readers.join(" ")}' ;;`,
  );
  return `#!/bin/sh
set -eu
umask 077
lineage=\${RENEWED_LINEAGE:-/etc/letsencrypt/live/${hostname}}
case "\${lineage##*/}" in
${cases.join("\n")}
  *) exit 0 ;;
esac
cat "$lineage/privkey.pem" "$lineage/fullchain.pem" > "$pem.new"
sync "$pem.new"
mv "$pem.new" "$pem"
for unit in $readers; do
  case " \${MAILSERVER_SPARED_UNITS:-} " in
    *" $unit.service "*) continue ;;
  esac
  if systemctl --quiet is-active "$unit"; then systemctl reload "$unit"; fi
done
`;
}
