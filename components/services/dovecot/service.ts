import { type UserSecrets, userSecrets } from "../../users";
import type { Service } from "../service";
import { dovecotPorts } from "./ports";
import { dovecotRole } from "./role";
import { dovecotSettings } from "./settings";

/** Keeps mail and serves it. Its secrets are those of the mailboxes. */
export const dovecot = {
  name: "dovecot",
  settings: dovecotSettings,
  ports: dovecotPorts,
  secrets: userSecrets,
  role: dovecotRole,
} satisfies Service<UserSecrets>;
