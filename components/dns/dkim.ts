import type { Dkim, DnsModel, MailDomain } from "../model";

/** Name of the record of a selector's key (RFC 6376 section 3.6.2.1). */
export function dkimName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`;
}

/** Every name that mail is signed for: the domains, and the server's own where it is none of them. */
export function signers({
  hostname,
  domains,
  hostDkim,
}: Pick<DnsModel, "hostname" | "domains" | "hostDkim">): Signer[] {
  return [...(hostDkim ? [{ name: hostname, dkim: hostDkim }] : []), ...domains];
}

/** A name that mail is signed for. */
type Signer = Pick<MailDomain, "name" | "dkim">;

/** The selectors of a domain that have a key, sorted: a switch from one to the other moves nothing. */
export function keyedSelectors({ selector, published }: Pick<Dkim, "selector" | "published">): string[] {
  return [selector, ...published].sort();
}

/**
 * The key record of a DKIM selector (RFC 6376 section 3.6.1) for mail only; `publicKeyPem` is a SubjectPublicKeyInfo in PEM.
 */
export function dkimRecord(publicKeyPem: string, { testing }: Pick<Dkim, "testing">): string {
  const key = publicKeyPem.replace(/-----[^-]+-----|\s/g, "");
  return `v=DKIM1; h=sha256; k=rsa; s=email; ${testing ? "t=y; " : ""}p=${key}`;
}

/** The record of a selector whose key is revoked (RFC 6376 section 3.6.1). */
export const revokedDkimRecord = "v=DKIM1; p=";
