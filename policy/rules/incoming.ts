import { asksOpendkim, opendkimPath, parseOpendkimConf } from "../opendkim";
import { isOn, type Parameters, postfixes, postfixProblems, type Scope } from "../postfix";
import { restrictionsOf } from "../restrictions";
import { type Finding, fileContent, type Resource, type Rule } from "../rule";

/** Mail of strangers is judged by SPF and its signatures, and the verdict that mail programs read is the server's own. */
export const incomingIsJudged: Rule = {
  name: "incoming-is-judged",
  description:
    "Without SPF any machine sends as anybody, and a stranger's own Authentication-Results are taken for the server's",
  severity: "medium",
  enforcementLevel: "advisory",
  checkStack: (resources) => [...postfixProblems(resources, "smtpd", problems), ...signerProblems(resources)],
};

const lists = [
  "smtpd_client_restrictions",
  "smtpd_helo_restrictions",
  "smtpd_sender_restrictions",
  "smtpd_relay_restrictions",
  "smtpd_recipient_restrictions",
  "smtpd_data_restrictions",
  "smtpd_end_of_data_restrictions",
];

function problems({ parameters }: Pick<Scope, "parameters">): string[] {
  if (isOn(parameters.get("smtpd_sasl_auth_enable"))) return [];
  return [
    ...(asksSpf(parameters)
      ? []
      : [
          "smtpd_recipient_restrictions asks no policy service about SPF; name check_policy_service unix:private/policyd-spf in it",
        ]),
    ...(asksOpendkim(parameters)
      ? []
      : ["smtpd_milters leaves OpenDKIM out, which judges the signatures of others; keep it in the list"]),
  ];
}

/** Whichever service it is: another one may judge by SPF too. What a list refuses from its first word on needs no judge. */
function asksSpf(parameters: Parameters): boolean {
  return lists.some((name) =>
    restrictionsOf(parameters.get(name), parameters).some(
      (step, index) =>
        step.name === "check_policy_service" || (index === 0 && step.name === "reject" && !step.isOnlyLogged),
    ),
  );
}

/** Postfix takes out what others say in the name by which it greets. */
function signerProblems(resources: Resource[]): Finding[] {
  return postfixes(resources).flatMap(({ server, main }) =>
    resources
      .filter(({ name }) => name === `${server}${opendkimPath}`)
      .flatMap((file) => {
        const own = main.parameters.get("myhostname");
        return parseOpendkimConf(fileContent(file, opendkimPath) ?? "")
          .filter(([name, value]) => name === "authservid" && value !== own)
          .map(([, value]) => ({
            urn: file.urn,
            message: `AuthservID ${value} is a name that strangers may write into Authentication-Results, too; leave it as it was, ${own}`,
          }));
      }),
  );
}
