import * as z from "zod";

/**
 * What a member of the args says of itself beside its type: `components/args.ts`, the component schema, README's table and the check for secrets follow
 * from it. A default that is a value is not said again; the schema has it.
 */
declare module "zod" {
  interface GlobalMeta {
    /** What the member is: units, shapes, source. Paragraphs have an empty line between them. */
    description?: string;
    /** What holds without the member, in words, where no value says it. */
    default?: string;
    /** A value that a person could give. */
    example?: unknown;
    /** Its value must be shown to nobody. */
    secret?: boolean;
    /** Its type in TypeScript, where the schema does not tell it. */
    type?: string;
    /** An object that people know by a name of its own. */
    interface?: Interface;
  }
}

/** An object of the args, as an interface. */
interface Interface {
  name: string;
  about: string;
}

/**
 * An object of the args with an interface of its own.
 *
 * @param problemOf what is wrong with members that are right each by itself
 */
export function argsObject<Shape extends z.core.$ZodLooseShape>(
  name: string,
  about: string,
  shape: Shape,
  problemOf?: (given: z.output<z.ZodObject<Shape>>) => string | undefined,
) {
  const object = z.strictObject(shape);
  const judged = problemOf
    ? object.superRefine((given, context) => {
        const message = problemOf(given as z.output<z.ZodObject<Shape>>);
        if (message !== undefined) context.issues.push({ code: "custom", input: given, message });
      })
    : object;
  return judged.meta({ interface: { name, about } });
}

/** A member of an object of the args. */
export interface Member {
  name: string;
  /** Whether it may be left out. */
  optional: boolean;
  /** The value that it has where it is left out. @default - none, or one that `meta.default` tells in words */
  value?: unknown;
  /** Its type, without what fills in and converts. */
  type: z.core.$ZodType;
  meta: z.core.GlobalMeta;
}

/** The members of an object of the args. */
export function membersOf(object: z.core.$ZodType): Member[] {
  const { type } = bare(object);
  return type instanceof z.ZodObject
    ? Object.entries(type.shape).map(([name, schema]) => ({ name, ...bare(schema) }))
    : [];
}

/** The object that a member is, or a list of which it is. */
export function objectIn({ type }: Pick<Member, "type">): z.ZodObject | undefined {
  if (type instanceof z.ZodObject) return type;
  return type instanceof z.ZodArray ? objectIn(bare(type.element)) : undefined;
}

/** The object of which a member is a list. */
export function listedObject(schema: z.core.$ZodType): z.ZodObject | undefined {
  const { type } = bare(schema);
  return type instanceof z.ZodArray ? objectIn(bare(type.element)) : undefined;
}

/** How an object of the args is known to people. */
export function interfaceOf(object: z.ZodObject): Interface {
  const known = object.meta()?.interface;
  if (known === undefined) throw new Error(`An object with ${Object.keys(object.shape).join(", ")} has no interface`);
  return known;
}

/** A schema without what fills in and converts, and what these say. */
export function bare(schema: z.core.$ZodType): Omit<Member, "name"> {
  const meta = z.globalRegistry.get(schema) ?? {};
  const inner = innerOf(schema);
  if (inner === undefined) return { type: schema, optional: false, meta };
  const { def } = schema._zod as { def: { type: string; defaultValue?: unknown } };
  const within = bare(inner);
  const said = {
    type: within.type,
    optional: within.optional || ["optional", "default", "prefault"].includes(def.type),
    meta: { ...within.meta, ...meta },
  };
  if (def.type === "default") return { ...said, value: def.defaultValue };
  return "value" in within ? { ...said, value: within.value } : said;
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return schema.unwrap();
  return schema instanceof z.ZodPipe ? schema.in : undefined;
}

/** Every object of the args in some objects, themselves included: each once, before those that it is made of. */
export function objectsIn(roots: z.ZodObject[]): z.ZodObject[] {
  const found = new Map<string, z.ZodObject>();
  const visit = (object: z.ZodObject) => {
    const { name } = interfaceOf(object);
    if (found.has(name)) return;
    found.set(name, object);
    for (const member of membersOf(object)) {
      const inner = objectIn(member);
      if (inner) visit(inner);
    }
  };
  roots.forEach(visit);
  return [...found.values()];
}

/** Names of the members of an object that are secrets. */
export function secretsOf(object: z.ZodObject): string[] {
  return membersOf(object).flatMap(({ name, meta }) => (meta.secret ? [name] : []));
}
