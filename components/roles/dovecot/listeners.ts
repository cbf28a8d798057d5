import type { MailModel } from "../../model";
import { paths } from "../paths";

/** Ports and sockets; written alike in both of Dovecot's languages. */
export function listeners(model: MailModel): string {
  return [
    login("imap", 143, 993),
    ...(model.pop3 ? [login("pop3", 110, 995)] : []),
    socket("lmtp", paths.lmtpSocket, "0600"),
    socket("auth", paths.authSocket, "0660"),
  ].join("\n\n");
}

/** Which addresses to listen on. */
export function listenAddresses(model: MailModel): string {
  return model.ipv6 ? "*, ::" : "*";
}

function login(protocol: string, startTls: number, tls: number): string {
  return `service ${protocol}-login {
  inet_listener ${protocol} {
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
