import { isOn, listOf, type Parameters, postfixProblems, type Scope } from "../postfix";
import { onlyRefuses, type Restriction, restrictionsOf } from "../restrictions";
import type { Rule } from "../rule";

/** Who has logged in sends by their own addresses only. */
export const senderIsLogin: Rule = {
  name: "sender-is-login",
  description:
    "Where a login may write any sender, each mailbox, and each stolen password, sends in the name of every other one",
  severity: "high",
  checkStack: (resources) => postfixProblems(resources, "smtpd", problems),
};

/** The lists that are looked at when the sender is known. */
const lists = ["smtpd_sender_restrictions", "smtpd_relay_restrictions", "smtpd_recipient_restrictions"];
const binding = ["reject_sender_login_mismatch", "reject_authenticated_sender_login_mismatch"];
const ends = [...binding, "reject", "defer"];

/** Before the end, programs of the machine itself may have been let through. */
const forTheMachine = ["permit_mynetworks", "permit_inet_interfaces"];

const owners = "smtpd_sender_login_maps";

function problems({ parameters }: Pick<Scope, "parameters">): string[] {
  if (!isOn(parameters.get("smtpd_sasl_auth_enable"))) return [];
  const [senders] = lists;
  return [
    ...(lists.some((name) => binds(parameters.get(name), parameters))
      ? []
      : [
          `${senders} = ${listOf(parameters.get(senders ?? "")).join(", ") || "(none)"} lets whoever logs in send as anybody; put reject_sender_login_mismatch into it, before all that permits`,
        ]),
    ...(parameters.get(owners) ? [] : [`${owners} says of no address whose it is; leave it as it was`]),
  ];
}

/** One list that refuses is enough: a message must pass all. */
function binds(list: string | undefined, parameters: Parameters): boolean {
  const decides = (step: Restriction) =>
    ends.includes(step.name) ? !step.isOnlyLogged : !forTheMachine.includes(step.name) && !onlyRefuses(step);
  return ends.includes(restrictionsOf(list, parameters).find(decides)?.name ?? "");
}
