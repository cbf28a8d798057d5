import { z } from "zod";
import { argsObject } from "../../declaration";
import { fragment } from "../../schemaFields";

const dovecot = argsObject("DovecotArgs", "An addition to Dovecot's file.", {
  conf: fragment.meta({
    description:
      "Text that stands at the end of dovecot.conf, where it has the last word. Dovecot judges it before it is in use.",
  }),
});

export const dovecotSettings = {
  common: {
    enablePop3: z.boolean().default(false).meta({
      description: "Whether POP3 is served on 110 (STARTTLS) and 995 (TLS) beside IMAP.",
    }),
  },
  machine: {
    dovecot: dovecot.prefault({}).meta({
      description: "Settings of Dovecot that have no member of their own here.",
      default: "none",
    }),
  },
};
