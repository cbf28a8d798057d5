import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { withSecrets } from "../components/stackSecrets";
import type { MailServerArgs } from "../index";

/**
 * The args as they stand in the stack's configuration file, each member of {@link MailServerArgs} under its own name after
 * `namespace:`. What was set with `--secret` is a secret, or refused where the args have no place for one.
 */
export function mailServerArgs(namespace: string): MailServerArgs {
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
  const config = Object.entries(pulumi.runtime.allConfig());
  const own = config.filter(([key]) => key.startsWith(`${namespace}:`));
  if (own.length === 0) {
    throw new pulumi.RunError(
      `The stack's configuration has no value under ${namespace}: – start from one of the files in stacks/, such as stacks/Pulumi.local.yaml`,
    );
  }
  const file = stackFile(projectFolder(pulumi.getRootDirectory(), process.cwd()), pulumi.getStack());
  const members = own.map(([key, text]) => {
    const name = key.slice(namespace.length + 1);
    const value = name === "triggers" ? texts(parsed(text)) : parsed(text);
    return [name, isConfigSecret(key) ? withSecrets(namespace, name, value, file?.[key]) : value];
  });
  return Object.fromEntries(members);
}

/** Structured values arrive as JSON, the others as they were written. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `pulumi config set --path` writes a text of digits as a number. */
function texts(value: unknown): unknown {
  return Array.isArray(value) ? value.map(String) : value;
}

/** The `config` of the stack's file, which alone tells what within a value is a secret: the engine tells it of the whole value only. */
function stackFile(project: string | undefined, stack: string): Record<string, unknown> | undefined {
  if (project === undefined) return undefined;
  const { stackConfigDir = "." } = parse(readFileSync(join(project, "Pulumi.yaml"), "utf8")) as {
    stackConfigDir?: string;
  };
  const file = join(project, stackConfigDir, `Pulumi.${stack}.yaml`);
  return existsSync(file) ? (parse(readFileSync(file, "utf8"))?.config ?? undefined) : undefined;
}

/** The folder of `Pulumi.yaml`: what the engine tells, or, as not every language host hands that on, one above the program. */
function projectFolder(told: string, folder: string): string | undefined {
  const found = [told, folder].find((each) => existsSync(join(each, "Pulumi.yaml")));
  return found ?? (dirname(folder) === folder ? undefined : projectFolder(told, dirname(folder)));
}
