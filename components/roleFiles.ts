import type { RoleFile } from "./role";

/** A file that anybody on the machine may read. */
export function publicFile(path: string, content: string): RoleFile {
  return { path, owner: "root", group: "root", mode: "0644", content, secret: false };
}

/** Folder of Postfix's look-up tables. */
export const tableFolder = "/etc/postfix/tables";

/** Where a table of this name lies, and how main.cf refers to it. @default type - an indexed one */
export function tableCalled(name: string, type = "hash"): { path: string; lookup: string } {
  const path = `${tableFolder}/${name}`;
  return { path, lookup: `${type}:${path}` };
}

/** A look-up table of Postfix, with its index beside it. */
export function indexedTable(path: string, entries: [key: string, value: string][]): RoleFile {
  return { ...publicFile(path, entries.map(([key, value]) => `${key} ${value}\n`).join("")), postmap: "hash" };
}
