import type { MailModel } from "../../model";
import { paths } from "../paths";

/** Ports and sockets; written alike in both of Dovecot's languages. */
export function listeners(model: MailModel): string {
  return [
    login("imap", 143, 993, `  process_limit = ${imapConnections}\n`),
    ...(model.pop3 ? [login("pop3", 110, 995)] : []),
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

/** Which addresses to listen on. */
export function listenAddresses(model: MailModel): string {
  return model.ipv6 ? "*, ::" : "*";
}

/**
 * Dovecot lets each login from an address wait after wrong passwords from there, up to 17 s. Postfix gives up after 10 s, so that one guesser would shut out all who share
 * the address, right passwords and all. Nobody may ask for that penalty; each wrong password costs `auth_failure_delay`.
 */
const noPenalty = `service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}`;

function login(protocol: string, startTls: number, tls: number, more = ""): string {
  return `service ${protocol}-login {
${more}  inet_listener ${protocol} {
    port = ${startTls}
  }
  inet_listener ${protocol}s {
    port = ${tls}
    ssl = yes
  }
}`;
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
