import { clientPorts } from "./clientPorts";
import { type ClientProtocol, ClientSecurity } from "./enums";
import type { MailModel } from "./model";
import { autoconfigUrls } from "./services/web/urls";

/** Settings for mail programs. The user name is the whole e-mail address. */
export interface ClientSettings {
  /** Servers to read mail; the preferred first. */
  incoming: ClientServer[];
  /** Servers to submit mail; the preferred first. */
  outgoing: ClientServer[];
  /** Servers to keep Sieve scripts on; only where `enableSieve`. */
  filters?: ClientServer[];
  /** URLs at which mail programs find these settings by themselves: an entry for each domain that has `enableAutoconfig`. */
  autoconfig: AutoconfigUrls[];
}

/** URLs at which mail programs find the settings of a domain. Nobody has to open one, but `apple`: it is opened on the device that is to be set up. */
export interface AutoconfigUrls {
  /** The mail domain. */
  domain: string;
  /** Asked by Thunderbird, K-9 Mail, Evolution and others. */
  thunderbird: string;
  /** Asked by Outlook. */
  outlook: string;
  /** A profile for Mail on iOS, iPadOS and macOS. */
  apple: string;
}

/** A server, as the settings of a mail program name it. */
export interface ClientServer {
  /** What is spoken there. */
  protocol: ClientProtocol;
  /** Name of the server, as in its certificate. */
  server: string;
  /** TCP port. */
  port: number;
  /** How TLS begins. */
  security: ClientSecurity;
}

/** Settings in the order of preference. */
export function clientSettings(model: MailModel): ClientSettings {
  const { outgoing, incoming, filters } = clientPorts(model.ports.filter(({ offered }) => offered));
  const server = ({ client, number, tls }: (typeof incoming)[number]): ClientServer => ({
    protocol: client.protocol,
    server: model.hostname,
    port: number,
    security: tls === "implicit" ? ClientSecurity.Tls : ClientSecurity.StartTls,
  });
  return {
    incoming: incoming.map(server),
    outgoing: outgoing.map(server),
    ...(filters.length > 0 ? { filters: filters.map(server) } : {}),
    autoconfig: autoconfigUrls(model.domains),
  };
}
