import type { Dkim, DnsModel, MailDomain } from "../model";
import type { RecordText } from "./recordText";

/** Name of the record of a selector's key (RFC 6376 section 3.6.2.1). */
export function dkimName(selector: string, domain: string): string {
  return `${selector}._domainkey.${domain}`;
}

/** Every name that mail is signed for: the domains, and those of the machines that are none of them. */
export function signers({ machines, domains }: Pick<DnsModel, "machines" | "domains">): Signer[] {
  const own = machines.flatMap(({ hostname, hostDkim }) => (hostDkim ? [{ name: hostname, dkim: hostDkim }] : []));
  return [...own, ...domains];
}

/** A name that mail is signed for. */
export type Signer = Pick<MailDomain, "name" | "dkim">;

/** The selectors of a domain that have a key, sorted: a switch from one to the other moves nothing. */
export function keyedSelectors({ selector, standbySelectors }: Pick<Dkim, "selector" | "standbySelectors">): string[] {
  return [selector, ...standbySelectors].sort();
}

/** The key record of a DKIM selector (RFC 6376 section 3.6.1) for mail only; `name` is the record's, by which its key is known. */
export function dkimRecord(
  name: string,
  { testMode, exactDomain }: Pick<Dkim, "testMode" | "exactDomain">,
): RecordText {
  const flags = [...(testMode ? ["y"] : []), ...(exactDomain ? ["s"] : [])];
  const t = flags.length > 0 ? `t=${flags.join(":")}; ` : "";
  return [`v=DKIM1; h=sha256; k=rsa; s=email; ${t}p=`, { from: "dkimKey", record: name }];
}

/** A SubjectPublicKeyInfo in PEM as a key record has it: Base64 in one piece. */
export function keyInBase64(publicKeyPem: string): string {
  return publicKeyPem.replace(/-----[^-]+-----|\s/g, "");
}

/** Names of the records that publish a signer's keys, in the order of its selectors. */
export function keyRecordNames({ name, dkim }: Signer): string[] {
  return keyedSelectors(dkim).map((selector) => dkimName(selector, name));
}

/** The record of a selector whose key is revoked (RFC 6376 section 3.6.1). */
export const revokedDkimRecord = "v=DKIM1; p=";
