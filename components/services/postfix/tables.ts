import type { MachineModel, RelayHost } from "../../model";
import type { RoleFile } from "../../role";
import { indexedTable, publicFile, tableCalled } from "../../roleFiles";
import { postfixUserFiles } from "../../users";
import { lmtpTransport } from "../paths";
import { ruleTables } from "./ruleTables";

/** Postfix's look-up tables: where each lies and how main.cf refers to it. */
export const tables = {
  domains: tableCalled("domains"),
  aliases: tableCalled("aliases"),
  senders: tableCalled("senders"),
  local: tableCalled("local-aliases"),
  relayLogin: tableCalled("relay-login", "texthash"),
  trustedClients: tableCalled("trusted-clients", "cidr"),
  resultHeaders: tableCalled("result-headers", "regexp"),
  milterHeaders: tableCalled("milter-headers", "regexp"),
  submissionHeaders: tableCalled("submission-headers", "regexp"),
} as const;

/**
 * The files of all tables. Indexed ones are built with `postmap` by the activation; Postfix opens the new index by itself.
 *
 * @param relayPassword with which the server logs in at its relay host
 */
export function tableFiles(model: MachineModel, relayPassword: string): RoleFile[] {
  const { domains, aliases, senders, localAliases } = model;
  return [
    indexedTable(
      tables.domains.path,
      domains.map(({ name }) => [name, "virtual"]),
    ),
    ...postfixUserFiles(model, lmtpTransport),
    indexedTable(
      tables.aliases.path,
      aliases.map(({ address, targets }) => [address, targets.join(", ")]),
    ),
    indexedTable(
      tables.senders.path,
      senders.map(({ address, targets }) => [address, targets.join(", ")]),
    ),
    // In the form of aliases(5), keys without a colon: postmap, not newaliases, builds the index.
    indexedTable(
      tables.local.path,
      localAliases.map(({ name, targets }) => [name, targets.join(", ")]),
    ),
    ...relayLogin(model, relayPassword),
    ...trusted(model),
    publicFile(tables.resultHeaders.path, resultHeaders(model)),
    publicFile(tables.milterHeaders.path, milterHeaders),
    publicFile(tables.submissionHeaders.path, submissionHeaders(model)),
    ...ruleTables(model).map(({ file }) => file),
  ];
}

/** As main.cf calls the relay host: without a look-up of its MX records. */
export function nextHop({ hostname, port }: RelayHost): string {
  return `[${hostname}]:${port}`;
}

function trusted({ trustedClients }: MachineModel): RoleFile[] {
  if (trustedClients.length === 0) return [];
  return [publicFile(tables.trustedClients.path, trustedClients.map((block) => `${block} OK\n`).join(""))];
}

/** smtp(8) reads it before it enters its chroot, so only root may read it. */
function relayLogin({ relayHost }: MachineModel, password: string): RoleFile[] {
  if (relayHost?.user === undefined) return [];
  const content = `${nextHop(relayHost)} ${relayHost.user}:${password}\n`;
  return [{ ...publicFile(tables.relayLogin.path, content), mode: "0600", secret: true }];
}

/**
 * Takes out what others say in this server's name (RFC 8601 section 5); ARC's headers and those of other servers stay. A comment or quotes
 * before the server's name, which no server writes, could hide it: such a header goes, whatever it says.
 */
function resultHeaders({ hostname }: MachineModel): string {
  const name = hostname.replaceAll(".", "\\.");
  const begin = "^Authentication-Results[[:space:]]*:[[:space:]]*";
  return [`${begin}[("]`, `${begin}${name}\\.?([^a-z0-9._-]|$)`].map((pattern) => `/${pattern}/ IGNORE\n`).join("");
}

/** OpenDKIM runs no script of ours for a message whose sender it cannot read; it adds this header to it. */
const milterHeaders =
  "/^Authentication-Results:[^;]*; dkim=permerror \\(bad message/ REJECT 5.7.1 The From header must be one plain address, such as Anna <anna@example.org>\n";

/** What mail programs and web mail tell of themselves, of the computer and of the address that they run at. */
const clientHeaders = [
  "(X-)?User-Agent",
  "X-Mailer",
  "X-MimeOLE",
  "X-Newsreader",
  "X-Enigmail[a-z-]*",
  "X-Sender(-IP)?",
  "X-Client-IP",
  "X-Originating-[a-z-]+",
  "X-PHP-(Originating-)?Script",
];

/** What recipients are not told of those who log in. Before Postfix 3.10, the header that names the client's address is removed as a whole. */
function submissionHeaders({ platform, keepClientHeaders }: MachineModel): string {
  const names = [
    ...(platform.postfix.hidesClientSession ? [] : ["Received"]),
    ...(keepClientHeaders ? [] : clientHeaders),
  ];
  return names.map((name) => `/^${name}[[:space:]]*:/ IGNORE\n`).join("");
}
