import * as z from "zod";
import { argsObject } from "../../declaration";
import { fragment, mailboxSize, read } from "../../schemaFields";
import { parseMailStore } from "./mailStore";

const dovecot = argsObject("DovecotArgs", "Additional configuration of Dovecot.", {
  conf: fragment.meta({
    description: "Text at the end of dovecot.conf, where it takes precedence. Dovecot checks it before it is in use.",
  }),
});

const mailStore = read(parseMailStore);

const quota = argsObject("QuotaArgs", "How much mail a mailbox may hold.", {
  storageSize: mailboxSize.default("unlimited").meta({
    description:
      "Limit of each mailbox that has no `quota` of its own: a number and one of the units `M`, `G` and `T` (powers of 1024), or `unlimited`.",
    example: "5G",
  }),
  warningPercentage: z
    .int("must be a whole number")
    .min(50, "must be 50 to 99")
    .max(99, "must be 50 to 99")
    .default(90)
    .meta({ description: "How full a mailbox is, in percent, when a mail in it says so." }),
});

export const dovecotSettings = {
  common: {
    enablePop3: z.boolean().default(false).meta({
      description: "Whether POP3 is served on 110 (STARTTLS) and 995 (TLS) beside IMAP.",
    }),
    enableImapStartTls: z.boolean().default(true).meta({
      description:
        "Whether IMAP is served on 143 (STARTTLS), too. With `false`, on 993 alone, where TLS begins at once (RFC 8314 section 3.3).",
    }),
  },
  machine: {
    mailStore: mailStore.default("/var/mail/vhosts").meta({
      description:
        "Folder of the mailboxes, in which each domain has one, and in that each user: a path of its own, which may be a file system of its own. An `up` makes it, and gives " +
        "it to the account `vmail`. Where mail lies in another one already, [it is moved by hand](docs/mailboxes.md#where-the-mail-lies) first.",
      example: "/var/vmail",
    }),
    quota: quota.prefault({}).meta({
      description:
        "How much mail a mailbox may hold (Dovecot's quota). Mail to a full one is refused before it is taken (552 5.2.2), from strangers and from who logs in, so " +
        "that nobody gets a bounce; what was taken is delivered. Mail programs see it by IMAP (RFC 9208).",
      default: "no limits",
    }),
    dovecot: dovecot.prefault({}).meta({
      description: "Additional configuration of Dovecot.",
      default: "none",
    }),
  },
};
