import type { Rule, Seen } from "../rule";

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
    "What stands in clear in a preview or in the state is read by everybody who reads a pull request or a backup",
  severity: "critical",
  judge: (resource) => [...textProblems(resource), ...outputProblems(resource)],
};

function textProblems({ type, inputs }: Seen): string[] {
  if (!type.startsWith("mailserver:") && !type.startsWith("command:") && !/:(Zone|Dns)?Record$/.test(type)) return [];
  return Object.entries(inputs)
    .filter(([name]) => !hidden.includes(name))
    .filter(([, value]) => secret.test(JSON.stringify(value) ?? ""))
    .map(
      ([name]) => `${name} holds a private key or a password hash in clear; a secret goes to stdin or to a secret file`,
    );
}

/** The command that changes a host: whatever comes in on its standard input is secret. */
const activation = "mailserver:index:Activation$command:remote:Command::";

/** A command whose standard input is secret may print it. Whether that of other commands is, only the text can tell. */
function outputProblems({ urn, type, inputs, secretOutputs }: Seen): string[] {
  if (type !== "command:remote:Command" || inputs.stdin === undefined) return [];
  if (!urn.includes(activation) && !secret.test(String(inputs.stdin))) return [];
  const shown = ["stdout", "stderr"].filter((output) => !secretOutputs.includes(output));
  if (shown.length === 0) return [];
  return [`${shown.join(" and ")} may repeat what came in on stdin; name them in additionalSecretOutputs`];
}
