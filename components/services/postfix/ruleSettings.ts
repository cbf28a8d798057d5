import * as z from "zod";
import { type Parsed, parseAddress, parseDomainName } from "../../addresses";
import { argsObject } from "../../declaration";
import { AccessAction, CheckAction, ClientCheck, PatternType, RecipientClass, SenderClass } from "../../enums";
import { address, clientBlock, domainName, matching, read } from "../../schemaFields";

/** One line of a table's right-hand side. */
const text = matching(
  /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/,
  "must be one line of ASCII, not empty, without spaces at its ends",
);

/** What stands around a pattern; one that the pattern does not have. */
const delimiters = ["/", "~", "%", "@", ",", ";", ":", "&", "="];

/** The character that stands before and after a pattern in its table. */
export function delimiterOf(pattern: string): string | undefined {
  return delimiters.find((each) => !pattern.includes(each));
}

/** What is wrong with a pattern in both languages; the rest is for the daemon, which reads the staged table. */
function parsePattern(text: string): Parsed {
  if (!/^[\x20-\x7e]+$/.test(text)) return { problem: "is not a pattern; allowed is one line of ASCII" };
  if (delimiterOf(text) === undefined)
    return {
      problem: `has each of ${delimiters.join(" ")}, of which one must stand around it; write one as . instead`,
    };
  const bare = text.replace(/\\./g, "x");
  if (bare.includes("\\")) return { problem: "ends in a backslash; write two, or leave it out" };
  // Within brackets, a ] that comes first and classes such as [:space:] do not end them.
  const outside = bare.replace(/\[\^?\]?(\[:\w+:\]|\[[.=][^\]]*[.=]\]|[^\]])*\]/g, "x");
  if (outside.includes("[")) return { problem: "has a [ that nothing closes; close it, or write \\[" };
  if (/[()]/.test(withoutPairs(outside)))
    return { problem: "has a parenthesis without its counterpart; add it, or write \\( or \\)" };
  if (/(^|[(|])[*+?{]/.test(outside.replaceAll("(?", "(")))
    return { problem: "has a repetition of nothing; write a backslash before the * + ? or {" };
  return { value: text };
}

/** A pattern without pairs of parentheses. */
function withoutPairs(text: string): string {
  const next = text.replace(/\([^()]*\)/g, "x");
  return next === text ? text : withoutPairs(next);
}

const pattern = read(parsePattern);

/** Actions that are nothing without a text, and what the text must be. */
const needs: Record<string, ((text: string) => boolean) | undefined> = {
  BCC: isAddress,
  REDIRECT: isAddress,
  PREPEND: () => true,
  REPLACE: () => true,
};
const takesNone = ["DUNNO", "IGNORE", "OK"];

function isAddress(text: string): boolean {
  return "value" in parseAddress(text);
}

function actionProblem({ action, text }: { action: string; text?: string }): string | undefined {
  const fits = needs[action];
  if (fits && text === undefined) return `has the action ${action} without a text; give one`;
  if (fits && text !== undefined && !fits(text))
    return `has the action ${action}, whose text must be an e-mail address`;
  if (takesNone.includes(action) && text !== undefined)
    return `has the action ${action}, which takes no text; leave it out`;
  return undefined;
}

const check = argsObject(
  "MessageCheckArgs",
  "A rule about one line of messages (header_checks(5)). The first rule that matches a line decides about it.",
  {
    pattern: pattern.meta({
      description:
        "Regular expression, which capital letters do not matter to. A header is one line, however it is folded, with its name in front; of a body, " +
        "each line is looked at by itself, as it is encoded.",
      example: "^Subject:.*act now",
    }),
    action: z.enum(CheckAction).meta({ description: "What is done." }),
    text: text.optional().meta({
      description:
        "What belongs to the action: the reason, the address, the line. `$1` is what the first parentheses of the pattern matched, `$$` a dollar.",
      default: "none",
    }),
  },
  actionProblem,
);

/** The left side of canonical(5): an address, or `@` and a domain. */
const addressOrDomain = read((text) => {
  if (text.startsWith("#")) return { problem: "begins with #, as a comment of the table does; use a pattern" };
  const parsed = text.startsWith("@") ? parseDomainName(text.slice(1)) : parseAddress(text);
  if ("problem" in parsed) return parsed;
  return { value: text.startsWith("@") ? `@${parsed.value}` : parsed.value.toLowerCase() };
});

/** What an address becomes: the domain stands there, so that no sender chooses where mail goes. */
const rewritten = matching(
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.()-]*@([a-z0-9-]+\.)+[a-z][a-z0-9-]*$/,
  "is not an address or @ and a domain; the domain must be written out",
);

