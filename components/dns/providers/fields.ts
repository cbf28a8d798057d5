import * as z from "zod";
import { ConflictingRecords } from "../../enums";

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
