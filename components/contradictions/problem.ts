import * as pulumi from "@pulumi/pulumi";
import { secretMembers, type ValidArgs, type ValidDnsArgs } from "../schema";

/** One thing that is wrong with args: the path of the member, and what is to be done about it. */
export type Problem = pulumi.InputPropertyErrorDetails;

/** An element of a list, and where it was written. */
export type Located<Element> = Element & { at: string };

/** Members without which there is no server: where they could not be read, nothing can take their place. */
type Required = "hostname" | "operatingSystem" | "host" | "dns" | "ipv4Address";

/** Args as far as they could be read. Of what could not, a member has its default, and an element of a list is left out. */
export type PartialArgs<Args = ValidArgs> = {
  [Name in keyof Args]: Args[Name] extends (infer Element extends object)[]
    ? Located<Element>[]
    : Args[Name] | (Name extends Required ? undefined : never);
} & {
  /** Whether every element of the lists could be read, so that a missing one is really missing. */
  allEntriesRead: boolean;
};

/** As {@link PartialArgs}, as far as DNS needs to know. */
export type PartialDnsArgs = Pick<
  PartialArgs<ValidDnsArgs>,
  | "hostname"
  | "hostnameDkim"
  | "domains"
  | "certificate"
  | "dns"
  | "dnsAccounts"
  | "reverseDns"
  | "parkedDomains"
  | "allEntriesRead"
>;

/** Refuses all but exactly one of some members of the value at a path. */
export function requireExactlyOne(path: string, value: object, members: string[]): Problem[] {
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
export function formatValue(value: unknown): string {
  const text =
    JSON.stringify(value, (key, each) => {
      if (secretMembers.has(key)) return "(secret)";
      return pulumi.Output.isInstance(each) ? "(output)" : each;
    }) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
