import type { Service } from "../service";
import { passwordHashes } from "./passwordHashes";
import { dovecotPorts } from "./ports";
import { dovecotRole } from "./role";

/** Keeps mail and serves it. Its secrets are the password hashes of the mailboxes, each with its scheme in front. */
export const dovecot: Service<Record<string, string>> = {
  name: "dovecot",
  ports: dovecotPorts,
  secrets: passwordHashes,
  role: dovecotRole,
};
