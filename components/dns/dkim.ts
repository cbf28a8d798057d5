/**
 * The key record of a DKIM selector (RFC 6376 section 3.6.1) for mail only; `publicKeyPem` is a SubjectPublicKeyInfo in PEM.
 */
export function dkimRecord(publicKeyPem: string): string {
  const key = publicKeyPem.replace(/-----[^-]+-----|\s/g, "");
  return `v=DKIM1; h=sha256; k=rsa; s=email; p=${key}`;
}
