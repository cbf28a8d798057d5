import * as z from "zod";
import { argsObject } from "../../declaration";
import { fragment } from "../../schemaFields";

const dovecot = argsObject("DovecotArgs", "Additional configuration of Dovecot.", {
  conf: fragment.meta({
    description: "Text at the end of dovecot.conf, where it takes precedence. Dovecot checks it before it is in use.",
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
      description: "Additional configuration of Dovecot.",
      default: "none",
    }),
  },
};
