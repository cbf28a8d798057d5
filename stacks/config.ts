import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { type Member, membersOf, objectIn } from "../components/declaration";
import { mailServerSchema } from "../components/schema";
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

/**
 * A value of which something was set with `--secret`. Secrets are what the stack's file shows as such; where it shows none, what is always one, such as a
 * password, or, where the value has none of these, whatever has the type Input.
 *
 * @throws where a member is to be a secret that stands in names of resources, or in files that a diff shows
 */
export function withSecrets(namespace: string, name: string, value: unknown, written: unknown): unknown {
  const found: string[] = [];
  const shown = hasSecure(written);
  const top = membersOf(mailServerSchema).find((member) => member.name === name);
  const declared = holdsSecret(top, value);
  const walk = (member: Member | undefined, path: string, each: unknown, file: unknown): unknown => {
    const takesOutput = member?.meta.type !== undefined;
    if (takesOutput && (isSecure(file) || (!shown && (member.meta.secret || !declared)))) {
      found.push(path);
      // The component makes a secret of what must be one, and judges it together with the other args as long as it is a text.
      return member.meta.secret ? each : pulumi.secret(each);
    }
    if (isSecure(file)) throw refused(namespace, path, member);
    if (Array.isArray(each)) {
      const element = member && { ...member, meta: {} };
      return each.map((inner, index) => walk(element, `${path}[${index}]`, inner, at(file, index)));
    }
    if (typeof each !== "object" || each === null) return each;
    const object = member && objectIn(member);
    const members = new Map((object ? membersOf(object) : []).map((inner) => [inner.name, inner]));
    return Object.fromEntries(
      Object.entries(each).map(([key, inner]) => [key, walk(members.get(key), `${path}.${key}`, inner, at(file, key))]),
    );
  };
  const result = walk(top, name, value, written);
  if (found.length === 0) throw refused(namespace, name, top);
  return result;
}

function refused(namespace: string, path: string, member: Member | undefined): pulumi.RunError {
  const secrets = secretPaths(member, path);
  const way =
    secrets.length === 0
      ? "Set it without --secret"
      : `Set the secrets in it alone, such as \`pulumi config set --secret --path '${namespace}:${secrets[0]}'\`, and the rest without --secret`;
  return new pulumi.RunError(
    `${namespace}:${path} was set with --secret, but it cannot be kept secret: names of resources, or files that every diff shows, follow from it. ${way}.`,
  );
}

/** Whether a value has something that is always a secret. */
function holdsSecret(member: Member | undefined, value: unknown): boolean {
  if (member === undefined || value === undefined) return false;
  if (member.meta.secret) return true;
  if (Array.isArray(value)) return value.some((each) => holdsSecret(member, each));
  const object = objectIn(member);
  return (
    object !== undefined &&
    membersOf(object).some((each) => holdsSecret(each, (value as Record<string, unknown> | null)?.[each.name]))
  );
}

/** The members within one that are secrets. */
function secretPaths(member: Member | undefined, path: string): string[] {
  const object = member && objectIn(member);
  const within = member?.type._zod.def.type === "array" ? `${path}[0]` : path;
  return object
    ? membersOf(object).flatMap((each) =>
        each.meta.secret ? [`${within}.${each.name}`] : secretPaths(each, `${within}.${each.name}`),
      )
    : [];
}

function isSecure(file: unknown): boolean {
  return typeof file === "object" && file !== null && "secure" in file;
}

function hasSecure(file: unknown): boolean {
  return isSecure(file) || (typeof file === "object" && file !== null && Object.values(file).some(hasSecure));
}

function at(file: unknown, key: string | number): unknown {
  return typeof file === "object" && file !== null ? (file as Record<string | number, unknown>)[key] : undefined;
}
