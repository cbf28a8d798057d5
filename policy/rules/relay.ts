import { parse } from "tldts";
import { isOwnAddress, strangersIn } from "../networks";
import { isOn, listOf, type Parameters, postfixProblems, type Scope } from "../postfix";
import { onlyRefuses, type Restriction, restrictionsOf } from "../restrictions";
import type { Rule } from "../rule";

/** What ends a list of restrictions for strangers who want to send to strangers. */
const refusals = ["reject_unauth_destination", "defer_unauth_destination", "reject", "defer", "defer_if_permit"];

/** What may stand before that end, as it lets no stranger through to a stranger. `check_sasl_access` is for people who have logged in. */
const harmless =
  /^(permit_(mynetworks|inet_interfaces|sasl_authenticated|tls_clientcerts|auth_destination|dnswl_client|rhswl_client)|check_sasl_access)$/;

const restrictions = "smtpd_relay_restrictions";

/** Postfix passes on mail for its own domains, for its own programs and for people who have logged in, and for nobody else. */
export const noOpenRelay: Rule = {
  name: "no-open-relay",
  description:
    "Nobody but people who log in sends through the machine: an open relay is found within hours and its address blocked everywhere",
  severity: "critical",
  checkStack: (resources) => [
    ...postfixProblems(resources, "smtpd", problems),
    ...postfixProblems(resources, "postscreen", (place) =>
      believedProxies("postscreen_upstream_proxy_protocol", place),
    ),
    ...postfixProblems(resources, "qmqpd", ({ parameters }) =>
      trustedNetworks(["qmqpd_authorized_clients"], parameters),
    ),
  ],
};

function problems(place: Pick<Scope, "address" | "parameters">): string[] {
  const { parameters } = place;
  return [
    ...openLists(parameters),
    ...trustedNetworks(["mynetworks", "smtpd_authorized_xclient_hosts"], parameters),
    ...trustedStyle(parameters),
    ...believedProxies("smtpd_upstream_proxy_protocol", place),
    ...boundlessLists(parameters),
    ...wholeSuffixes(parameters),
    ...chosenDestinations(parameters),
  ];
}

/** One list that refuses is enough: a message must pass both. */
function openLists(parameters: Parameters): string[] {
  const [first, ...others] = [restrictions, "smtpd_recipient_restrictions"].map((name) =>
    restrictionsOf(parameters.get(name), parameters).find(decides),
  );
  if ([first, ...others].some((step) => step !== undefined && refusals.includes(step.name))) return [];
  const list = listOf(parameters.get(restrictions)).join(", ") || "(none)";
  const mend =
    first === undefined
      ? "let it end in reject_unauth_destination or reject"
      : `${first.name} may let anybody through, put it after reject_unauth_destination`;
  return [`${restrictions} = ${list} lets strangers send to strangers; ${mend}`];
}

/** Whether a stranger who writes to a stranger is refused here, or perhaps let through. */
function decides(step: Restriction): boolean {
  if (refusals.includes(step.name)) return !step.isOnlyLogged;
  return !harmless.test(step.name) && !onlyRefuses(step);
}

/** Who is believed without a login: as a client, or as one who says for which client it speaks. */
function trustedNetworks(names: string[], parameters: Parameters): string[] {
  return names.flatMap((name) => {
    const trusted = strangersIn(parameters.get(name));
    if (trusted.length === 0) return [];
    return [
      `${name} trusts ${trusted.join(", ")} without a login; leave only the machine itself (127.0.0.0/8 [::1]/128) and let others log in on port 465`,
    ];
  });
}

const style = "mynetworks_style";

/** Without `mynetworks`, Postfix makes it of the machine's own addresses (`host`), or of the networks around them. */
function trustedStyle(parameters: Parameters): string[] {
  const chosen = parameters.get(style) || "host";
  if (parameters.has("mynetworks") || /^host$/i.test(chosen)) return [];
  return [`${style} = ${chosen} trusts the machine's neighbours without a login; make it host, or write mynetworks`];
}

/** Where Postfix takes a client's address from the first line that the client says: any client may say 127.0.0.1. */
function believedProxies(name: string, { address, parameters }: Pick<Scope, "address" | "parameters">): string[] {
  const protocol = parameters.get(name);
  if (!protocol || isOwnAddress(address)) return [];
  return [
    `${name} = ${protocol} lets everybody who connects say from which address, and so be trusted as the machine itself; let the service listen on the loopback address only (127.0.0.1:2525)`,
  ];
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

/** In `relay_domains` a domain stands for all below it, too. */
function wholeSuffixes(parameters: Parameters): string[] {
  return listOf(parameters.get("relay_domains"))
    .map((each) => each.replace(/^\./, "").toLowerCase())
    .filter((each) => {
      const { publicSuffix, isIcann, isPrivate } = parse(each, { allowPrivateDomains: true });
      return publicSuffix === each && (isIcann || isPrivate);
    })
    .map((each) => `relay_domains takes mail for everybody below ${each}; write the names of your own domains`);
}

/** Tables by which an address of the server's own becomes another one. */
const rewriting = ["virtual_alias_maps", "canonical_maps", "recipient_canonical_maps"];

/** Addresses of the server's own that name somebody elsewhere, to whom the mail then goes. */
function chosenDestinations(parameters: Parameters): string[] {
  const routing = "allow_untrusted_routing";
  return [
    ...(isOn(parameters.get(routing))
      ? [`${routing} = yes sends on what strangers address to user%elsewhere@here; leave it out`]
      : []),
    // A pattern whose result has its domain from what it matched.
    ...rewriting
      .filter((name) => /\b(regexp|pcre):\s*\{.*@[^\s,}]*\$[({]?\d/is.test(parameters.get(name) ?? ""))
      .map(
        (name) => `${name} lets the sender choose the domain that mail is sent on to; write the domain in its results`,
      ),
  ];
}
