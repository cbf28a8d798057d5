import type { MailModel } from "./model";

/** What a person types into a mail program; the user name is the whole e-mail address. */
export interface ClientSettings {
  incoming: ClientServer[];
  outgoing: ClientServer[];
}

/** A server as mail programs ask for it. */
export interface ClientServer {
  protocol: string;
  server: string;
  port: number;
  /** `TLS` from the first byte (RFC 8314, preferred) or `STARTTLS`. */
  security: string;
}

/** Settings in the order of preference. */
export function clientSettings(model: MailModel): ClientSettings {
  const server = (protocol: string, port: number, security: string): ClientServer => ({
    protocol,
    server: model.hostname,
    port,
    security,
  });
  const pop3 = [server("POP3", 995, "TLS"), server("POP3", 110, "STARTTLS")];
  return {
    incoming: [server("IMAP", 993, "TLS"), server("IMAP", 143, "STARTTLS"), ...(model.pop3 ? pop3 : [])],
    outgoing: [server("SMTP", 465, "TLS"), server("SMTP", 587, "STARTTLS")],
  };
}
