import type { Service } from "../service";
import { dovecotConf } from "./dovecotConf";
import { sievePorts } from "./ports";
import { sieveRole } from "./role";
import type { Scripts } from "./scripts";
import { sieveSettings } from "./settings";

/** Filters mail as it arrives. */
export const sieve = {
  name: "sieve",
  settings: sieveSettings,
  decide: ({ sieve: { before, after }, mailboxes }) => ({
    before,
    after,
    mailboxes: mailboxes
      .flatMap(({ address, sieve }) => (sieve === "" ? [] : [{ address, sieve }]))
      .sort((a, b) => (a.address < b.address ? -1 : 1)),
  }),
  enabled: ({ sieve }) => sieve,
  ports: sievePorts,
  dovecot: dovecotConf,
  role: (model, _secrets, _all, own) => sieveRole(model, own),
} satisfies Service<unknown, typeof sieveSettings, Scripts>;
