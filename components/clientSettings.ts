import { clientPorts } from "./clientPorts";
import type { MailModel } from "./model";

/** What a person types into a mail program; the user name is the whole e-mail address. */
export interface ClientSettings {
  /** Where mail is read. */
  incoming: ClientServer[];
  /** Where mail is submitted. */
  outgoing: ClientServer[];
  /** Where mail programs find all this by themselves; one entry a domain that has `enableAutoconfig`. */
  automatic: AutomaticSettings[];
}

/** Where the mail programs of a domain's people look; a person only opens `apple`, on the device that is to be set up. */
export interface AutomaticSettings {
  /** The mail domain. */
  domain: string;
  /** Asked by Thunderbird, K-9 Mail, Evolution and others. */
  thunderbird: string;
  /** Asked by Outlook. */
  outlook: string;
  /** A profile for Mail on iOS, iPadOS and macOS. */
  apple: string;
}

/** A server as mail programs ask for it. */
export interface ClientServer {
  /** `IMAP`, `POP3` or `SMTP`. */
  protocol: string;
  /** Name of the server, as in its certificate. */
  server: string;
  /** TCP port. */
  port: number;
  /** `TLS` from the first byte (RFC 8314, preferred) or `STARTTLS`. */
  security: string;
}

/** Settings in the order of preference. */
export function clientSettings(model: MailModel): ClientSettings {
  const { outgoing, incoming } = clientPorts(model.ports.filter(({ offered }) => offered));
  const server = ({ client, number, tls }: (typeof incoming)[number]): ClientServer => ({
    protocol: client.protocol,
    server: model.hostname,
    port: number,
    security: tls === "implicit" ? "TLS" : "STARTTLS",
  });
  return {
    incoming: incoming.map(server),
    outgoing: outgoing.map(server),
    automatic: model.domains
      .filter(({ enableAutoconfig }) => enableAutoconfig)
      .map(({ name }) => ({
        domain: name,
        thunderbird: `https://autoconfig.${name}/mail/config-v1.1.xml`,
        outlook: `https://autodiscover.${name}/autodiscover/autodiscover.xml`,
        apple: `https://autoconfig.${name}/email.mobileconfig`,
      })),
  };
}
