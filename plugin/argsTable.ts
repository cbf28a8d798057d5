import { z } from "zod";
import { type Member, membersOf, objectIn } from "../components/declaration";
import { isEmpty } from "./argsSource";

/** README's table of the args: a row for each member, and one for each member of an object that holds others. */
export function argsTable(args: z.ZodObject): string {
  const rows = membersOf(args).flatMap((member) => rowsOf(member, member.name));
  return ["| member | what | default |", "| --- | --- | --- |", ...rows].join("\n");
}

function rowsOf(member: Member, path: string): string[] {
  const inner = objectIn(member);
  const within = inner ? membersOf(inner) : [];
  if (!within.some(objectIn)) return [row(member, path, within)];
  const at = member.type instanceof z.ZodArray ? `${path}[]` : path;
  return [
    row(member, path, []),
    ...within.map((each) => {
      const object = objectIn(each);
      return row(each, `${at}.${each.name}`, object ? membersOf(object) : []);
    }),
  ];
}

function row(member: Member, path: string, within: Member[]): string {
  const [sentence = ""] = /^.*?(?=\.(\s+[A-Z`]|$))/s.exec(member.meta.description ?? "") ?? [];
  const names = within.map(({ name }) => `\`${name}\``).join(", ");
  const what = names === "" ? sentence : `${sentence} (${names})`;
  return `| \`${path}\` | ${cell(what)} | ${cell(defaultOf(member))} |`;
}

function defaultOf({ optional, meta, value }: Member): string {
  if (meta.default !== undefined) return meta.default;
  if (value === undefined) return optional ? "" : "required";
  return isEmpty(value) ? "none" : `\`${value}\``;
}

function cell(text: string): string {
  return text.replaceAll("\n", " ").replaceAll("|", "\\|");
}
