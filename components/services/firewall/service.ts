import { FirewallManager } from "../../enums";
import type { MachineModel } from "../../model";
import type { Role } from "../../role";
import type { Service } from "../service";
import { firewalldRole } from "./firewalld";
import { nftablesRole } from "./nftables";
import { firewallSettings } from "./settings";
import { ufwRole } from "./ufw";

const roleOf: Record<FirewallManager, (model: MachineModel) => Role> = {
  [FirewallManager.Ufw]: ufwRole,
  [FirewallManager.Nftables]: nftablesRole,
  [FirewallManager.Firewalld]: firewalldRole,
};

/** The machine's own firewall. */
export const firewall = {
  name: "firewall",
  settings: firewallSettings,
  decide: ({ firewall }) => firewall.manager,
  enabled: (choices) => choices.firewall,
  role: (model, _secrets, _all, manager = model.platform.firewall) => roleOf[manager](model),
} satisfies Service<undefined, typeof firewallSettings, FirewallManager | undefined>;
