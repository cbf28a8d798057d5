import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { MailDnsArgs, MailHostArgs, MailServerArgs } from "./args";
import { dkimKeyProblems } from "./contradictions/authentication";
import { contradictions, dnsContradictions } from "./contradictions/contradictions";
import { formatValue, type PartialArgs, type Problem } from "./contradictions/problem";
import { listedObject, membersOf, objectIn } from "./declaration";
import { renameOf } from "./renamedArgs";
import {
  mailDnsSchema,
  mailHostSchema,
  mailServerSchema,
  secretMembers,
  type ValidArgs,
  type ValidDnsArgs,
} from "./schema";

/**
 * Checks args and fills in every default.
 *
 * @throws InputPropertiesError that lists every problem at once, each with the path of the member, what was got, what is allowed
 * and how to fix it. Values of secrets never stand in it.
 */
export function validate(args: MailServerArgs): ValidArgs {
  return parseAndValidate(mailServerSchema, args, contradictions);
}

/** As {@link validate}, for a machine whose records are kept by something else. */
export function validateMailHost(args: MailHostArgs): ValidArgs {
  const machineOnly = {
    dns: { zoneFile: { ttl: 3600 } },
    dnsAccounts: [],
    requireReverseDns: false,
    parkedDomains: [],
    enableProbe: false,
  };
  return {
    ...parseAndValidate(mailHostSchema, args, (given) => contradictions({ ...given, ...machineOnly })),
    ...machineOnly,
  };
}

/** As {@link validate}, for the records alone. */
export function validateMailDns(args: MailDnsArgs): ValidDnsArgs {
  return parseAndValidate(mailDnsSchema, args, (given) => [
    ...dnsContradictions(given),
    ...dkimKeyProblems(given, args?.dkimPublicKeys),
  ]);
}

/** Reads args by their schema and judges them as a whole. */
function parseAndValidate<Shape extends z.core.$ZodLooseShape, Valid extends z.output<z.ZodObject<Shape>>>(
  schema: z.ZodObject<Shape>,
  args: object,
  contradictions: (args: PartialArgs<Valid>) => Problem[],
): Valid {
  const parsed = schema.safeParse(args);
  const malformed = parsed.error?.issues.flatMap((issue) => problemsOf(issue, args, schema)) ?? [];
  const paths = new Set(malformed.map(({ propertyPath }) => propertyPath));
  const contrary = contradictions(parseLeniently<Valid>(schema, parsed.data, args));
  const problems = [...malformed, ...contrary.filter(({ propertyPath }) => !paths.has(propertyPath))];
  if (!parsed.success || problems.length > 0) throw inputError(problems);
  return parsed.data as Valid;
}

function inputError(errors: Problem[]): Error {
  const lines = errors.map(({ propertyPath, reason }) => `  ${propertyPath || "args"}: ${reason}`);
  const count = errors.length === 1 ? "one problem" : `${errors.length} problems`;
  return new pulumi.InputPropertiesError({
    message: `The mail server's args have ${count}:\n${lines.join("\n")}`,
    errors,
  });
}

/** Turns a zod issue into a path and a reason that a person can act on. */
function problemsOf(issue: z.core.$ZodIssue, args: unknown, schema: z.ZodObject): Problem[] {
  const propertyPath = pathText(issue.path);
  const got = valueAt(args, issue.path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const known = membersAt(schema, issue.path);
      return issue.keys.map((key) => ({
        propertyPath: pathText([...issue.path, key]),
        reason: renameOf(key, known) ?? "is not known here; check the spelling, or leave it out",
      }));
    }
    case "invalid_type":
      if (pulumi.Output.isInstance(got) || got instanceof Promise) return [{ propertyPath, reason: tooLate(issue) }];
      if (got === undefined) return [{ propertyPath, reason: `is missing; give ${withArticle(issue.expected)}` }];
      return [{ propertyPath, reason: `must be ${withArticle(issue.expected)}; got ${formatValue(got)}` }];
    case "invalid_value":
      if (got === undefined)
        return [{ propertyPath, reason: `is missing; give one of ${issue.values.map(formatValue).join(", ")}` }];
      return [
        {
          propertyPath,
          reason: `${formatValue(got)} is not allowed; allowed are ${issue.values.map(formatValue).join(", ")}`,
        },
      ];
    case "invalid_key":
      return issue.issues.map(({ message }) => ({
        propertyPath,
        reason: `${formatValue(issue.path.at(-1))} ${message}`,
      }));
    case "too_small":
    case "too_big":
      return [{ propertyPath, reason: `${issue.message}; got ${formatValue(got)}` }];
    default:
      if (secretMembers.has(String(issue.path.at(-1)))) return [{ propertyPath, reason: issue.message }];
      return [{ propertyPath, reason: got === undefined ? "is missing" : `${formatValue(got)} ${issue.message}` }];
  }
}

/** Names of the members that the object at a path may have. */
function membersAt(schema: z.ZodObject, path: PropertyKey[]): string[] {
  const object = path.reduce<z.ZodObject | undefined>((within, key) => {
    if (typeof key === "number") return within;
    const member = within && membersOf(within).find(({ name }) => name === key);
    return member && objectIn(member);
  }, schema);
  return Object.keys(object?.shape ?? {});
}

/** What is said of an output where a value must be known. */
function tooLate({ path, expected }: z.core.$ZodIssueInvalidType): string {
  const example =
    path[0] === "mailboxes"
      ? 'mailboxes: [{ address: "anna@example.org", password: config.requireSecret("annasPassword") }]'
      : "config.requireObject instead of config.requireSecretObject";
  return `is an output; it must be known when the program runs, as it decides what resources there are. Give ${withArticle(expected)} itself, in which what is secret may be an output: ${example}`;
}

/**
 * The args as far as they can be read, so that what contradicts each other is found in the same run as what is malformed.
 *
 * @param valid what they say, if nothing in them is malformed
 */
function parseLeniently<Valid>(
  schema: z.ZodObject,
  valid: Record<string, unknown> | undefined,
  args: unknown,
): PartialArgs<Valid> {
  const given = (typeof args === "object" && args !== null ? args : {}) as Record<string, unknown>;
  let allEntriesRead = true;
  const members = Object.entries(schema.shape).map(([name, member]) => {
    const whole = valid ? { success: true, data: valid[name] } : member.safeParse(given[name]);
    const element = listedObject(member);
    if (!element) return [name, whole.success ? whole.data : member.safeParse(undefined).data];
    allEntriesRead &&= whole.success;
    const written = Array.isArray(given[name]) ? given[name] : [];
    const elements = whole.success ? (whole.data as object[]) : written.map((each) => element.safeParse(each).data);
    return [name, elements.flatMap((each, index) => (each ? [{ ...each, at: `${name}[${index}]` }] : []))];
  });
  return { ...Object.fromEntries(members), allEntriesRead };
}

function pathText(path: PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index ? "." : ""}${String(key)}`))
    .join("");
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

function withArticle(type: string): string {
  const names: Record<string, string> = {
    int: "a whole number",
    object: "an object",
    array: "a list",
    boolean: "true or false",
    string: "a string",
    number: "a number",
  };
  return names[type] ?? type;
}
