import { publicFile } from "../../roleFiles";
import type { Service } from "../service";
import { hostnameSettings } from "./settings";

/**
 * The machine's own name, which all but the mail server goes by. The agent tells the kernel when the file changes (`after_swap`), and gives the earlier name
 * back with the file.
 */
export const hostname = {
  name: "hostname",
  settings: hostnameSettings,
  decide: ({ setHostname }) => setHostname,
  enabled: (_choices, own) => own,
  role: (model) => ({
    name: "hostname",
    packages: [],
    files: [publicFile("/etc/hostname", `${model.hostname}\n`)],
    probes: [{ command: ["sh", "-c", `[ "$(hostname)" = ${model.hostname} ]`] }],
  }),
} satisfies Service<unknown, typeof hostnameSettings, boolean>;