const rewriting = argsObject(
  "AddressRewriteArgs",
  "A rule by which an address becomes another one (canonical(5)). Exactly one of `address` and `pattern`. Addresses are asked before patterns.",
  {
    address: addressOrDomain.optional().meta({
      description: "An address, or `@` and a domain for every address in it.",
      example: "@old.example.org",
    }),
    pattern: pattern.optional().meta({
      description: "Regular expression for whole addresses, which capital letters do not matter to.",
      example: "^(.*)@[a-z]+\\.example\\.org$",
    }),
    to: rewritten.meta({
      description:
        "What it becomes: an address, or `@` and a domain, which leaves what stands before. With `pattern`, `$1` before the `@` is what the first " +
        "parentheses matched.",
      example: "anna@example.org",
    }),
  },
  ({ address, pattern, to }) => {
    if ((address === undefined) === (pattern === undefined)) return "must have exactly one of address and pattern";
    if (pattern === undefined && to.includes("$")) return "has $ in to without a pattern that it could come from";
    return pattern !== undefined && to.startsWith("@")
      ? "has a pattern and no name before the @ of to; write $1 there, and parentheses into the pattern"
      : undefined;
  },
);

const bcc = argsObject("BccArgs", "Whose mail is copied to whom.", {
  address: addressOrDomain.meta({
    description: "An address, or `@` and a domain for every address in it.",
    example: "ben@example.org",
  }),
  to: address.meta({ description: "Address that receives the copies.", example: "anna@example.org" }),
});

const verdict = {
  action: z.enum(AccessAction).meta({ description: "What is done." }),
  text: text.optional().meta({
    description: "What belongs to the action: the reason, the address, the header.",
    default: "none",
  }),
};

const clientAccess = argsObject(
  "ClientAccessArgs",
  "An entry of a list of clients. Exactly one of `address` and `name`. Addresses are asked before names, in their order.",
  {
    address: clientBlock.optional().meta({
      description: "Address, or a block such as `203.0.113.0/24`.",
      example: "203.0.113.0/24",
    }),
    name: domainName.optional().meta({
      description: "Name by the client's reverse DNS, where it leads back to the client, or a domain above it.",
      example: "dynamic.example.net",
    }),
    ...verdict,
  },
  ({ address, name, ...rest }) =>
    (address === undefined) === (name === undefined)
      ? "must have exactly one of address and name"
      : actionProblem(rest),
);

const heloAccess = argsObject(
  "HeloAccessArgs",
  "An entry of a list of names that clients give themselves.",
  {
    name: matching(
      /^[A-Za-z0-9_]([A-Za-z0-9._-]{0,252})$/,
      "is not a name; allowed are letters, digits, dots, hyphens and underscores",
    ).meta({ description: "Name in HELO or EHLO, or a domain above it.", example: "localhost" }),
    ...verdict,
  },
  actionProblem,
);

const addressAccess = argsObject(
  "AddressAccessArgs",
  "An entry of a list of senders or recipients.",
  {
    address: read((text) => {
      const whole = text.startsWith("@") ? text.slice(1) : text;
      if (text.startsWith("#")) return { problem: "begins with #, as a comment of the table does" };
      if (/^[A-Za-z0-9._=+-]+@$/.test(text)) return { value: text.toLowerCase() };
      const parsed = whole.includes("@") ? parseAddress(whole) : parseDomainName(whole);
      return "value" in parsed ? { value: parsed.value.toLowerCase() } : parsed;
    }).meta({
      description: "An address, a domain with all domains below it, or a name in every domain (`name@`).",
      example: "advertising.example.net",
    }),
    ...verdict,
  },
  actionProblem,
);

const limit = (description: string, value: number) =>
  z
    .int("must be a whole number")
    .min(0, "must be 0 (no limit) or more")
    .max(1000000, "must be 1000000 or less")
    .default(value)
    .meta({ description });

const clientLimits = argsObject(
  "ClientLimitsArgs",
  "How much one client may do on each port; 0 is no limit. The machine itself has none. On Debian 13, all addresses of an IPv6 network (/64) are one client.",
  {
    connectionCount: limit("Connections at the same time (Postfix `smtpd_client_connection_count_limit`).", 25),
    connectionRate: limit("Connections in a minute (Postfix `smtpd_client_connection_rate_limit`).", 3000),
    messageRate: limit("Messages in a minute, on port 25 (Postfix `smtpd_client_message_rate_limit`).", 3000),
    recipientRate: limit("Recipients in a minute (Postfix `smtpd_client_recipient_rate_limit`).", 6000),
    authRate: limit("Attempts to log in in a minute (Postfix `smtpd_client_auth_rate_limit`).", 120),
  },
);

const byte = String.raw`(\d{1,3}|\[\d{1,3}(\.\.\d{1,3})?(;\d{1,3}(\.\.\d{1,3})?)*\])`;

