import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { ClientSettings } from "../../clientSettings";
import { ClientSecurity } from "../../enums";
import { type Element, element, xmlDocument } from "./xml";

/**
 * A profile that sets Apple's Mail up (payload `com.apple.mail.managed`). It holds nobody's address: the device asks for address,
 * user name and password when the profile is installed. Its identifiers follow from the domain, so that a newer profile replaces the
 * one before it.
 */
export function appleProfile(domain: string, { incoming, outgoing }: ClientSettings): string {
  const [imap, smtp] = [incoming, outgoing].map((servers) =>
    servers.find(({ security }) => security === ClientSecurity.Tls),
  );
  const account = dictionary({
    PayloadType: "com.apple.mail.managed",
    PayloadVersion: 1,
    PayloadIdentifier: `${identifier(domain)}.account`,
    PayloadUUID: uuid5(`account.mail.${domain}`),
    PayloadDisplayName: `Mail of ${domain}`,
    EmailAccountDescription: domain,
    EmailAccountType: "EmailTypeIMAP",
    IncomingMailServerAuthentication: "EmailAuthPassword",
    IncomingMailServerHostName: imap?.server ?? "",
    IncomingMailServerPortNumber: imap?.port ?? 0,
    IncomingMailServerUseSSL: true,
    OutgoingMailServerAuthentication: "EmailAuthPassword",
    OutgoingMailServerHostName: smtp?.server ?? "",
    OutgoingMailServerPortNumber: smtp?.port ?? 0,
    OutgoingMailServerUseSSL: true,
    OutgoingPasswordSameAsIncomingPassword: true,
  });
  const profile = dictionary({
    PayloadType: "Configuration",
    PayloadVersion: 1,
    PayloadIdentifier: identifier(domain),
    PayloadUUID: uuid5(`mail.${domain}`),
    PayloadDisplayName: `Mail of ${domain}`,
    PayloadDescription: "Sets up a mail account. The user name is the whole e-mail address.",
    PayloadOrganization: domain,
    PayloadContent: [account],
  });
  return xmlDocument(
    element("plist", [profile], { version: "1.0" }),
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
  );
}

/** `mail.example.org` turned round, as identifiers of payloads are written. */
function identifier(domain: string): string {
  return [...domain.split(".").reverse(), "mail"].join(".");
}

function dictionary(entries: Record<string, string | number | boolean | Element[]>): Element {
  return element(
    "dict",
    Object.entries(entries).flatMap(([key, value]) => [element("key", key), valueElement(value)]),
  );
}

function valueElement(value: string | number | boolean | Element[]): Element {
  if (typeof value === "boolean") return element(String(value));
  if (typeof value === "number") return element("integer", value);
  return element(typeof value === "string" ? "string" : "array", value);
}

/** The name space of domain names (RFC 9562 section 6.6). */
const dnsNamespace = Buffer.from("6ba7b8109dad11d180b400c04fd430c8", "hex");

/** UUID of version 5 of a domain name (RFC 9562 section 5.5). */
export function uuid5(name: string): string {
  const bytes = createHash("sha1").update(dnsNamespace).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex").toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
