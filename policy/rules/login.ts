import { inForce, parseDovecotConf, placeOf } from "../dovecot";
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
  // Without a word about it, TLS is offered and not demanded.
  const settings = [{ name: "ssl", value: "yes", sections: [] }, ...parseDovecotConf(text)];
  const unsafe = (name: string, safe: RegExp, instead: string) =>
    inForce(settings, name)
      .filter(({ value }) => !safe.test(value))
      .map((setting) => `${placeOf(setting)}: ${name} = ${setting.value}; make it ${instead}`);
  return [
    ...unsafe("ssl", /^required$/, "required"),
    ...unsafe("disable_plaintext_auth", /^(yes|y|1)$/i, "yes"),
    ...unsafe("auth_allow_cleartext", /^no$/i, "no"),
  ];
}
