import { localCharacters } from "../../addresses";
import type { MachineModel } from "../../model";
import { tlsCiphers, tlsGroups } from "../../tls";
import { userDatabases } from "../../users";
import type { DovecotContribution } from "../contributions";
import { paths } from "../paths";
import { inbox } from "./folders";
import { general } from "./general";
import { listeners } from "./listeners";
import { loginName23, validIds } from "./names";
import { quota23 } from "./quota";

/** `/etc/dovecot/dovecot.conf` in the language of Dovecot 2.3. */
export function dovecot23(model: MachineModel, others: DovecotContribution[]): string {
  return `# The distribution's conf.d is not included: everything that Dovecot does here stands in this file.
${general(model, others)}
ssl_cert = <${paths.certificate}
ssl_key = <${paths.certificate}
ssl_curve_list = ${tlsGroups(model.platform).join(":")}
ssl_cipher_list = ${tlsCiphers}
ssl_prefer_server_ciphers = yes
ssl_options = no_ticket

disable_plaintext_auth = yes
auth_mechanisms = plain login
auth_failure_delay = 4 secs
auth_username_chars = "${localCharacters}@"
auth_username_format = ${loginName23(model)}

mail_home = ${model.mailStore}/%Ld/%Ln
mail_location = maildir:~/Maildir
mail_uid = vmail
mail_gid = vmail
${validIds(model)}
recipient_delimiter = "${model.recipientDelimiter}"

${userDatabases(model)}

${[inbox, ...others.map(({ conf }) => conf["2.3"])].join("\n\n")}

${listeners(model)}
${quota23(model)}`;
}
