import type { ClientServer, ClientSettings } from "../../clientSettings";
import { ClientProtocol, ClientSecurity } from "../../enums";
import { type Element, element, xmlDocument } from "./xml";

/** What nginx puts the name to log in with in place of, once it has read the question. */
export const loginNameMark = "<LoginName/>";

/**
 * What Outlook is answered at `https://autodiscover.DOMAIN/autodiscover/autodiscover.xml` (Microsoft's POX autodiscover, response
 * schema 2006a). Without a login name Outlook would take the part of the address before the `@`, so the answer has a mark where the
 * whole address belongs. For each protocol Outlook gets the preferred server only.
 */
export function outlookXml({ incoming, outgoing }: ClientSettings): string {
  const preferred = [...incoming, ...outgoing].filter(({ security }) => security === ClientSecurity.Tls);
  return xmlDocument(
    element(
      "Autodiscover",
      [
        element(
          "Response",
          [
            element("Account", [
              element("AccountType", "email"),
              element("Action", "settings"),
              ...preferred.map(protocolElement),
            ]),
          ],
          { xmlns: "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a" },
        ),
      ],
      { xmlns: "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006" },
    ),
  );
}

function protocolElement({ protocol, server, port }: ClientServer): Element {
  return element("Protocol", [
    element("Type", protocol),
    element("Server", server),
    element("Port", port),
    element("LoginName"),
    element("DomainRequired", "off"),
    element("SPA", "off"),
    element("SSL", "on"),
    element("Encryption", "SSL"),
    element("AuthRequired", "on"),
    ...(protocol === ClientProtocol.Smtp ? [element("UsePOPAuth", "on"), element("SMTPLast", "off")] : []),
  ]);
}
