import type { RoleFile } from "./role";

/** A file that anybody on the machine may read. */
export function publicFile(path: string, content: string): RoleFile {
  return { path, owner: "root", group: "root", mode: "0644", content, secret: false };
}

/** Folder of Postfix's look-up tables. */
export const tableFolder = "/etc/postfix/tables";

/** Where an indexed table of this name lies, and how main.cf refers to it. */
export function tableCalled(name: string): { path: string; lookup: string } {
  return { path: `${tableFolder}/${name}`, lookup: `hash:${tableFolder}/${name}` };
}

/** A look-up table of Postfix, with its index beside it. */
export function indexedTable(path: string, entries: [key: string, value: string][]): RoleFile {
  return { ...publicFile(path, entries.map(([key, value]) => `${key} ${value}\n`).join("")), postmap: "hash" };
}
