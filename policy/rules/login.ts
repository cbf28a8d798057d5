import { effectiveSettings, locationOf, parseDovecotConf, type Setting } from "../dovecot";
import { isLoopback } from "../networks";
import { isOn, listOf, postfixProblems, type Scope } from "../postfix";
import { fileContent, type Resource, type Rule } from "../rule";

/** A password is asked for, and told, only when the connection is encrypted. */
export const noCleartextLogin: Rule = {
  name: "no-cleartext-login",
  description: "A password that travels without TLS belongs to everybody on the way",
  severity: "critical",
  checkResource: dovecotProblems,
  checkStack: (resources) => [
    ...postfixProblems(resources, "smtpd", serverProblems),
    ...postfixProblems(resources, "smtp", clientProblems),
  ],
};

const authOnly = "smtpd_tls_auth_only";
const serverLevel = "smtpd_tls_security_level";

function serverProblems({ overrides, parameters }: Pick<Scope, "overrides" | "parameters">): string[] {
  const level = parameters.get(serverLevel);
  // Where TLS comes first or is demanded, Postfix does not look at the other parameters.
  if (isOn(parameters.get("smtpd_tls_wrappermode")) || /^encrypt$/i.test(level ?? "")) return [];
  return [
    ...(isOn(parameters.get(authOnly))
      ? []
      : [`${authOnly} = ${parameters.get(authOnly) ?? "no"} offers a login before TLS; make it yes`]),
    // Not where main.cf allows logins everywhere: on port 25, TLS cannot be demanded of other servers.
    ...(isOn(overrides.get("smtpd_sasl_auth_enable"))
      ? [`${serverLevel} = ${level || "(none)"} where people log in; make it encrypt`]
      : []),
  ];
}

const clientLevel = "smtp_tls_security_level";

/** The server's own login at another server, such as a relay host. */
function clientProblems({ parameters }: Pick<Scope, "parameters">): string[] {
  const level = parameters.get(clientLevel) || "(none)";
  const refused = listOf(parameters.get("smtp_sasl_security_options") ?? "noplaintext");
  if (!isOn(parameters.get("smtp_sasl_auth_enable")) || refused.includes("noplaintext")) return [];
  if (/^(encrypt|dane-only|fingerprint|verify|secure)$/i.test(level)) return [];
  return [`${clientLevel} = ${level} lets the password for a relay host travel without TLS; make it secure or encrypt`];
}

/** Dovecot 2.3 and 2.4 say the same in different words. */
function dovecotProblems(resource: Resource): string[] {
  const text = fileContent(resource, "/etc/dovecot/dovecot.conf");
  if (text === undefined) return [];
  // Without a word about it, TLS is offered and not demanded.
  const settings = [{ name: "ssl", value: "yes", sections: [] }, ...parseDovecotConf(text)];
  const unsafe = (name: string, safe: RegExp, instead: string) =>
    effectiveSettings(settings, name)
      .filter(({ value }) => !safe.test(value))
      .map((setting) => `${locationOf(setting)}: ${name} = ${setting.value}; make it ${instead}`);
  return [
    ...unsafe("ssl", /^required$/, "required"),
    ...unsafe("disable_plaintext_auth", /^(yes|y|1)$/i, "yes"),
    ...unsafe("auth_allow_cleartext", /^no$/i, "no"),
    ...trustedNetworks(settings),
    ...trustedProxies(settings),
  ];
}

const trusting = "login_trusted_networks";

/** For these networks Dovecot 2.3 takes each connection for an encrypted one, whatever `ssl` says; 2.4 heeds `ssl = required`. */
function trustedNetworks(settings: Setting[]): string[] {
  if (settings.some(({ name }) => name === "dovecot_config_version")) return [];
  return effectiveSettings(settings, trusting).flatMap((setting) => {
    const trusted = outsiders(setting);
    if (trusted.length === 0) return [];
    return [`${locationOf(setting)}: ${trusting} lets ${trusted.join(", ")} log in without TLS; leave it out`];
  });
}

const believing = "haproxy_trusted_networks";

/** A proxy may say that its client has TLS, and then what lies between the proxy and the machine needs none. */
function trustedProxies(settings: Setting[]): string[] {
  return effectiveSettings(settings, believing).flatMap((setting) => {
    const trusted = outsiders(setting);
    if (trusted.length === 0) return [];
    return [
      `${locationOf(setting)}: ${believing} lets ${trusted.join(", ")} say that a connection has TLS; let a proxy on the machine itself connect from 127.0.0.1`,
    ];
  });
}

function outsiders({ value }: Setting): string[] {
  return listOf(value).filter((network) => !isLoopback(network));
}
