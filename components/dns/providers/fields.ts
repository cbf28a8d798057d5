import * as z from "zod";
import { ConflictingRecords } from "../../enums";
import { matching, secretInput } from "../../schemaFields";

/** What people read about the member. */
export const conflictsDescription =
  "What happens where MX and SPF records of another mail server stand at the same names.";

/** Providers change nothing that is not the stack's. */
export const conflictsAtProvider = z
  .enum(ConflictingRecords)
  .refine(
    (value) => value !== ConflictingRecords.Replace,
    `is possible for rfc2136 only; delete the records at the provider or import them with \`pulumi import\`, and leave conflictingRecords out`,
  )
  .default(ConflictingRecords.Fail)
  .meta({ description: conflictsDescription });

/** What a provider takes as time to live: a range of seconds, or its own word for "as you like". */
export const providerTtl = (automatic: number, max: number) =>
  z
    .int("must be a whole number of seconds")
    .refine((ttl) => ttl === automatic || (ttl >= 60 && ttl <= max), `must be ${automatic} or 60 to ${max} seconds`)
    .default(3600);

/** Seconds that a zone file can name; a provider's word for "as you like" has no place there. */
export const ttlInSeconds = ({ ttl }: { ttl: number }): number => Math.max(ttl, 60);

/** The name of an account, which is part of the name of a resource. */
export const accountName = matching(
  /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/,
  "is not a name for an account; allowed are up to 32 lower-case letters, digits and inner hyphens",
);

/** Which account at the provider it is. */
export const accountMember = (credentials: string) =>
  accountName.optional().meta({
    description: "Name of the account at the provider: one of `dnsAccounts`.",
    default: `the account of the provider's own credentials (${credentials})`,
  });

/** A text to log in with, and what it is. */
export const credential = (what: string) =>
  secretInput((text) =>
    /^[!-~]([ -~]*[!-~])?$/.test(text)
      ? undefined
      : "must be one line of printable ASCII characters, not empty, without spaces at its ends",
  ).meta({ description: `${what} Always kept as a secret.` });
