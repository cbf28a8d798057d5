import type { Service } from "../service";
import { firewallRole } from "./role";
import { firewallSettings } from "./settings";

/** The machine's own firewall. */
export const firewall = {
  name: "firewall",
  settings: firewallSettings,
  enabled: (choices) => choices.firewall,
  role: firewallRole,
} satisfies Service;
