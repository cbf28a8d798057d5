import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import type { MailDnsArgs, MailHostArgs, MailServerArgs } from "./args";
import { dkimKeyProblems } from "./contradictions/authentication";
import { contradictions, dnsContradictions } from "./contradictions/contradictions";
import { type Problem, show, type Understood } from "./contradictions/problem";
import {
  aliasSchema,
  domainSchema,
  mailboxSchema,
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
  return judge(mailServerSchema, args, (valid) => ({ ...valid, complete: true }), contradictions);
}

/** As {@link validate}, for a machine whose records are kept by something else. */
export function validateMailHost(args: MailHostArgs): ValidArgs {
  const alone = { dns: { zoneFile: { ttl: 3600 } }, requireReverseDns: false, parkedNames: [], probe: false };
  const known = (valid: z.output<typeof mailHostSchema>) => ({ ...valid, ...alone, complete: true });
  return { ...judge(mailHostSchema, args, known, contradictions), ...alone };
}

/** As {@link validate}, for the records alone. */
export function validateMailDns(args: MailDnsArgs): ValidDnsArgs {
  const known = (valid: ValidDnsArgs) => ({ ...understood({}), ...valid, complete: true });
  return judge(mailDnsSchema, args, known, (given) => [
    ...dnsContradictions(given),
    ...dkimKeyProblems(given, args?.dkimPublicKeys),
  ]);
}

/** Reads args by their schema and judges them as a whole. `known` is what is judged together where nothing is malformed. */
function judge<Valid>(
  schema: z.ZodType<Valid>,
  args: object,
  known: (valid: Valid) => Understood,
  contradictions: (args: Understood) => Problem[],
): Valid {
  const parsed = schema.safeParse(args);
  const malformed = parsed.error?.issues.flatMap((issue) => describe(issue, args)) ?? [];
  const problems = [...malformed, ...contradictions(parsed.success ? known(parsed.data) : understood(args))];
  if (!parsed.success || problems.length > 0) throw inputError(problems);
  return parsed.data;
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
function describe(issue: z.core.$ZodIssue, args: unknown): Problem[] {
  const propertyPath = pathText(issue.path);
  const got = valueAt(args, issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        propertyPath: pathText([...issue.path, key]),
        reason: "is not known here; check the spelling, or leave it out",
      }));
    case "invalid_type":
      if (got === undefined) return [{ propertyPath, reason: `is missing; give ${article(issue.expected)}` }];
      return [{ propertyPath, reason: `must be ${article(issue.expected)}; got ${show(got)}` }];
    case "invalid_value":
      if (got === undefined)
        return [{ propertyPath, reason: `is missing; give one of ${issue.values.map(show).join(", ")}` }];
      return [
        { propertyPath, reason: `${show(got)} is not allowed; allowed are ${issue.values.map(show).join(", ")}` },
      ];
    case "invalid_key":
      return issue.issues.map(({ message }) => ({ propertyPath, reason: `${show(issue.path.at(-1))} ${message}` }));
    case "too_small":
    case "too_big":
      return [{ propertyPath, reason: `${issue.message}; got ${show(got)}` }];
    default:
      if (secretMembers.has(String(issue.path.at(-1)))) return [{ propertyPath, reason: issue.message }];
      return [{ propertyPath, reason: got === undefined ? "is missing" : `${show(got)} ${issue.message}` }];
  }
}

/**
 * Malformed args, with a stand-in for each domain, mailbox and alias that could not be read, so that what contradicts each other
 * is found in the same run as what is malformed.
 */
function understood(args: object): Understood {
  const { shape } = mailServerSchema;
  let complete = true;
  const each = <T>(list: unknown, schema: z.ZodType<T>, standIn: (index: number) => T): T[] =>
    (Array.isArray(list) ? list : []).map((element, index) => {
      const parsed = schema.safeParse(element);
      complete &&= parsed.success;
      return parsed.data ?? standIn(index);
    });
  const read = <T>(schema: z.ZodType<T>, value: unknown, otherwise: T): T => schema.safeParse(value).data ?? otherwise;
  const given = (typeof args === "object" && args !== null ? args : {}) as Partial<MailServerArgs>;
  const domains = each(given.domains, domainSchema, (index) => domainSchema.parse({ name: `unread-${index}.example` }));
  const standInAddress = (index: number) => `unread-${index}@${domains[0]?.name ?? "unread.example"}`;
  const mailboxes = each(given.mailboxes, mailboxSchema, (index) => ({
    address: standInAddress(index),
    password: pulumi.secret(""),
  }));
  const aliases = each(given.aliases, aliasSchema, (index) => ({
    address: `alias-${standInAddress(index)}`,
    destinations: ["unread@unread.example"],
  }));
  return {
    hostname: shape.hostname.safeParse(given.hostname).data,
    domains,
    mailboxes,
    aliases,
    complete: complete && domains.length > 0,
    host: read(shape.host, given.host, { ssh: sshStandIn }),
    certificate: read(shape.certificate, given.certificate, { acme: { directoryUrl: "" } }),
    dns: read(shape.dns, given.dns, { zoneFile: { ttl: 3600 } }),
    firewall: read(shape.firewall, given.firewall, { enabled: true, morePorts: [] }),
    reverseDns: read(shape.reverseDns, given.reverseDns, undefined),
    requireReverseDns: true,
    parkedNames: read(shape.parkedNames, given.parkedNames, []),
    dane: true,
    caa: true,
    relayHost: read(shape.relayHost, given.relayHost, undefined),
    hostnameDkim: read(shape.hostnameDkim, given.hostnameDkim, undefined),
    postmaster: read(shape.postmaster, given.postmaster, "unread@unread.example"),
    recipientDelimiter: read(shape.recipientDelimiter, given.recipientDelimiter, ""),
    trustedClients: [],
    messageSizeLimit: 0,
    submission: read(shape.submission, given.submission, { keepClientHeaders: false, freeSenders: [] }),
    postfix: { mainCf: {}, masterCf: [] },
    dovecot: { conf: "" },
    opendkim: { conf: "" },
    enablePop3: given.enablePop3 === true,
    probe: true,
  };
}

const sshStandIn = { address: "", port: 22, user: "root", hostKey: "" };

function pathText(path: PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index ? "." : ""}${String(key)}`))
    .join("");
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

function article(type: string): string {
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
