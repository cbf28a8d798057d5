import { isLoopback } from "../networks";
import { listOf, type Parameters, type Place, postfixProblems } from "../postfix";
import type { Rule } from "../rule";

/** What ends a list of restrictions for strangers who want to send to strangers. */
const refusals = ["reject_unauth_destination", "defer_unauth_destination", "reject", "defer", "defer_if_permit"];

/** What may stand before that end, as it lets no stranger through to a stranger. */
const harmless = [
  /^(reject|defer)_\w+$/,
  /^permit_(mynetworks|inet_interfaces|sasl_authenticated|tls_clientcerts|auth_destination|dnswl_client|rhswl_client)$/,
  // Tables of which Postfix takes no OK, and the one for people who have logged in.
  /^check_(\w+_(a|mx|ns)|reverse_client_hostname|sasl)_access$/,
  /^sleep$/,
];

/** The word after it is its argument. */
const takesArgument =
  /^(check_\w+_access|check_policy_service|reject_(rbl|rhsbl)_\w+|permit_(dns|rhs)wl_client|sleep)$/;

const restrictions = "smtpd_relay_restrictions";

/** Postfix passes on mail for its own domains, for its own programs and for people who have logged in, and for nobody else. */
export const noOpenRelay: Rule = {
  name: "no-open-relay",
  description:
    "Nobody but people who log in sends through the machine: an open relay is found within hours and its address blocked everywhere",
  severity: "critical",
  judgeAll: (resources) => postfixProblems(resources, "smtpd", problems),
};

function problems({ parameters }: Pick<Place, "parameters">): string[] {
  return [...openLists(parameters), ...trustedNetworks(parameters), ...boundlessLists(parameters)];
}

/** One list that refuses is enough: a message must pass both. */
function openLists(parameters: Parameters): string[] {
  const [first, ...others] = [restrictions, "smtpd_recipient_restrictions"].map((name) =>
    firstThatDecides(parameters.get(name), parameters),
  );
  if ([first, ...others].some((step) => step !== undefined && refusals.includes(step))) return [];
  const list = listOf(parameters.get(restrictions)).join(", ") || "(none)";
  const mend =
    first === undefined
      ? "let it end in reject_unauth_destination or reject"
      : `${first} may let anybody through, put it after reject_unauth_destination`;
  return [`${restrictions} = ${list} lets strangers send to strangers; ${mend}`];
}

/** At what in a list of restrictions a stranger who writes to a stranger is refused, or perhaps let through. */
function firstThatDecides(list: string | undefined, parameters: Parameters): string | undefined {
  const classes = listOf(parameters.get("smtpd_restriction_classes"));
  const decides = ({ name, isOnlyLogged }: Step) =>
    refusals.includes(name) ? !isOnlyLogged : !harmless.some((form) => form.test(name));
  return steps(list, parameters, classes).find(decides)?.name;
}

/** A restriction without its argument. */
interface Step {
  name: string;
  /** Whether its refusal would be none. */
  isOnlyLogged: boolean;
}

/** The restrictions of a list in their order, those of its classes included. */
function steps(list: string | undefined, parameters: Parameters, classes: string[], isOnlyLogged = false): Step[] {
  const words = listOf(list);
  return words.flatMap((word, index) => {
    const before = words[index - 1]?.toLowerCase() ?? "";
    const step = { name: word.toLowerCase(), isOnlyLogged: isOnlyLogged || before === "warn_if_reject" };
    if (step.name === "warn_if_reject" || takesArgument.test(before)) return [];
    if (!classes.includes(word)) return [step];
    const others = classes.filter((each) => each !== word);
    return steps(parameters.get(word), parameters, others, step.isOnlyLogged);
  });
}

/** Who is believed without a login: as a client, or as one who says for which client it speaks. */
function trustedNetworks(parameters: Parameters): string[] {
  return ["mynetworks", "smtpd_authorized_xclient_hosts"].flatMap((name) => {
    const trusted = listOf(parameters.get(name)).filter((each) => !each.startsWith("!") && !isLoopback(each));
    if (trusted.length === 0) return [];
    return [
      `${name} trusts ${trusted.join(", ")} without a login; leave only the machine itself (127.0.0.0/8 [::1]/128) and let others log in on port 465`,
    ];
  });
}

/** Lists that say whose mail is taken without a login: for which domains, and with which certificates. */
const lists = [
  "relay_domains",
  "mydestination",
  "virtual_alias_domains",
  "virtual_mailbox_domains",
  "relay_clientcerts",
];

/** Tables that find whatever is looked up, or patterns of which a preview cannot tell what they find. */
function boundlessLists(parameters: Parameters): string[] {
  return lists
    .filter((name) => /\b(static|regexp|pcre|randmap):/i.test(parameters.get(name) ?? ""))
    .map(
      (name) => `${name} = ${parameters.get(name)} may match everything; write the names, or a table that lists them`,
    );
}
