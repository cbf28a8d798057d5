import type { ClientServer, ClientSettings } from "../../clientSettings";
import { ClientSecurity } from "../../enums";
import { type Element, element, xmlDocument } from "./xml";

/**
 * What Thunderbird and others ask for at `https://autoconfig.DOMAIN/mail/config-v1.1.xml` (Mozilla's configuration file format 1.1).
 * The first server of a kind is preferred; the program puts the address in.
 */
export function thunderbirdXml(domain: string, { incoming, outgoing }: ClientSettings): string {
  return xmlDocument(
    element(
      "clientConfig",
      [
        element(
          "emailProvider",
          [
            element("domain", domain),
            element("displayName", domain),
            element("displayShortName", domain),
            ...incoming.map((server) => serverElement("incomingServer", server)),
            ...outgoing.map((server) => serverElement("outgoingServer", server)),
          ],
          { id: domain },
        ),
      ],
      { version: "1.1" },
    ),
  );
}

function serverElement(name: string, { protocol, server, port, security }: ClientServer): Element {
  return element(
    name,
    [
      element("hostname", server),
      element("port", port),
      element("socketType", security === ClientSecurity.Tls ? "SSL" : "STARTTLS"),
      element("authentication", "password-cleartext"),
      element("username", "%EMAILADDRESS%"),
    ],
    { type: protocol.toLowerCase() },
  );
}
