import type { MailModel, RelayHost } from "../../model";
import type { RoleFile } from "../role";

const folder = "/etc/postfix/tables";

/** Postfix's look-up tables: where each lies and how main.cf refers to it. */
export const tables = {
  domains: table("domains"),
  mailboxes: table("mailboxes"),
  aliases: table("aliases"),
  senders: table("senders"),
  local: table("local-aliases"),
  relayLogin: { path: `${folder}/relay-login`, lookup: `texthash:${folder}/relay-login` },
  trustedClients: { path: `${folder}/trusted-clients`, lookup: `cidr:${folder}/trusted-clients` },
  submissionHeaders: { path: `${folder}/submission-headers`, lookup: `regexp:${folder}/submission-headers` },
} as const;

/** Folder of all tables. */
export const tableFolder = folder;

function table(name: string) {
  return { path: `${folder}/${name}`, lookup: `hash:${folder}/${name}` };
}

/**
 * The files of all tables. Indexed ones are built with `postmap` by the activation; Postfix opens the new index by itself.
 *
 * @param relayPassword with which the server logs in at its relay host
 */
export function tableFiles(model: MailModel, relayPassword: string): RoleFile[] {
  const { domains, mailboxes, aliases, senders, postmaster } = model;
  return [
    indexed(
      tables.domains.path,
      domains.map(({ name }) => [name, "virtual"]),
    ),
    indexed(
      tables.mailboxes.path,
      mailboxes.map((address) => [address, "mailbox"]),
    ),
    indexed(
      tables.aliases.path,
      aliases.map(({ address, targets }) => [address, targets.join(", ")]),
    ),
    indexed(
      tables.senders.path,
      senders.map(({ address, targets }) => [address, targets.join(", ")]),
    ),
    // In the form of aliases(5), keys without a colon: postmap, not newaliases, builds the index.
    indexed(
      tables.local.path,
      ["root", "postmaster", "abuse", "hostmaster"].map((name) => [name, postmaster]),
    ),
    ...relayLogin(model, relayPassword),
    ...trusted(model),
    ...(model.platform.postfix === "3.10" ? [] : [plain(tables.submissionHeaders.path, submissionHeaders)]),
  ];
}

/** As main.cf calls the relay host: without a look-up of its MX records. */
export function nextHop({ hostname, port }: RelayHost): string {
  return `[${hostname}]:${port}`;
}

function trusted({ trustedClients }: MailModel): RoleFile[] {
  if (trustedClients.length === 0) return [];
  return [plain(tables.trustedClients.path, trustedClients.map((block) => `${block} OK\n`).join(""))];
}

/** smtp(8) reads it before it enters its cage, so that root alone may. */
function relayLogin({ relayHost }: MailModel, password: string): RoleFile[] {
  if (relayHost?.user === undefined) return [];
  const content = `${nextHop(relayHost)} ${relayHost.user}:${password}\n`;
  return [{ ...plain(tables.relayLogin.path, content), mode: "0600", secret: true }];
}

function indexed(path: string, entries: [key: string, value: string][]): RoleFile {
  const lines = entries.map(([key, value]) => `${key} ${value}`);
  return { ...plain(path, lines.map((line) => `${line}\n`).join("")), postmap: "hash" };
}

function plain(path: string, content: string): RoleFile {
  return { path, owner: "root", group: "root", mode: "0644", content, secret: false };
}

const submissionHeaders = "/^Received:/ IGNORE\n";
