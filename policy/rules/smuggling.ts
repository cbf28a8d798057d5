import { isOwnAddress, strangersIn } from "../networks";
import { isOn, type Parameters, postfixProblems, type Scope } from "../postfix";
import { restrictionsOf } from "../restrictions";
import type { Rule } from "../rule";

/** A message ends where SMTP says so, and nowhere else. */
export const noSmuggling: Rule = {
  name: "no-smuggling",
  description:
    "Where a bare line feed ends a message too, a sender hides a second message in the first, with any sender, past SPF (CVE-2023-51764)",
  severity: "high",
  checkStack: (resources) => [
    ...postfixProblems(resources, "smtpd", receivingProblems),
    ...postfixProblems(resources, "cleanup", sendingProblems),
  ],
};

const bareNewline = "smtpd_forbid_bare_newline";
const exclusions = "smtpd_forbid_bare_newline_exclusions";
const pipelining = "smtpd_forbid_unauth_pipelining";

function receivingProblems({ address, parameters }: Pick<Scope, "address" | "parameters">): string[] {
  if (isOwnAddress(address)) return [];
  const forbids = parameters.get(bareNewline);
  const excluded = strangersIn(parameters.get(exclusions));
  return [
    ...(/^(yes|normalize|reject)$/i.test(forbids ?? "")
      ? []
      : [`${bareNewline} = ${forbids || "(Postfix' default)"} lets a bare line feed end a message; make it normalize`]),
    ...(excluded.length === 0
      ? []
      : [
          `${exclusions} lets a bare line feed of ${excluded.join(", ")} end a message; leave it as it was, $mynetworks`,
        ]),
    ...(isOn(parameters.get(pipelining)) || refusesPipelining(parameters)
      ? []
      : [
          `${pipelining} = ${parameters.get(pipelining) || "(Postfix' default)"} takes commands that come before their turn, as those of a hidden message do; make it yes`,
        ]),
  ];
}

function refusesPipelining(parameters: Parameters): boolean {
  return restrictionsOf(parameters.get("smtpd_data_restrictions"), parameters).some(
    ({ name, isOnlyLogged }) => name === "reject_unauth_pipelining" && !isOnlyLogged,
  );
}

const replacing = "cleanup_replace_stray_cr_lf";

/** What people submit, and what is forwarded, would carry the hidden message on to other servers. */
function sendingProblems({ parameters }: Pick<Scope, "parameters">): string[] {
  const replaces = parameters.get(replacing);
  if (replaces === undefined || isOn(replaces)) return [];
  return [`${replacing} = ${replaces} sends bare line ends on to servers that take them for the end; leave it out`];
}
