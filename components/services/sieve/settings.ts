import { z } from "zod";
import { argsObject } from "../../declaration";
import { fragment } from "../../schemaFields";

const sieve = argsObject("SieveArgs", "Sieve scripts for the mail of all mailboxes.", {
  before: fragment.meta({
    description:
      "Script that runs before that of the mailbox. Where it ends with `keep`, or with nothing, the next one runs; where it files, redirects or discards " +
      "the message, none does. Dovecot's `sievec` checks it before it is in use.",
    default: "none",
  }),
  after: fragment.meta({
    description:
      "Script that runs after that of the mailbox, where this one keeps the message. Dovecot's `sievec` checks it before it is in use.",
    default: "none",
  }),
});

export const sieveSettings = {
  common: {
    enableSieve: z
      .boolean()
      .default(false)
      .meta({
        description:
          "Whether mail is filtered by Sieve scripts (RFC 5228) as it arrives: those of `sieve`, and each person's own, which mail programs keep on the " +
          "server by ManageSieve (RFC 5804), on port 4190 with STARTTLS. A script can file mail into folders, answer while somebody is away, and " +
          "redirect to up to four addresses; the mailbox is then the sender in the envelope, for the sake of SPF. Mail that a script fails on stays in the inbox.",
      }),
  },
  machine: {
    sieve: sieve.prefault({}).meta({
      description: "Sieve scripts for the mail of all mailboxes. Needs `enableSieve`.",
      default: "none",
    }),
  },
};
