import { effectiveSettings, locationOf, parseDovecotConf } from "../dovecot";
import { isOwnAddress, strangersIn } from "../networks";
import { isOn, listOf, type Parameters, postfixProblems, type Scope } from "../postfix";
import { fileContent, type Resource, type Rule } from "../rule";

/** Who has not logged in can try, ask and order no more than the component allows. */
export const strangersAreLimited: Rule = {
  name: "strangers-are-limited",
  description:
    "Limits are what holds up who guesses passwords and addresses, or takes all of a server's connections for themselves",
  severity: "medium",
  enforcementLevel: "advisory",
  checkResource: dovecotProblems,
  checkStack: (resources) => postfixProblems(resources, "smtpd", problems),
};

function problems({ address, parameters }: Pick<Scope, "address" | "parameters">): string[] {
  if (isOwnAddress(address)) return [];
  return [
    ...raisedLimits(parameters),
    ...countedFor(parameters),
    ...exempted(parameters),
    ...askedAddresses(parameters),
    ...orderedReports(parameters),
  ];
}

/** What the component sets: per client and minute, but for the first, which is at a time. Zero is no limit at all. */
const limits: [name: string, most: number][] = [
  ["smtpd_client_connection_count_limit", 25],
  ["smtpd_client_connection_rate_limit", 3000],
  ["smtpd_client_message_rate_limit", 3000],
  ["smtpd_client_recipient_rate_limit", 6000],
  ["smtpd_client_auth_rate_limit", 120],
];

function raisedLimits(parameters: Parameters): string[] {
  return limits.flatMap(([name, most]) => {
    const value = parameters.get(name) ?? "0";
    // What a condition comes to is not known.
    if (!/^\d+$/.test(value) || (Number(value) > 0 && Number(value) <= most)) return [];
    return [`${name} = ${value} is ${Number(value) === 0 ? "no limit" : "more"}; make it ${most} or less`];
  });
}

const unit = "anvil_rate_time_unit";
const seconds: Record<string, number> = { "": 1, s: 1, m: 60, h: 3600, d: 86400, w: 604800 };
const prefix = "smtpd_client_ipv6_prefix_length";

/** For which time, and which addresses, a limit counts: with a second instead of a minute it is sixty times as high. */
function countedFor(parameters: Parameters): string[] {
  const [, count, letter = ""] = /^(\d+)([smhdw]?)$/i.exec(parameters.get(unit) ?? "60s") ?? [];
  const isShort = count !== undefined && Number(count) * (seconds[letter.toLowerCase()] ?? 1) < 60;
  const length = parameters.get(prefix) ?? "";
  return [
    ...(isShort ? [`${unit} = ${parameters.get(unit)} counts anew more than once a minute; leave it out`] : []),
    ...(/^\d+$/.test(length) && Number(length) > 64
      ? [`${prefix} = ${length} gives each of a client's many IPv6 addresses limits of its own; make it 64 or less`]
      : []),
  ];
}

const exceptions = "smtpd_client_event_limit_exceptions";

function exempted(parameters: Parameters): string[] {
  const names = strangersIn(parameters.get(exceptions));
  return names.length === 0 ? [] : [`${exceptions} limits ${names.join(", ")} in nothing; leave it as it was`];
}

const vrfy = "disable_vrfy_command";

function askedAddresses(parameters: Parameters): string[] {
  if (isOn(parameters.get(vrfy))) return [];
  return [`${vrfy} = ${parameters.get(vrfy) || "no"} tells strangers which addresses there are; make it yes`];
}

const discarded = "smtpd_discard_ehlo_keywords";
const discardedFor = "smtpd_discard_ehlo_keyword_address_maps";

/** A report of success (DSN, RFC 3461) goes to whatever sender a stranger writes. Who has logged in may have them. */
function orderedReports(parameters: Parameters): string[] {
  if (isOn(parameters.get("smtpd_sasl_auth_enable"))) return [];
  const words = listOf(parameters.get(discarded)).map((word) => word.toLowerCase());
  return [
    ...(words.includes("dsn")
      ? []
      : [`${discarded} = ${words.join(", ") || "(none)"} has strangers order reports of delivery to others; add dsn`]),
    ...(parameters.get(discardedFor)
      ? [`${discardedFor} may offer some clients what ${discarded} takes from all (dsn); leave it out`]
      : []),
  ];
}

const delay = "auth_failure_delay";

/** Dovecot waits that long after each wrong password, for IMAP, POP3 and submission alike. */
function dovecotProblems(resource: Resource): string[] {
  return effectiveSettings(parseDovecotConf(fileContent(resource, "/etc/dovecot/dovecot.conf") ?? ""), delay)
    .filter(({ value }) => isBelow(value, 4))
    .map(
      (setting) =>
        `${locationOf(setting)}: ${delay} = ${setting.value} lets passwords be guessed faster; make it 4 secs or more`,
    );
}

/** Whether a time of Dovecot is less than some seconds; without a unit it is in seconds. */
function isBelow(time: string, least: number): boolean {
  const [, count, letters = ""] = /^(\d+)\s*([a-z]*)$/i.exec(time) ?? [];
  if (count === undefined) return false;
  const each = /^ms|^mil/i.test(letters) ? 0.001 : (seconds[letters.slice(0, 1).toLowerCase()] ?? 1);
  return Number(count) * each < least;
}
