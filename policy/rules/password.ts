import { effectiveSettings, locationOf, parseDovecotConf, type Setting } from "../dovecot";
import { listOf, postfixProblems, type Scope } from "../postfix";
import { fileContent, type Resource, type Rule } from "../rule";

/** Nobody is let in without a password of their own. */
export const loginNeedsPassword: Rule = {
  name: "login-needs-password",
  description: "Whoever may log in without a password reads other people's mail, or sends as an open relay lets them",
  severity: "critical",
  checkResource: dovecotProblems,
  checkStack: (resources) => postfixProblems(resources, "smtpd", postfixLogins),
};

/** Which mechanisms Postfix leaves out; the second is for connections by TLS, and is as the first by default. */
const options = ["smtpd_sasl_security_options", "smtpd_sasl_tls_security_options"];

function postfixLogins({ parameters }: Pick<Scope, "parameters">): string[] {
  return options
    .filter((name) => parameters.has(name) && !listOf(parameters.get(name)?.toLowerCase()).includes("noanonymous"))
    .map((name) => `${name} = ${parameters.get(name) || "(none)"} takes a login without a name; make it noanonymous`);
}

function dovecotProblems(resource: Resource): string[] {
  const settings = parseDovecotConf(fileContent(resource, "/etc/dovecot/dovecot.conf") ?? "");
  return [
    ...effectiveSettings(settings, "auth_mechanisms")
      .filter(({ value }) => listOf(value.toLowerCase()).includes("anonymous"))
      .map((setting) => `${locationOf(setting)}: auth_mechanisms has anonymous; leave it out`),
    ...settings
      .filter(waivesPassword)
      .map((setting) => `${locationOf(setting)}: nopassword lets everybody in who knows an address; leave it out`),
    ...settings
      .filter(({ name, value }) => /^result_(internal)?fail(ure)?$/.test(name) && /-ok$/i.test(value))
      .map(
        (setting) =>
          `${locationOf(setting)}: ${setting.name} = ${setting.value} lets in who does not know the password; leave it out`,
      ),
    ...unique(staticPassdbs(settings)).map(
      (place) => `${place}: one password for everybody; keep a password for each mailbox (mailboxes)`,
    ),
  ];
}

/** 2.3 has the fields of a passdb in one text, 2.4 as settings. Postfix' own `passdb` of another name has none. */
function waivesPassword({ name, value }: Setting): boolean {
  const fields = /(^|_)(args|default_fields|override_fields)$/.test(name) ? value : name.split("/").at(-1);
  return /(^|\s)nopassword(=|\s|$)/.test(fields ?? "");
}

/** Where a passdb has a password of its own: `driver = static`, or 2.4's `passdb static`. */
function staticPassdbs(settings: Setting[]): string[] {
  return settings
    .filter(({ sections }) => sections.some((section) => /^passdb\b/.test(section)))
    .filter(
      ({ name, value, sections }) =>
        (/^(passdb_)?driver$/.test(name) && value === "static") ||
        sections.some((each) => /^passdb\s+static$/.test(each)),
    )
    .map(locationOf);
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}
