import * as pulumi from "@pulumi/pulumi";
import { type Member, membersOf, objectIn } from "./declaration";
import { mailServerSchema } from "./schema";

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

/** Whether a value of a stack's file was set with `--secret` as a whole. */
export function isSecure(file: unknown): boolean {
  return typeof file === "object" && file !== null && "secure" in file;
}

/** Whether something in a value of a stack's file was set with `--secret`. */
export function hasSecure(file: unknown): boolean {
  return isSecure(file) || (typeof file === "object" && file !== null && Object.values(file).some(hasSecure));
}

function at(file: unknown, key: string | number): unknown {
  return typeof file === "object" && file !== null ? (file as Record<string | number, unknown>)[key] : undefined;
}
