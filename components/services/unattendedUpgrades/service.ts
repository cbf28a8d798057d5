import type { Service } from "../service";
import { unattendedUpgradesRole } from "./role";
import { unattendedUpgradesSettings } from "./settings";

export interface Own {
  enabled: boolean;
  rebootTime?: string;
}

/** Installs security updates. */
export const unattendedUpgrades = {
  name: "unattended-upgrades",
  settings: unattendedUpgradesSettings,
  decide: ({ unattendedUpgrades: asked }) => ({ enabled: asked !== undefined, rebootTime: asked?.automaticRebootTime }),
  enabled: (_choices, own) => own.enabled,
  role: (model, _secrets, _all, own) => unattendedUpgradesRole(model, own.rebootTime),
} satisfies Service<unknown, typeof unattendedUpgradesSettings, Own>;
