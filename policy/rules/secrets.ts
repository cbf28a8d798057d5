import { effectiveSettings, locationOf, parseDovecotConf } from "../dovecot";
import { settingsIn } from "../postfix";
import { fileContent, isActivation, type Resource, type Rule } from "../rule";

/** What is a secret whatever its name: a private key, a password hash of crypt(5). */
const secret = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\$(2[abxy]|5|6|y|gy|7|argon2i?d?)\$[^\s$]/;

/** Inputs that a provider never shows or that are a secret whenever they hold one. */
const hidden = ["stdin", "connection"];

/**
 * No secret in clear where a preview, a log or the state shows it. Policies see every value in clear and are not told which of them the engine keeps
 * secret; so this looks where the component never puts one.
 */
export const noPlainSecret: Rule = {
  name: "no-plain-secret",
  description:
    "What stands in clear in a preview, in the state or in a log is read by everybody who reads a pull request or a backup",
  severity: "critical",
  checkResource: (resource) => [
    ...textProblems(resource),
    ...postfixPasswords(resource),
    ...dovecotPasswords(resource),
    ...loggedPasswords(resource),
    ...outputProblems(resource),
  ],
};

function textProblems({ type, inputs }: Resource): string[] {
  if (!type.startsWith("mailserver:") && !type.startsWith("command:") && !/:(Zone|Dns)?Record$/.test(type)) return [];
  return Object.entries(inputs)
    .filter(([name]) => !hidden.includes(name))
    .filter(([, value]) => secret.test(JSON.stringify(value) ?? ""))
    .map(
      ([name]) => `${name} holds a private key or a password hash in clear; a secret goes to stdin or to a secret file`,
    );
}

const relayLogins = "smtp_sasl_password_maps";

/** The login at a relay host, where it stands in the parameter itself. */
function postfixPasswords(resource: Resource): string[] {
  return settingsIn(resource)
    .filter(({ parameters }) => /\b(static|inline):/i.test(parameters.get(relayLogins) ?? ""))
    .map(
      () =>
        `${relayLogins} holds a password in clear; give it as relayHost.password, or name a file of the machine (texthash:)`,
    );
}

/** What Dovecot calls a password. A file of the machine (`<`) or a variable (`%`) in its place is none. */
function dovecotPasswords(resource: Resource): string[] {
  return parseDovecotConf(fileContent(resource, "/etc/dovecot/dovecot.conf") ?? "")
    .filter(({ name, value }) => /(^|_)(password|api_key)$/.test(name) && /^[^<]/.test(value) && !value.includes("%"))
    .map(
      (setting) =>
        `${locationOf(setting)}: ${setting.name} stands there in clear; let Dovecot read it from a file of the machine (= </path)`,
    );
}

/** Passwords that people type, in the machine's journal. */
function loggedPasswords(resource: Resource): string[] {
  const settings = parseDovecotConf(fileContent(resource, "/etc/dovecot/dovecot.conf") ?? "");
  return [
    ...effectiveSettings(settings, "auth_verbose_passwords").filter(({ value }) => !/^no$/i.test(value)),
    ...effectiveSettings(settings, "auth_debug_passwords").filter(({ value }) => /^(yes|y|1)$/i.test(value)),
  ].map(
    (setting) =>
      `${locationOf(setting)}: ${setting.name} = ${setting.value} writes passwords of people into the journal; leave it out`,
  );
}

/** A command whose standard input is secret may print it. That of the one that changes a host is; of others, only the text can tell. */
function outputProblems({ urn, type, inputs, secretOutputs }: Resource): string[] {
  if (type !== "command:remote:Command" || inputs.stdin === undefined) return [];
  if (!isActivation({ urn }) && !secret.test(String(inputs.stdin))) return [];
  const shown = ["stdout", "stderr"].filter((output) => !secretOutputs.includes(output));
  if (shown.length === 0) return [];
  return [`${shown.join(" and ")} may repeat what came in on stdin; name them in additionalSecretOutputs`];
}
