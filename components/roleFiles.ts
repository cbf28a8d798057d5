import type { RoleFile } from "./role";

/** A file that anybody on the machine may read. */
export function publicFile(path: string, content: string): RoleFile {
  return { path, owner: "root", group: "root", mode: "0644", content, secret: false };
}

/** A look-up table of Postfix, with its index beside it. */
export function indexedTable(path: string, entries: [key: string, value: string][]): RoleFile {
  return { ...publicFile(path, entries.map(([key, value]) => `${key} ${value}\n`).join("")), postmap: "hash" };
}
