/** Folders that mail programs look for, by what they are for (RFC 6154). */
const folders = { Archive: "\\Archive", Drafts: "\\Drafts", Junk: "\\Junk", Sent: "\\Sent", Trash: "\\Trash" };

/** The namespace of a mailbox; written alike in both of Dovecot's languages. */
export const inbox = [
  "namespace inbox {",
  "  inbox = yes",
  "  separator = /",
  ...Object.entries(folders).flatMap(([name, use]) => [
    `  mailbox ${name} {`,
    "    auto = subscribe",
    `    special_use = ${use}`,
    "  }",
  ]),
  "}",
].join("\n");
