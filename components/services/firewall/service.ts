import type { Service } from "../service";
import { firewallRole } from "./role";

/** The machine's own firewall. */
export const firewall: Service = {
  name: "firewall",
  enabled: (choices) => choices.firewall,
  role: firewallRole,
};
