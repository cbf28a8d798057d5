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
  "firewall_ufw",
  "firewall_nftables",
  "firewall_firewalld",
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

/** The host agent as one Python program: its modules in order, without the lines with which they import one another, and without prose. */
export function agentSource(): string {
  const imports = new RegExp(`^from (?:__future__|${modules.join("|")}) import (?:\\([^)]*\\)|.*)\\n`, "gm");
  const sources = modules.map((name) => readFileSync(join(__dirname, "agent", `${name}.py`), "utf8"));
  return `from __future__ import annotations\n${sources.map((text) => withoutProse(text.replace(imports, ""))).join("\n")}`;
}

/** A text in quotes, as Python reads it; a comment; lines without anything. */
const pieces =
  /(\n *)?("""(?:\\[\s\S]|[^\\])*?"""|"(?:\\.|[^"\\\n])*"|'''(?:\\[\s\S]|[^\\])*?'''|'(?:\\.|[^'\\\n])*')|\s*#.*|\n\s*(?=\n)/g;

/** The same program without comments, documentation and empty lines: these are a quarter of what the engine keeps in its state. */
export function withoutProse(python: string): string {
  return `\n${python}`.replace(pieces, (all: string, indent: string | undefined, quoted: string | undefined) => {
    if (quoted === undefined) return "";
    // By itself on a line: where it is all that a class has, something must stay.
    return indent !== undefined && quoted.startsWith('"""') ? `${indent}""` : all;
  });
}
