import type { OpenPort } from "../openPorts";

/**
 * UFW's own rule file, in the form in which `ufw` writes and reads it: `ufw status` shows what stands here.
 *
 * @param chains `ufw` for IPv4, `ufw6` for IPv6
 */
export function userRules(chains: "ufw" | "ufw6", ports: OpenPort[]): string {
  const anywhere = chains === "ufw" ? "0.0.0.0/0" : "::/0";
  const allow = ({ number, service }: OpenPort) => [
    "",
    `### tuple ### allow tcp ${number} ${anywhere} any ${anywhere} in comment=${Buffer.from(service).toString("hex")}`,
    `-A ${chains}-user-input -p tcp --dport ${number} -j ACCEPT`,
  ];
  const chainNames = [
    ...["user-input", "user-output", "user-forward"],
    ...["before-logging-input", "before-logging-output", "before-logging-forward"],
    ...["user-logging-input", "user-logging-output", "user-logging-forward"],
    ...["after-logging-input", "after-logging-output", "after-logging-forward"],
    ...["logging-deny", "logging-allow", "user-limit", "user-limit-accept"],
  ];
  return `${[
    "*filter",
    ...chainNames.map((name) => `:${chains}-${name} - [0:0]`),
    "### RULES ###",
    ...ports.flatMap(allow),
    "",
    "### END RULES ###",
    "",
    "### LOGGING ###",
    `-A ${chains}-after-logging-input -j LOG --log-prefix "[UFW BLOCK] " ${sparingly}`,
    `-A ${chains}-after-logging-forward -j LOG --log-prefix "[UFW BLOCK] " ${sparingly}`,
    `-I ${chains}-logging-deny -m conntrack --ctstate INVALID -j RETURN ${sparingly}`,
    `-A ${chains}-logging-deny -j LOG --log-prefix "[UFW BLOCK] " ${sparingly}`,
    `-A ${chains}-logging-allow -j LOG --log-prefix "[UFW ALLOW] " ${sparingly}`,
    "### END LOGGING ###",
    "",
    "### RATE LIMITING ###",
    `-A ${chains}-user-limit -m limit --limit 3/minute -j LOG --log-prefix "[UFW LIMIT BLOCK] "`,
    `-A ${chains}-user-limit -j REJECT`,
    `-A ${chains}-user-limit-accept -j ACCEPT`,
    "### END RATE LIMITING ###",
    "COMMIT",
  ].join("\n")}\n`;
}

const sparingly = "-m limit --limit 3/min --limit-burst 10";
