import { indexedTable, tableCalled } from "../../roleFiles";
import type { UserStore } from "../userStore";
import { passwordHashes } from "./passwordHashes";

/** As passwd(5), with no field but the name and the hash; Dovecot sees a change by itself. */
const path = "/etc/dovecot/passwd";

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
    "2.3": `passdb {
  driver = passwd-file
  args = scheme=BLF-CRYPT username_format=%Lu ${path}
}
userdb {
  driver = passwd-file
  args = username_format=%Lu ${path}
}`,
    "2.4": `passdb passwd-file {
  passwd_file_path = ${path}
  default_password_scheme = BLF-CRYPT
}
userdb passwd-file {
  passwd_file_path = ${path}
}`,
  },
  dovecotFiles: ({ mailboxes }, hashes = {}, endSessions) => [
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
