import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

/** A script of this folder and what it is told. */
export interface DeployerScript {
  /** File name without its ending. */
  script: "resolution" | "probe";
  /** What it does, in words: the engine quotes them where it fails. */
  what: string;
  environment: Record<string, pulumi.Input<string>>;
  /** Whether it is told what it printed the last time that it ended well. */
  remembers?: boolean;
}

/**
 * Runs a script where Pulumi runs, when something of what it is told has changed. Node.js is there, as Pulumi needs it too; it is
 * found by its name as its path differs from computer to computer, and reads the script from standard input as the engine prints
 * a command in full when it fails.
 */
export function runOnDeployer(
  name: string,
  { script, what, environment, remembers = false }: DeployerScript,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new command.local.Command(
    name,
    {
      interpreter: ["node", "-"],
      create: what,
      stdin: source(script),
      environment,
      addPreviousOutputInEnv: remembers,
    },
    // No hideDiffs: where all that changes is hidden, the engine prints every input instead.
    opts,
  );
}

/** A script as it reaches Node.js, by standard input and beside nothing: what it takes from this folder stands in it. */
export function source(script: DeployerScript["script"] | "nameServers" | "printable"): string {
  const text = readFileSync(join(__dirname, `${script}.js`), "utf8");
  return text.replace(/require\("\.\/(\w+)\.js"\)/g, (_found, shared: "nameServers" | "printable") => {
    return `(() => { const module = { exports: {} };\n${source(shared)}\nreturn module.exports; })()`;
  });
}
