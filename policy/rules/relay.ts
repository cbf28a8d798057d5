import { listOf, parseMainCf, parseMasterCf } from "../postfix";
import { fileContent, type Rule, type Seen } from "../rule";

/** What ends a list of restrictions for strangers who want to send to strangers. */
const refusals = ["reject_unauth_destination", "defer_unauth_destination", "reject", "defer", "defer_if_permit"];

/** Networks that are the machine itself. */
const loopback = /^(127\.|\[::1\]|\[::ffff:127\.)/;

const restrictions = "smtpd_relay_restrictions";

/** Postfix passes on mail for its own domains, for its own programs and for people who have logged in, and for nobody else. */
export const noOpenRelay: Rule = {
  name: "no-open-relay",
  description:
    "Nobody but people who log in sends through the machine: an open relay is found within hours and its address blocked everywhere",
  severity: "critical",
  judge: (resource) => [...mainCfProblems(resource), ...masterCfProblems(resource)],
};

function mainCfProblems(resource: Seen): string[] {
  const text = fileContent(resource, "/etc/postfix/main.cf");
  if (text === undefined) return [];
  const parameters = parseMainCf(text);
  const lists = [restrictions, "smtpd_recipient_restrictions"].map((name) => parameters.get(name));
  return [
    ...(lists.some((list) => list !== undefined && refusesStrangers(list)) ? [] : [open("main.cf", parameters)]),
    ...strangers("main.cf", parameters),
  ];
}

function masterCfProblems(resource: Seen): string[] {
  const text = fileContent(resource, "/etc/postfix/master.cf");
  if (text === undefined) return [];
  return parseMasterCf(text)
    .filter(({ command }) => command === "smtpd")
    .flatMap(({ name, overrides }) => {
      const list = overrides.get(restrictions);
      const where = `master.cf, ${name}`;
      return [
        ...(list === undefined || refusesStrangers(list) ? [] : [open(where, overrides)]),
        ...strangers(where, overrides),
      ];
    });
}

function refusesStrangers(list: string): boolean {
  const words = listOf(list);
  const end = words.findIndex((word) => refusals.includes(word));
  const permit = words.indexOf("permit");
  return end !== -1 && (permit === -1 || end < permit);
}

function open(where: string, parameters: Map<string, string>): string {
  return `${where}: ${restrictions} = ${parameters.get(restrictions) ?? "(none)"} lets strangers send to strangers; let it end in reject_unauth_destination or reject`;
}

function strangers(where: string, parameters: Map<string, string>): string[] {
  const trusted = listOf(parameters.get("mynetworks")).filter((network) => !loopback.test(network));
  if (trusted.length === 0) return [];
  return [
    `${where}: mynetworks trusts ${trusted.join(", ")} without a login; leave only the machine itself (127.0.0.0/8 [::1]/128) and let others log in on port 465`,
  ];
}
