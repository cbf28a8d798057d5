import * as z from "zod";
import { argsObject } from "../../declaration";
import { FirewallManager } from "../../enums";
import { port } from "../../schemaFields";

const firewall = argsObject("FirewallArgs", "The firewall on the machine.", {
  enabled: z.boolean().default(true).meta({
    description: "Whether a firewall is installed, configured with exactly the ports in use, and switched on.",
  }),
  manager: z.enum(FirewallManager).optional().meta({
    description: "Which one. The one before is switched off when it changes.",
    default: "what the operating system brings: UFW on Debian and Ubuntu",
  }),
  sshPorts: z.array(port).min(1, "must name at least one port").optional().meta({
    description:
      "TCP ports of sshd that stay open, as the machine itself sees them (behind a translated port they differ from `host.ssh.port`).",
    default: "`host.ssh.port`",
  }),
  additionalTcpPorts: z.array(port).default([]).meta({
    description: "Further TCP ports to let in, such as those of services that `postfix.masterCf` adds.",
  }),
});

export const firewallSettings = {
  machine: {
    firewall: firewall.prefault({}).meta({
      description: "The firewall on the machine.",
      default: "UFW lets in the ports in use and SSH, and nothing else",
    }),
  },
};
