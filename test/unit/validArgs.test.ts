import fc from "fast-check";
import { expect, it } from "vitest";
import type { z } from "zod";
import { mailServerSchema } from "../../components/schema";
import { validate } from "../../components/validate";
import { validArgs } from "./validArgs";

/** Every member that args can have, as a path: `domains[].dkim.selector`. */
function members(schema: z.core.$ZodType, path = ""): string[] {
  const { def } = schema._zod as unknown as { def: Record<string, unknown> & { type: string } };
  const below = (inner: unknown, at = path) => members(inner as z.core.$ZodType, at);
  if (def.type === "object")
    return Object.entries(def.shape as object).flatMap(([name, member]) => {
      const at = path === "" ? name : `${path}.${name}`;
      return [at, ...below(member, at)];
    });
  if (def.type === "array") return below(def.element, `${path}[]`);
  if (def.type === "pipe") return below(def.in);
  return def.innerType === undefined ? [] : below(def.innerType);
}

/** Every member that stands in some args. */
function used(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => used(each, `${path}[]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => {
    const at = path === "" ? name : `${path}.${name}`;
    return each === undefined ? [] : [at, ...used(each, at)];
  });
}

it("the generator of valid args draws every member, and whatever it draws is taken", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(validArgs, (args) => {
      validate(args);
      for (const member of used(args)) seen.add(member);
    }),
    { numRuns: 500, seed: 1 },
  );
  // A zone that is named must hold every name; `validate.test.ts` has it.
  const isZone = (member: string) => /^(domains\[\]\.)?dns\.\w+\.zone$/.test(member);
  expect(members(mailServerSchema).filter((member) => !seen.has(member) && !isZone(member))).toEqual([]);
});
