import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { mailDnsSchema, mailHostSchema, mailServerSchema, secretMembers } from "../../components/schema";
import { type ObjectSchema, type PackageSchema, type PropertySchema, packageSchema } from "../../plugin/schema";

/** What programs in other languages see of the components, against what the components themselves take. */
describe("the schema for other languages", () => {
  let schema: PackageSchema;
  beforeAll(async () => {
    schema = await packageSchema();
  }, 180_000);

  test.each([
    ["MailServer", mailServerSchema],
    ["MailDns", mailDnsSchema],
    ["MailHost", mailHostSchema],
  ])("has every arg of %s, whole; enumerations with all their values", (component, args) => {
    expect(differences(args, schema.resources[`mailserver:index:${component}`]?.inputProperties)).toEqual([]);
  });

  test("says of every member, of args and of outputs, what it is", () => {
    const members = Object.entries({ ...schema.types, ...schema.resources }).flatMap(([type, { ...object }]) =>
      Object.entries({ ...object.properties, ...object.inputProperties }).map(([name, member]) => ({
        name: `${type}.${name}`,
        member,
      })),
    );
    expect(members.length).toBeGreaterThan(100);
    expect(members.filter(({ member }) => !member.description || /\[object/.test(member.description))).toEqual([]);
  });

  test("marks every secret as one", () => {
    const marked = Object.values(schema.types).flatMap(({ properties = {} }) =>
      Object.entries(properties).flatMap(([name, { secret }]) => (secret ? [name] : [])),
    );
    expect(new Set(marked)).toEqual(secretMembers);
    expect(schema.resources["mailserver:index:MailDns"]?.properties?.dkimPrivateKeys?.secret).toBe(true);
  });

  test("has the outputs", () => {
    const outputs = (component: string) =>
      Object.keys(schema.resources[`mailserver:index:${component}`]?.properties ?? {}).sort();
    const told = ["dkimRecords", "records", "reverseRecords", "zoneFile"];
    const machine = ["address", "addressV6", "clientSettings", "host", "hostname", "manifestHash"];
    expect(outputs("MailServer")).toEqual([...machine, ...told].sort());
    expect(outputs("MailDns")).toEqual(["dkimPrivateKeys", ...told].sort());
    expect(outputs("MailHost")).toEqual(
      ["acmeAccount", "certificateKey", "dkimPublicKeys", ...machine, ...told].sort(),
    );
  });

  /** Where the members of a zod object and those of a type in the schema differ. */
  function differences(object: z.ZodType, members: ObjectSchema["properties"] = {}, path = "args"): string[] {
    const { shape } = bare(object) as z.ZodObject;
    const missing = Object.keys(shape).filter((name) => !members[name]);
    const unknown = Object.keys(members).filter((name) => !(name in shape));
    return [
      ...missing.map((name) => `${path}.${name} is not in the schema`),
      ...unknown.map((name) => `${path}.${name} is no arg`),
      ...Object.entries(members).flatMap(([name, member]) =>
        name in shape ? memberDifferences(shape[name] as z.ZodType, member, `${path}.${name}`) : [],
      ),
    ];
  }

  function memberDifferences(wrapped: z.ZodType, member: PropertySchema, path: string): string[] {
    const type = bare(wrapped);
    if (type instanceof z.ZodArray)
      return member.type === "array" && member.items
        ? memberDifferences(type.element as z.ZodType, member.items, `${path}[]`)
        : [`${path} is no list`];
    const referred = schema.types[member.$ref?.replace("#/types/", "") ?? ""];
    if (type instanceof z.ZodObject) return differences(type, referred?.properties, path);
    if (type instanceof z.ZodEnum) {
      const values = referred?.enum?.map(({ value }) => value) ?? [];
      return type.options.join() === values.join() ? [] : [`${path} has the values ${values.join()}`];
    }
    const plain: Record<string, string> = {
      boolean: "boolean",
      number: "number",
      int: "number",
      record: "object",
      custom: "object",
    };
    const expected = plain[type.def.type] ?? "string";
    return member.type === expected ? [] : [`${path} is a ${member.type}, not a ${expected}`];
  }

  /** Without what fills in and converts. */
  function bare(type: z.ZodType): z.ZodType {
    if (type instanceof z.ZodOptional || type instanceof z.ZodDefault || type instanceof z.ZodPrefault)
      return bare(type.unwrap() as z.ZodType);
    // A value that may be an output is judged by code of its own; those that are converted are texts.
    if (type instanceof z.ZodPipe) return type.in instanceof z.ZodCustom ? z.string() : bare(type.in as z.ZodType);
    return type;
  }
});
