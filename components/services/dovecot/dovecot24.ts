import { localCharacters } from "../../addresses";
import type { MachineModel } from "../../model";
import { tlsCiphers, tlsGroups } from "../../tls";
import { userDatabases } from "../../users";
import type { DovecotContribution } from "../contributions";
import { paths } from "../paths";
import { inbox } from "./folders";
import { general } from "./general";
import { listeners } from "./listeners";
import { loginName24, validIds } from "./names";
import { quota24 } from "./quota";

/** `/etc/dovecot/dovecot.conf` in the language of Dovecot 2.4. */
export function dovecot24(model: MachineModel, others: DovecotContribution[]): string {
  return `# The distribution's conf.d is not included: everything that Dovecot does here stands in this file.
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1

${general(model, others)}
ssl_server_cert_file = ${paths.certificate}
ssl_server_key_file = ${paths.certificate}
ssl_curve_list = ${tlsGroups(model.platform).join(":")}
ssl_cipher_list = ${tlsCiphers}
ssl_server_prefer_ciphers = server

auth_allow_cleartext = no
auth_mechanisms = plain login
auth_failure_delay = 4 secs
auth_username_chars = "${localCharacters}@"
auth_username_format = ${loginName24(model)}

mail_driver = maildir
mail_home = ${model.mailStore}/%{user | domain | lower}/%{user | username | lower}
mail_path = ~/Maildir
mail_uid = vmail
mail_gid = vmail
${validIds(model)}
recipient_delimiter = "${model.recipientDelimiter}"
lmtp_user_concurrency_limit = unlimited

${userDatabases(model)}

${[inbox, ...others.map(({ conf }) => conf["2.4"])].join("\n\n")}

${listeners(model)}
${quota24(model)}`;
}
