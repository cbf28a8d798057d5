import { type UserSecrets, userSecrets } from "../../users";
import type { Service } from "../service";
import { dovecotPorts } from "./ports";
import { quotaCheck } from "./quota";
import { dovecotRole } from "./role";
import { dovecotSettings } from "./settings";

/** Keeps mail and serves it. Its secrets are those of the mailboxes. */
export const dovecot = {
  name: "dovecot",
  memory: 20,
  settings: dovecotSettings,
  decide: ({ dovecot }) => dovecot.conf,
  ports: dovecotPorts,
  certificateReader: "dovecot",
  postfix: ({ quota }) => (quota ? { recipientChecks: [quotaCheck] } : {}),
  secrets: userSecrets,
  role: (model, secrets, all, conf) => dovecotRole(model, secrets, conf, all.dovecot),
} satisfies Service<UserSecrets, typeof dovecotSettings, string>;