const dnsbl = argsObject(
  "DnsblArgs",
  "A list in DNS of addresses that send spam. Most lists refuse to answer resolvers that many share, such as those of a provider or 8.8.8.8: the machine " +
    "needs a resolver of its own. Some of them answer those with a code that says so, which a `filter` keeps apart from a listing.",
  {
    domain: domainName.meta({ description: "Domain of the list.", example: "zen.spamhaus.org" }),
    filter: matching(
      new RegExp(`^${byte}(\\.${byte}){3}$`),
      "is no filter of answers; allowed is an address such as 127.0.0.2 whose numbers may be ranges: 127.0.0.[2..11], 127.0.0.[2;4..7]",
    )
      .optional()
      .meta({
        description: "Answers that count as a listing; numbers may be ranges.",
        default: "every answer in 127.0.0.0/8, those that mean an error too",
        example: "127.0.0.[2..11]",
      }),
    action: z
      .enum(ClientCheck)
      .default(ClientCheck.Reject)
      .meta({ description: "What happens to a client that is listed." }),
  },
);

const checks = (what: string) => z.array(check).default([]).meta({ description: what });
const rewrites = (what: string) => z.array(rewriting).default([]).meta({ description: what });

/** Members of `postfix` that become tables and restrictions. */
export const ruleMembers = {
  patternType: z
    .enum(PatternType)
    .default(PatternType.Regexp)
    .meta({ description: "Language of all patterns. `PatternType.Pcre` installs Postfix's package for it." }),
  headerChecks: checks(
    "Rules about headers, for all mail that comes in, is submitted and is sent on (Postfix `header_checks`); about headers of the parts of a message, " +
      "too, where there are no `mimeHeaderChecks`. The server's own rules are asked first.",
  ),
  mimeHeaderChecks: checks("Rules about headers of the parts of messages (Postfix `mime_header_checks`)."),
  bodyChecks: checks("Rules about lines of bodies (Postfix `body_checks`), of which the first 50 KiB are looked at."),
  senderCanonicalMaps: rewrites("What addresses of senders become (Postfix `sender_canonical_maps`)."),
  senderCanonicalClasses: z
    .array(z.enum(SenderClass))
    .min(1, "must name one, or be left out")
    .default([SenderClass.Envelope, SenderClass.Header])
    .meta({
      description: "Where `senderCanonicalMaps` are asked: in headers, for mail that the machine itself writes.",
      default: "envelope and headers",
    }),
  recipientCanonicalMaps: rewrites("What addresses of recipients become (Postfix `recipient_canonical_maps`)."),
  recipientCanonicalClasses: z
    .array(z.enum(RecipientClass))
    .min(1, "must name one, or be left out")
    .default([RecipientClass.Envelope, RecipientClass.Header])
    .meta({
      description: "Where `recipientCanonicalMaps` are asked: in headers, for mail that the machine itself writes.",
      default: "envelope and headers",
    }),
  smtpGenericMaps: rewrites(
    "What addresses become in mail that leaves for other servers (Postfix `smtp_generic_maps`).",
  ),
  alwaysBcc: address.optional().meta({
    description: "Address that receives a copy of all mail (Postfix `always_bcc`).",
    default: "no copies",
  }),
  senderBccMaps: z
    .array(bcc)
    .default([])
    .meta({ description: "Senders whose mail is copied (Postfix `sender_bcc_maps`)." }),
  recipientBccMaps: z
    .array(bcc)
    .default([])
    .meta({ description: "Recipients whose mail is copied (Postfix `recipient_bcc_maps`)." }),
  clientAccess: z
    .array(clientAccess)
    .default([])
    .meta({ description: "Clients on port 25 that are treated otherwise (Postfix `check_client_access`)." }),
  heloAccess: z
    .array(heloAccess)
    .default([])
    .meta({ description: "Names in HELO on port 25 that are treated otherwise (Postfix `check_helo_access`)." }),
  senderAccess: z
    .array(addressAccess)
    .default([])
    .meta({ description: "Senders on port 25 that are treated otherwise (Postfix `check_sender_access`)." }),
  recipientAccess: z.array(addressAccess).default([]).meta({
    description:
      "Recipients on port 25 that are treated otherwise (Postfix `check_recipient_access`). `trustedClients` are not asked, nor is the machine itself.",
  }),
  clientLimits: clientLimits.prefault({}).meta({
    description: "How much one client may do.",
    default: "what a server that writes a connection for each message needs",
  }),
  unknownClientHostname: z.enum(ClientCheck).default(ClientCheck.Accept).meta({
    description:
      "Clients on port 25 whose address has no name that leads back to it (Postfix `reject_unknown_client_hostname`). Some honest servers have none.",
  }),
  unknownReverseClientHostname: z.enum(ClientCheck).default(ClientCheck.Accept).meta({
    description:
      "Clients on port 25 whose address has no name at all (Postfix `reject_unknown_reverse_client_hostname`).",
  }),
  dnsbls: z
    .array(dnsbl)
    .default([])
    .meta({ description: "Lists in DNS that clients on port 25 are looked up in (Postfix `reject_rbl_client`)." }),
  rejectAllRecipients: z
    .boolean()
    .default(false)
    .meta({
      description:
        "Whether port 25 refuses every recipient (Postfix `smtpd_recipient_restrictions = reject`): a server from which mail only goes out. Bounces " +
        "and reports are refused, too.",
    }),
};
