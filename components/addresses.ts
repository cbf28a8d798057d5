import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import * as ipaddr from "ipaddr.js";
import { getPublicSuffix } from "tldts";

/** A value that was understood, or the reason why it was not. */
export type Parsed = { value: string } | { problem: string };

const label = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/**
 * Reads a domain name: lower case, ASCII form (RFC 5891), no trailing dot, two labels or more, not an address and not a public
 * suffix on its own.
 */
export function parseDomainName(text: string): Parsed {
  const trimmed = text.replace(/\.$/, "");
  if (isIP(trimmed)) return { problem: "is an IP address; allowed is a domain name such as example.org" };
  // Joiners and the marks that stand in names by their neighbours (RFC 5892 appendix A) are judged with these; full stops of East Asia part labels, too.
  const special = /\u200c|\u200d|[\u00b7\u0375\u05f3\u05f4\u30fb\u3002\uff0e\uff61]/gu;
  if (/[^\p{L}\p{M}\p{N}.-]/u.test(trimmed.replace(special, ""))) {
    return { problem: "has characters that no domain name has; allowed are letters, digits, hyphens and dots" };
  }
  if (/(^|\.)[0-9]+$/.test(trimmed)) return { problem: "ends in a number, as no domain name does" };
  const name = domainToASCII(trimmed).toLowerCase();
  const labels = name.split(".");
  if (name === "" || name.length > 253 || !labels.every((each) => label.test(each))) {
    return {
      problem:
        "is not a domain name; allowed are labels of 1 to 63 letters, digits and inner hyphens, joined by dots, 253 characters at most",
    };
  }
  if (labels.length < 2) return { problem: "has one label only; give the full name, such as mail.example.org" };
  if (getPublicSuffix(name, { allowPrivateDomains: false }) === name) {
    return { problem: "is a public suffix, under which others register; give a name below it" };
  }
  return { value: name };
}

/** Every character of a local part that can be a mailbox here; Dovecot takes no other in the name that somebody logs in by. */
export const localCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._=-";

const localPart = /^[a-z0-9]([a-z0-9_-]|[.](?![.])|[=])*$/;

/** RFC 5321 section 4.5.3.1.3: a path of 256 octets, less its brackets. */
const longestAddress = 254;

/**
 * Reads an e-mail address whose local part is safe as a folder name and as a key of Postfix and Dovecot tables: lower case,
 * letters, digits, inner `.`, `_`, `-`, `=`, 64 characters at most (RFC 5321 section 4.5.3.1.1).
 */
export function parseLocalAddress(text: string): Parsed {
  const parsed = splitAddress(text);
  if ("problem" in parsed) return parsed;
  const local = parsed.local.toLowerCase();
  if (!localPart.test(local) || local.endsWith(".")) {
    return {
      problem:
        "has a local part that cannot be a mailbox here; allowed are letters, digits, and . _ - = after the first character, no dot at the end or beside another",
    };
  }
  return { value: `${local}@${parsed.domain}` };
}

/** Reads an e-mail address anywhere: a dot-atom local part (RFC 5321 section 4.1.2), case kept, and a domain name. */
export function parseAddress(text: string): Parsed {
  const parsed = splitAddress(text);
  if ("problem" in parsed) return parsed;
  if (!/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(parsed.local)) {
    return { problem: "has a local part that is not a dot-atom; quoted and non-ASCII local parts are not supported" };
  }
  if (/^[-|/:]/.test(parsed.local)) {
    return { problem: "has a local part that Postfix would take for a command or a file" };
  }
  return { value: `${parsed.local}@${parsed.domain}` };
}

function splitAddress(text: string): { local: string; domain: string } | { problem: string } {
  const at = text.lastIndexOf("@");
  if (at < 1) return { problem: "is not an e-mail address; allowed is name@domain" };
  const local = text.slice(0, at);
  if (local.length > 64)
    return { problem: `has a local part of ${local.length} characters; allowed are 64 (RFC 5321)` };
  const domain = parseDomainName(text.slice(at + 1));
  if ("problem" in domain) return { problem: `has a domain that ${domain.problem}` };
  const length = local.length + 1 + domain.value.length;
  if (length > longestAddress) return { problem: `has ${length} characters; allowed are ${longestAddress} (RFC 5321)` };
  return { local, domain: domain.value };
}

/** Reads a unicast IPv4 address in dotted form. */
export function parseIpv4(text: string): Parsed {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text)) return { problem: "is not an IPv4 address such as 192.0.2.1" };
  return unicast(ipaddr.IPv4.parse(text), text);
}

/** Reads a unicast IPv6 address and returns its canonical text (RFC 5952). */
export function parseIpv6(text: string): Parsed {
  if (text.includes("%") || !ipaddr.IPv6.isValid(text))
    return { problem: "is not an IPv6 address such as 2001:db8::1" };
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress())
    return { problem: "is an IPv4 address in IPv6 notation; give it as the IPv4 address" };
  return unicast(address, address.toRFC5952String());
}

const unusable = new Set(["unspecified", "loopback", "multicast", "broadcast", "linkLocal"]);

function unicast(address: ipaddr.IPv4 | ipaddr.IPv6, text: string): Parsed {
  const range = address.range();
  return unusable.has(range)
    ? { problem: `is a ${range} address, at which nobody else can reach a server` }
    : { value: text };
}

/** The name that holds the PTR record of an address (RFC 1035 section 3.5, RFC 3596 section 2.5). */
export function reverseName(address: string): string {
  if (isIP(address) === 4) return `${address.split(".").reverse().join(".")}.in-addr.arpa`;
  const digits = ipaddr.IPv6.parse(address).toNormalizedString().split(":");
  const nibbles = digits.map((group) => group.padStart(4, "0")).join("");
  return `${[...nibbles].reverse().join(".")}.ip6.arpa`;
}

/** The mailbox or alias that an address of this server names: lower case, without sub-address. */
export function canonicalAddress(address: string, delimiters: string): string {
  const [local = "", domain = ""] = address.toLowerCase().split("@");
  const cut = [...local].findIndex((character, index) => index > 0 && delimiters.includes(character));
  return `${cut === -1 ? local : local.slice(0, cut)}@${domain}`;
}

/**
 * An address as a report goes to it (RFC 6068): comma, exclamation mark and semicolon would end it in a record of DMARC (RFC 9989 section 4.7) or TLS-RPT
 * (RFC 8460 section 3). A plus sign may stand as it is.
 */
export function mailto(address: string): string {
  const escaped = encodeURIComponent(address).replace("%40", "@").replaceAll("!", "%21").replaceAll("%2B", "+");
  return `mailto:${escaped}`;
}

/** The part of an address after the `@`. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}
