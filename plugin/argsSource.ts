import { z } from "zod";
import { bare, interfaceOf, type Member, membersOf } from "../components/declaration";
import * as enums from "../components/enums";

/** The longest line. */
const width = 120;

/** `components/args.ts`: the interfaces of the objects of the args, as people see them. */
export function argsSource(objects: z.ZodObject[]): string {
  const interfaces = objects.map(interfaceSource);
  const named = Object.keys(enums)
    .filter((name) => interfaces.some((text) => new RegExp(`: ${name}\\b`).test(text)))
    .sort();
  return `// Written by \`npm run args\`: what stands here is declared in schema*.ts, services/*/settings.ts and dns/providers/.

import type { Input } from "@pulumi/pulumi";
${importOf(named)}

export * from "./enums";

${interfaces.join("\n")}`;
}

/** An import of types, as Biome formats it. */
function importOf(names: string[]): string {
  const short = `import type { ${names.join(", ")} } from "./enums";`;
  return short.length <= width
    ? short
    : `import type {\n${names.map((name) => `  ${name},\n`).join("")}} from "./enums";`;
}

function interfaceSource(object: z.ZodObject): string {
  const { name, about } = interfaceOf(object);
  const body = membersOf(object).map(
    (member) =>
      `${comment(textOf(member, name), tagsOf(member), "  ")}  ${member.name}${member.optional ? "?" : ""}: ${typeOf(member)};\n`,
  );
  return `${comment(about, [], "")}export interface ${name} {\n${body.join("\n")}}\n`;
}

function textOf({ name, meta }: Member, of: string): string {
  if (!meta.description) throw new Error(`${of}.${name} has no description`);
  return meta.description;
}

function tagsOf(member: Member): string[] {
  const value = defaultText(member);
  const example = member.meta.example === undefined ? [] : [`@example ${literal(member.meta.example)}`];
  return [...(value === undefined ? [] : [`@default ${value}`]), ...example];
}

/** What holds without a member: a value, or words after a dash. */
function defaultText(member: Member): string | undefined {
  if (member.meta.default !== undefined) return `- ${member.meta.default}`;
  return member.value === undefined ? undefined : valueText(member);
}

function valueText({ type, value }: Member): string {
  if (type instanceof z.ZodEnum) {
    const key = Object.entries(type.enum).find(([, each]) => each === value)?.[0];
    return `${enumName(type)}.${key}`;
  }
  return isEmpty(value) ? "- none" : literal(value);
}

/** Whether a default says no more than that there is nothing. */
export function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function typeOf({ type, meta }: Pick<Member, "type" | "meta">): string {
  if (meta.type !== undefined) return meta.type;
  if (type instanceof z.ZodObject) return interfaceOf(type).name;
  if (type instanceof z.ZodArray) return `${typeOf(bare(type.element))}[]`;
  if (type instanceof z.ZodRecord) return `Record<${typeOf(bare(type.keyType))}, ${typeOf(bare(type.valueType))}>`;
  if (type instanceof z.ZodEnum) return enumName(type);
  const plain: Record<string, string> = { string: "string", number: "number", boolean: "boolean" };
  const name = plain[type._zod.def.type];
  if (name === undefined) throw new Error(`A ${type._zod.def.type} has no type in TypeScript; say it in meta.type`);
  return name;
}

function enumName(type: z.ZodEnum): string {
  const [name] = Object.entries(enums).find(([, each]) => each === type.enum) ?? [];
  if (name === undefined) throw new Error(`An enum of ${type.options.join(", ")} is not in components/enums.ts`);
  return name;
}

/** A value as a person would write it in TypeScript. */
function literal(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return JSON.stringify(value).replaceAll('","', '", "');
  const key = (name: string) => (/^\w+$/.test(name) ? name : JSON.stringify(name));
  return `{ ${Object.entries(value)
    .map(([name, each]) => `${key(name)}: ${literal(each)}`)
    .join(", ")} }`;
}

/** A doc comment, on one line where it fits. */
function comment(text: string, tags: string[], indent: string): string {
  const short = `${indent}/** ${[text, ...tags].join(" ")} */`;
  if (short.length <= width && tags.length < 2 && !text.includes("\n")) return `${short}\n`;
  const lines = [
    ...text.split("\n\n").flatMap((paragraph, index) => [...(index ? [""] : []), ...wrapped(paragraph, indent)]),
  ];
  const all = [...lines, ...tags.flatMap((tag) => wrapped(tag, indent))];
  return `${indent}/**\n${all.map((line) => `${indent} * ${line}`.trimEnd() + "\n").join("")}${indent} */\n`;
}

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && `${indent} * ${last} ${word}`.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
