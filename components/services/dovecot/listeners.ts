import type { MachineModel } from "../../model";
import type { ServicePort } from "../contributions";
import { paths } from "../paths";
import { dovecotPorts } from "./ports";

/** Ports and sockets; written alike in both of Dovecot's languages. */
export function listeners(model: MachineModel): string {
  const offered = dovecotPorts(model);
  return [
    login("imap", offered, `  process_limit = ${imapConnections}\n`),
    ...(model.pop3 ? [login("pop3", offered)] : []),
    socket("lmtp", paths.lmtpSocket, "0600"),
    socket("auth", paths.authSocket, "0660"),
    noPenalty,
  ].join("\n\n");
}

/**
 * Connections by TLS at a time, each of which keeps a process; a person has up to five. Dovecot's default of 100 shuts out the others; above some 700, its
 * other services want more room, too.
 */
const imapConnections = 500;

/**
 * Dovecot lets each login from an address wait after wrong passwords from there, up to 17 s. Postfix gives up after 10 s, so that one guesser would shut out all who share
 * the address, right passwords and all. Nobody may ask for that penalty; each wrong password costs `auth_failure_delay`.
 */
const noPenalty = `service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}`;

function login(protocol: "imap" | "pop3", ports: ServicePort[], more = ""): string {
  const own = ports.filter(({ client }) => client?.protocol === protocol.toUpperCase());
  // Dovecot has listeners of these names by itself; port 0 is none.
  const listeners = own.map(({ name, number, tls, offered }) => [
    `  inet_listener ${name} {`,
    `    port = ${offered ? number : 0}`,
    ...(tls === "implicit" ? ["    ssl = yes"] : []),
    "  }",
  ]);
  return `service ${protocol}-login {\n${more}${listeners.flat().join("\n")}\n}`;
}

function socket(service: string, path: string, mode: string): string {
  return `service ${service} {
  unix_listener ${path} {
    user = postfix
    group = postfix
    mode = ${mode}
  }
}`;
}
