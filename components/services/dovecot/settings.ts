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
    enableImapStartTls: z.boolean().default(true).meta({
      description:
        "Whether IMAP is served on 143 (STARTTLS), too. With `false`, on 993 alone, where TLS begins at once (RFC 8314 section 3.3).",
    }),
  },
  machine: {
    dovecot: dovecot.prefault({}).meta({
      description: "Additional configuration of Dovecot.",
      default: "none",
    }),
  },
};
