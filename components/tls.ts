import type { Platform } from "./platforms/platform";

/** Versions of TLS that every daemon speaks, the oldest first (RFC 9325 section 3.1.1). */
export const tlsVersions = ["TLSv1.2", "TLSv1.3"] as const;

/**
 * Ciphers of TLS 1.2, in OpenSSL's names: forward secrecy and authenticated encryption only (RFC 9325 section 4.2). Servers choose the first of them that the
 * client knows; those of TLS 1.3 are OpenSSL's own.
 */
export const tlsCiphers = [
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
].join(":");

/**
 * Groups for the key exchange, in OpenSSL's names, the preferred first: a hybrid with ML-KEM where OpenSSL has it, then elliptic curves. OpenSSL's default would
 * do, but for the finite-field groups at its end.
 */
export function tlsGroups({ openssl }: Platform): string[] {
  return [...(openssl.mlKem ? ["X25519MLKEM768"] : []), "X25519", "prime256v1", "secp384r1"];
}
