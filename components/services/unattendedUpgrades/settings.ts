import { argsObject } from "../../declaration";
import { matching } from "../../schemaFields";

const unattendedUpgrades = argsObject(
  "UnattendedUpgradesArgs",
  "Security updates that the machine installs by itself.",
  {
    automaticRebootTime: matching(/^([01]\d|2[0-3]):[0-5]\d$/, "is not a time of day such as 04:00")
      .optional()
      .meta({
        description:
          "When the machine restarts, by its own clock, where an update asks for it (`Unattended-Upgrade::Automatic-Reboot-Time`): a new kernel does.",
        default: "it never restarts by itself",
        example: "04:00",
      }),
  },
);

export const unattendedUpgradesSettings = {
  machine: {
    unattendedUpgrades: unattendedUpgrades.optional().meta({
      description:
        "Security updates that the machine installs by itself, once a day (unattended-upgrades, of Debian's security archive alone). A daemon is restarted when its own package, " +
        "or a library that it uses (needrestart), has changed. What goes wrong is written to `root`, which is the postmaster. `{}` switches it on.",
      default: "what the machine does already",
    }),
  },
};
