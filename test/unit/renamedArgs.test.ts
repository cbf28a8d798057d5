import { expect, test } from "vitest";
import type { z } from "zod";
import { membersOf, objectIn } from "../../components/declaration";
import { renamedArgs } from "../../components/renamedArgs";
import { mailDnsSchema, mailHostSchema, mailServerSchema } from "../../components/schema";
import { validate, validateMailDns, validateMailHost } from "../../components/validate";

interface Place {
  path: string;
  object: z.ZodObject;
  /** Args in which that object, and nothing else, is this one. */
  argsWith: (object: object) => object;
}

/** Every object within an object of the args, itself included. */
function places(object: z.ZodObject, path = "", argsWith: Place["argsWith"] = (inner) => inner): Place[] {
  const within = membersOf(object).flatMap((member) => {
    const inner = objectIn(member);
    if (!inner) return [];
    const isList = member.type._zod.def.type === "array";
    return places(inner, `${path}${member.name}${isList ? "[0]" : ""}.`, (each) =>
      argsWith({ [member.name]: isList ? [each] : each }),
    );
  });
  return [{ path, object, argsWith }, ...within];
}

const components: [string, z.ZodObject, (args: never) => unknown][] = [
  ["MailServer", mailServerSchema, validate],
  ["MailHost", mailHostSchema, validateMailHost],
  ["MailDns", mailDnsSchema, validateMailDns],
];

test.each(Object.entries(renamedArgs))(
  "the earlier name %s is refused wherever it was allowed, with the present one",
  (earlier, { name }) => {
    const [member = ""] = name.split(".");
    const tried = components.flatMap(([, schema, judged]) =>
      places(schema)
        .filter(({ object }) => member in object.shape)
        .map(({ path, argsWith }) => {
          expect(() => judged(argsWith({ [earlier]: "a value" }) as never)).toThrow(
            `  ${path}${earlier}: is called ${name} now`,
          );
          return path;
        }),
    );
    expect(tried).not.toEqual([]);
  },
);

test("an earlier name is not known where nothing was called so", () => {
  const args = { firewall: { address: "192.0.2.1" }, constructor: 1 };
  expect(() => validate(args as never)).toThrow("  firewall.address: is not known here");
  expect(() => validate(args as never)).toThrow("  constructor: is not known here");
});

test("an earlier name is refused with what else is different", () => {
  const refused = () => validate({ reapply: "again", dns: { ovh: { existing: "adopt" } } } as never);
  expect(refused).toThrow("  reapply: is called triggers now, where it is a list; rename it");
  expect(refused).toThrow(
    "  dns.ovh.existing: is called conflictingRecords now, where `refuse` is `fail`, and `adopt` is `keep`; rename it",
  );
});
