import type { Service } from "../service";
import { fail2banRole } from "./role";
import { fail2banSettings } from "./settings";

export interface Own {
  enabled: boolean;
  neverBanned: string[];
}

/** Shuts out who guesses passwords. */
export const fail2ban = {
  name: "fail2ban",
  memory: 20,
  settings: fail2banSettings,
  decide: ({ enableFail2ban, neverBanned }) => ({ enabled: enableFail2ban, neverBanned }),
  enabled: (_choices, own) => own.enabled,
  role: (model, _secrets, _all, own) => fail2banRole(model, own.neverBanned),
} satisfies Service<unknown, typeof fail2banSettings, Own>;
