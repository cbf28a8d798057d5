import type { Quota } from "../../model";
import type { DovecotFeatures } from "../../platforms/platform";
import { indexedTable, publicFile, tableCalled } from "../../roleFiles";
import type { UserStore } from "../userStore";
import { passwordHashes } from "./passwordHashes";

/** As passwd(5), with no field but the name and the hash; Dovecot sees a change by itself. */
const path = "/etc/dovecot/passwd";

/** The same without passwords, where something is to be said of mailboxes: limits, and which aliases they hold for. */
const usersPath = "/etc/dovecot/users";

/** A name alone is another store's; it would count as a wrong one here. */
const onlyAddresses = "  username_filter = *@*\n";

/** Whom this store does not know may have logged in by another: fail2ban would take that for a guess. */
const silently = "  auth_verbose = no\n";

const mailboxTable = tableCalled("mailboxes");

/** The mailboxes of the stack, in a file. Its secrets are their password hashes, each with its scheme in front. */
export const passwdFile = {
  name: "passwdFile",
  mailboxMap: mailboxTable.lookup,
  postfixFiles: ({ mailboxes }) => [
    indexedTable(
      mailboxTable.path,
      mailboxes.map((address) => [address, "mailbox"]),
    ),
  ],
  dovecot: {
    "2.3": ({ quota, systemAccounts }) => `passdb {
  driver = passwd-file
  args = scheme=BLF-CRYPT username_format=%Lu ${path}
${systemAccounts ? onlyAddresses : ""}}
userdb {
  driver = passwd-file
  args = username_format=%Lu ${quota ? usersPath : path}
${systemAccounts ? silently : ""}}`,
    "2.4": ({ quota, systemAccounts }) => `passdb passwd-file {
  passwd_file_path = ${path}
  default_password_scheme = BLF-CRYPT
${systemAccounts ? onlyAddresses : ""}}
userdb passwd-file {
  passwd_file_path = ${quota ? usersPath : path}
${systemAccounts ? silently : ""}}`,
  },
  dovecotFiles: ({ mailboxes, quota, platform }, hashes = {}, endSessions) => [
    ...(quota ? [publicFile(usersPath, users(mailboxes, quota, platform.dovecot.dialect))] : []),
    {
      path,
      owner: "root",
      group: "dovecot",
      mode: "0640",
      content: mailboxes.map((address) => `${address}:${hashes[address] ?? ""}::::::\n`).join(""),
      secret: true,
      endSessions,
    },
  ],
  secrets: passwordHashes,
  knows: ({ mailboxes }) => {
    const addresses = new Set(mailboxes.map(({ address }) => address));
    return (address) => addresses.has(address);
  },
} satisfies UserStore<Record<string, string>>;

/** Whom Dovecot knows, with their limits. Postfix asks about the address that a client names, which may be an alias: it stands for the mailbox it leads to. */
function users(mailboxes: string[], { ofMailbox, aliases }: Quota, dialect: DovecotFeatures["dialect"]): string {
  const limit = (mailbox: string) => {
    const size = ofMailbox[mailbox];
    return size === undefined ? [] : [limitField[dialect](size)];
  };
  const led = aliases.map(([alias, mailbox]) => ({
    name: alias,
    fields: [`userdb_user=${mailbox}`, ...limit(mailbox)],
  }));
  return [...mailboxes.map((name) => ({ name, fields: limit(name) })), ...led]
    .map(({ name, fields }) => `${name}:::::::${fields.join(" ")}\n`)
    .join("");
}

/** A limit as a field of passwd-file. */
const limitField: Record<DovecotFeatures["dialect"], (size: string) => string> = {
  "2.3": (size) => `userdb_quota_rule=*:storage=${size === "unlimited" ? "0" : size}`,
  "2.4": (size) => `userdb_quota_storage_size=${size}`,
};
