import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { z } from "zod";
import type { MailDnsArgs, MailHostArgs, MailServerArgs } from "../../components/args";
import { argsObject, membersOf, secretsOf } from "../../components/declaration";
import {
  argsObjects,
  type mailDnsSchema,
  type mailHostSchema,
  type mailServerSchema,
  secretMembers,
} from "../../components/schema";
import { secretInput } from "../../components/schemaFields";
import { checkout } from "../../lab/paths";
import { argsFiles } from "../../plugin/argsFiles";
import { argsSource } from "../../plugin/argsSource";

/** Every member of a type, at any depth, as a path. */
type Paths<T> = T extends string | number | boolean | pulumi.Output<unknown> | Promise<unknown>
  ? never
  : T extends (infer Element)[]
    ? Paths<Element>
    : { [Name in keyof T & string]-?: Name | `${Name}.${Paths<NonNullable<T[Name]>>}` }[keyof T & string];

/** Whether each of two types takes what the other takes, and neither has a member more: one that may be left out would not show otherwise. */
type Same<A, B> = [A, B] extends [B, A] ? ([Paths<A>, Paths<B>] extends [Paths<B>, Paths<A>] ? true : false) : false;

/** The compiler refuses this line where what people may write and what the schema takes are not the same. */
const agree: [
  Same<MailServerArgs, z.input<typeof mailServerSchema>>,
  Same<MailHostArgs, z.input<typeof mailHostSchema>>,
  Same<MailDnsArgs, z.input<typeof mailDnsSchema>>,
] = [true, true, true];

test.each(Object.entries(argsFiles()))("%s says what the schema declares; `npm run args` writes it", (path, wanted) => {
  expect(agree).toEqual([true, true, true]);
  expect(readFileSync(join(checkout, path), "utf8")).toBe(wanted);
});

test("every member of the args has a description", () => {
  const members = argsObjects.flatMap(membersOf);
  expect(members.length).toBeGreaterThan(130);
  expect(members.filter(({ meta }) => !meta.description)).toEqual([]);
});

test("the secrets of the args are those that the schema takes as secrets", () => {
  expect([...secretMembers].sort()).toEqual(
    [
      ...["password", "passwordHash", "weakPasswordHash", "privateKey", "privateKeyPassword", "keySecret"],
      ...["hmacKey", "apiToken", "token"],
      ...["applicationKey", "applicationSecret", "consumerKey", "clientId", "clientSecret", "accessToken"],
    ].sort(),
  );
});

test("an interface says of a member its type, its default, an example and whether it may be left out", () => {
  const inner = argsObject("InnerArgs", "Something inside.", {
    key: secretInput(() => undefined).meta({ description: "A key. Always kept as a secret." }),
  });
  const outer = argsObject("OuterArgs", "Something.", {
    size: z.int().default(3).meta({ description: "Its size, in bytes." }),
    names: z
      .array(z.string())
      .default([])
      .meta({ description: "Names.", example: ["a", "b"] }),
    inner: inner.optional().meta({ description: "What is inside.", default: "nothing" }),
  });
  expect(secretsOf(inner)).toEqual(["key"]);
  expect(argsSource([outer, inner]).split('export * from "./enums";\n\n')[1]).toBe(`/** Something. */
export interface OuterArgs {
  /** Its size, in bytes. @default 3 */
  size?: number;

  /**
   * Names.
   * @default - none
   * @example ["a", "b"]
   */
  names?: string[];

  /** What is inside. @default - nothing */
  inner?: InnerArgs;
}

/** Something inside. */
export interface InnerArgs {
  /** A key. Always kept as a secret. */
  key: Input<string>;
}
`);
});
