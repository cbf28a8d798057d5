import { parseMainCf, parseMasterCf } from "../postfix";
import { fileContent, type Rule, type Seen } from "../rule";

/** A password is asked for only when the connection is encrypted. */
export const noCleartextLogin: Rule = {
  name: "no-cleartext-login",
  description: "A password that travels without TLS belongs to everybody on the way",
  severity: "critical",
  judge: (resource) => [...mainCfProblems(resource), ...masterCfProblems(resource), ...dovecotProblems(resource)],
};

const authOnly = "smtpd_tls_auth_only";

function mainCfProblems(resource: Seen): string[] {
  const text = fileContent(resource, "/etc/postfix/main.cf");
  if (text === undefined) return [];
  const value = parseMainCf(text).get(authOnly) ?? "no";
  return value === "yes" ? [] : [`main.cf: ${authOnly} = ${value} offers a login before TLS; make it yes`];
}

function masterCfProblems(resource: Seen): string[] {
  const text = fileContent(resource, "/etc/postfix/master.cf");
  return parseMasterCf(text ?? "")
    .filter(({ command }) => command === "smtpd")
    .flatMap(({ name, overrides }) => {
      const where = `master.cf, ${name}`;
      const level = overrides.get("smtpd_tls_security_level");
      return [
        ...(overrides.has(authOnly) && overrides.get(authOnly) !== "yes"
          ? [`${where}: ${authOnly} = ${overrides.get(authOnly)} offers a login before TLS; leave it out`]
          : []),
        ...(overrides.get("smtpd_sasl_auth_enable") === "yes" && level !== "encrypt"
          ? [
              `${where}: smtpd_tls_security_level = ${level ?? "(that of main.cf)"} where people log in; make it encrypt`,
            ]
          : []),
      ];
    });
}

/** Dovecot 2.3 and 2.4 say the same in different words. */
function dovecotProblems(resource: Seen): string[] {
  const text = fileContent(resource, "/etc/dovecot/dovecot.conf");
  if (text === undefined) return [];
  const value = (name: string) => new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)`, "m").exec(text)?.[1];
  return [
    ...(value("ssl") === "required" ? [] : [`dovecot.conf: ssl = ${value("ssl") ?? "yes"}; make it required`]),
    ...(value("disable_plaintext_auth") === "no" ? ["dovecot.conf: disable_plaintext_auth = no; make it yes"] : []),
    ...(value("auth_allow_cleartext") === "yes" ? ["dovecot.conf: auth_allow_cleartext = yes; make it no"] : []),
  ];
}
