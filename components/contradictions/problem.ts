import * as pulumi from "@pulumi/pulumi";
import { secretMembers, type ValidArgs } from "../schema";

/** One thing that is wrong with args: the path of the member, and what is to be done about it. */
export type Problem = pulumi.InputPropertyErrorDetails;

/** Args as far as they could be read. */
export type Understood = Omit<ValidArgs, "hostname" | "operatingSystem"> & {
  /** Left out where it could not be read. */
  hostname?: string;
  /** Whether every domain, mailbox and alias could be read, so that a missing one is really missing. */
  complete: boolean;
};

/** Refuses all but exactly one of some members of the value at a path. */
export function oneOf(path: string, value: object, members: string[]): Problem[] {
  const given = members.filter((member) => (value as Record<string, unknown>)[member] !== undefined);
  if (given.length === 1) return [];
  const choice = members
    .map((member) => `${path}.${member}`)
    .join(", ")
    .replace(/, ([^,]*)$/, " and $1");
  return [
    {
      propertyPath: path,
      reason: `must have exactly one of ${choice}; got ${given.length === 0 ? "none" : given.join(" and ")}`,
    },
  ];
}

/** A value as a person would type it, shortened. */
export function show(value: unknown): string {
  const text =
    JSON.stringify(value, (key, each) => {
      if (secretMembers.has(key)) return "(secret)";
      return pulumi.Output.isInstance(each) ? "(output)" : each;
    }) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
