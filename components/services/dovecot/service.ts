import type { Service } from "../service";
import { passwordHashes } from "./passwordHashes";
import { dovecotPorts } from "./ports";
import { dovecotRole } from "./role";
import { dovecotSettings } from "./settings";

/** Keeps mail and serves it. Its secrets are the password hashes of the mailboxes, each with its scheme in front. */
export const dovecot = {
  name: "dovecot",
  settings: dovecotSettings,
  ports: dovecotPorts,
  secrets: passwordHashes,
  role: dovecotRole,
} satisfies Service<Record<string, string>>;
