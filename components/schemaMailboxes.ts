import * as z from "zod";
import type { Parsed } from "./addresses";
import { argsObject } from "./declaration";
import { RoleAddress } from "./enums";
import { meantHash, passwordHashProblem, passwordProblem } from "./passwords";
import { address, fragment, localAddress, mailboxSize, matching, read, secretInput } from "./schemaFields";
import { systemAccountsSchema } from "./users/systemAccounts/settings";

const mailbox = argsObject(
  "MailboxArgs",
  "A mailbox. Exactly one of `password`, `passwordHash` and `weakPasswordHash`.",
  {
    address: localAddress.meta({
      description:
        "E-mail address, and the name to log in with. The local part has letters and digits, and after the first character also `.`, `_`, `-` and " +
        "`=`. Where the domain has a Unicode name, the name to log in with has its ASCII form (`anna@xn--…`), as in the output `clientSettings`.",
    }),
    password: secretInput(passwordProblem)
      .optional()
      .meta({
        description:
          "Password in clear: at least 10 characters, at most 72 bytes of UTF-8, and none of those that are guessed first. It never leaves the " +
          "deployer: the machine gets its bcrypt hash. Always kept as a secret.",
      }),
    passwordHash: secretInput((text) => passwordHashProblem(text), meantHash)
      .optional()
      .meta({
        description:
          "Hash of the password, as `doveadm pw -s BLF-CRYPT -r 10`, `-s SHA512-CRYPT` or `-s ARGON2ID` prints it, or as `/etc/shadow` of a Debian " +
          "machine has it (yescrypt); with or without the scheme in front. Allowed are bcrypt of cost 10 to 12, SHA512-CRYPT of 5000 to 500000 " +
          "rounds, ARGON2ID of m=7168 to 131072 (KiB) with m times t of 35840 to 524288 and p up to 8, and yescrypt of j9T to jBT. Always kept as " +
          "a secret.",
      }),
    weakPasswordHash: secretInput((text) => passwordHashProblem(text, { weak: true }), meantHash)
      .optional()
      .meta({
        description:
          "As `passwordHash`, but also accepted where it costs less work: whoever gets the hash finds the password sooner. It is for mailboxes that " +
          "come from another server, until each has a new password.",
      }),
    sieve: fragment.meta({
      description:
        "Sieve script (RFC 5228) for its mail, which runs as long as its owner has activated none by ManageSieve. Dovecot's `sievec` checks it before it " +
        "is in use. Needs `enableSieve`.",
      default: "none",
    }),
    quota: mailboxSize.optional().meta({
      description:
        "How much mail it may hold: a number and one of the units `M`, `G` and `T` (powers of 1024), or `unlimited`. See `quota`.",
      default: "`quota.storageSize`",
      example: "5G",
    }),
  },
);

const alias = argsObject("AliasArgs", "An address whose mail goes to other addresses.", {
  address: localAddress.meta({
    description:
      "The address, in one of the server's domains. It may be that of a mailbox; its mail then goes to the destinations only.",
  }),
  destinations: z
    .array(address)
    .min(1, "must name at least one address")
    .meta({
      description:
        "Where its mail goes: mailboxes, other aliases, or addresses elsewhere. A mailbox that keeps a copy names itself. Mail that goes elsewhere " +
        "keeps its envelope sender (no SRS), so that a server which is strict about SPF may refuse it.",
    }),
});

const localAlias = argsObject("LocalAliasArgs", "A name of the machine itself, without a domain.", {
  name: matching(
    /^[a-z0-9]([a-z0-9_-]|[.](?![.]|$)){0,63}$/,
    "is not a name that can be an alias here; allowed are small letters and digits, after the first character also . _ -, no dot at the end or beside another",
  ).meta({ description: "The name.", example: "contact" }),
  destinations: z
    .array(address)
    .min(1, "must name at least one address")
    .meta({ description: "Addresses that its mail goes to." }),
});

function parseRecipientDelimiter(text: string): Parsed {
  const allowed = "up to four of + = _ . ~ # -";
  if (/[%!]/.test(text))
    return { problem: `has % or !, which Postfix takes for a route through another server; allowed are ${allowed}` };
  return /^[+=_.~#-]{0,4}$/.test(text) ? { value: text } : { problem: `is not a delimiter; allowed are ${allowed}` };
}

/** Members about addresses and those who log in. */
export const mailboxMembers = {
  mailboxes: z.array(mailbox).default([]).meta({
    description: "People's mailboxes. Sub-addresses (`anna+shop@…`) arrive in the mailbox without being listed.",
    default: "none: every address is an alias",
  }),
  aliases: z.array(alias).default([]).meta({
    description: "Addresses whose mail goes to other addresses.",
    default: "none but `postmaster@` and `abuse@` of each domain, which RFC 2142 demands and which go to `postmaster`",
  }),
  localAliases: z
    .array(localAlias)
    .default([])
    .meta({
      description:
        "Names of the machine itself, as `/etc/aliases` has them: mail to `NAME@localhost`, and to `NAME@` the hostname where that is none of `domains`, goes to their " +
        "destinations. What programs of the machine send to a name alone goes there, too.",
      default: "none but `root`, `postmaster`, `abuse` and `hostmaster`, which go to `postmaster`",
    }),
  roleAddresses: z
    .array(z.enum(RoleAddress))
    .default([])
    .meta({
      description:
        "Names of RFC 2142 that each domain, and the machine, answers beside `postmaster` and `abuse`. Their mail goes to `postmaster`, but for those that are a mailbox or an " +
        "alias.",
      default: "none",
      example: ["hostmaster", "webmaster", "security"],
    }),
  systemAccounts: systemAccountsSchema.optional().meta({
    description:
      "People who have an account on the machine itself. They get mail as `NAME@` the hostname, which must be none of `domains`, in `~/Maildir`, and log in with their " +
      "names and the passwords of their accounts (PAM), over TLS only. `root` never logs in.",
    default: "no account of the machine gets mail",
  }),
  postmaster: address.optional().meta({
    description:
      "Address that receives what is sent to `postmaster@` and `abuse@` of each domain and to `root` of the machine.",
    default: "the first mailbox",
  }),
  recipientDelimiter: read(parseRecipientDelimiter)
    .default("+")
    .meta({
      description:
        "Characters that separate the name of a mailbox from a sub-address, up to four of `+ = _ . ~ # -`. The empty string switches sub-addresses " +
        "off (Postfix `recipient_delimiter`).",
    }),
};
