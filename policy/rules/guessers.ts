import { jailsPath, mailJail } from "../../components/services/fail2ban/jails";
import { postfixes } from "../postfix";
import { type Finding, fileContent, type Resource, type Rule } from "../rule";

/** Whoever guesses passwords is shut out. */
export const guessersAreBanned: Rule = {
  name: "guessers-are-banned",
  description: "An address that may try passwords for ever finds one in the end, of mailboxes and of SSH",
  severity: "medium",
  enforcementLevel: "advisory",
  checkStack: (resources) => postfixes(resources).flatMap(({ server, main }) => problems(resources, server, main.urn)),
};

function problems(resources: Resource[], server: string, urn: string): Finding[] {
  const file = resources.find(({ name }) => name === `${server}${jailsPath}`);
  const text = file && fileContent(file, jailsPath);
  if (file === undefined || text === undefined)
    return [
      {
        urn,
        message:
          "fail2ban does not run beside it; leave enableFail2ban on, or disable this policy where something else shuts them out",
      },
    ];
  return [mailJail, "sshd"]
    .filter((jail) => !isEnabled(text, jail))
    .map((jail) => ({ urn: file.urn, message: `the jail ${jail} is off; set enabled = true in it` }));
}

/** Whether a jail of jail.conf(5) is on: the last value counts, and Python's words for it. */
function isEnabled(text: string, jail: string): boolean {
  const sections = text.split(/^\[(.+)\]$/m);
  const values = sections.flatMap((section, index) =>
    sections[index - 1] === jail
      ? [...section.matchAll(/^enabled\s*[=:]\s*(\S+)/gm)].map(([, value = ""]) => value)
      : [],
  );
  return /^(1|yes|true|on)$/i.test(values.at(-1) ?? "");
}
