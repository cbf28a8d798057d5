import type { MailModel } from "../../model";
import { paths } from "../paths";
import type { Role } from "../role";

const deployHook = "/usr/local/lib/pulumi-mailserver/deploy-certificate";

/** certbot: obtains the server's certificate by HTTP-01 and renews it by its timer. */
export function certbotRole(model: MailModel): Role {
  return {
    name: "certbot",
    packages: ["certbot", "openssl"],
    directories: [
      { path: "/etc/ssl/mailserver", owner: "root", group: "root", mode: "0755" },
      { path: "/usr/local/lib/pulumi-mailserver", owner: "root", group: "root", mode: "0755" },
    ],
    files: [
      { path: deployHook, owner: "root", group: "root", mode: "0755", content: deployScript(model), secret: false },
    ],
    units: [{ name: "certbot.timer" }],
    certificates: [
      {
        name: model.hostname,
        names: [model.hostname],
        directoryUrl: model.acme.directoryUrl,
        email: model.acme.email,
        pemPath: paths.certificate,
        deployHook,
      },
    ],
  };
}

/**
 * Run by certbot after each renewal: key and chain become one file by one rename, then both daemons read it. Sessions that are
 * open stay open.
 */
function deployScript(model: MailModel): string {
  const { certificate } = paths;
  return `#!/bin/sh
set -eu
umask 077
lineage=\${RENEWED_LINEAGE:-/etc/letsencrypt/live/${model.hostname}}
[ "\${lineage##*/}" = ${model.hostname} ] || exit 0
cat "$lineage/privkey.pem" "$lineage/fullchain.pem" > ${certificate}.new
sync ${certificate}.new
mv ${certificate}.new ${certificate}
for unit in postfix dovecot; do
  if systemctl --quiet is-active "$unit"; then systemctl reload "$unit"; fi
done
`;
}
