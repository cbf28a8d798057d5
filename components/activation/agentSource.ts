import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The agent's modules, each after those that it stands on. */
const modules = [
  "paths",
  "errors",
  "progress",
  "process",
  "filesystem",
  "units",
  "probes",
  "names",
  "certificate",
  "packages_apt",
  "packages",
  "listeners",
  "machine",
  "queues",
  "firewall",
  "preflight",
  "postfix",
  "dovecot",
  "opendkim",
  "judges",
  "files",
  "previous",
  "look",
  "transaction",
  "agent",
];

/** The host agent as one Python program: its modules in order, without the lines with which they import one another. */
export function agentSource(): string {
  const imports = new RegExp(`^from (?:__future__|${modules.join("|")}) import (?:\\([^)]*\\)|.*)\\n`, "gm");
  const sources = modules.map((name) => readFileSync(join(__dirname, "agent", `${name}.py`), "utf8"));
  return `from __future__ import annotations\n\n${sources.map((text) => text.replace(imports, "")).join("\n\n")}`;
}
