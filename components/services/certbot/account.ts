import { createHash, createPrivateKey, createPublicKey } from "node:crypto";

/** An account at an ACME authority, as certbot keeps it: the account is its key. */
export interface AcmeAccount {
  /** What certbot calls it: MD5 of its public key in PEM, hex. */
  id: string;
  /** Its private key as a JSON Web Key (RFC 7517), one line. A secret. */
  privateKey: string;
}

/** The account of an RSA key in PEM. */
export function acmeAccount(privateKeyPem: string): AcmeAccount {
  const key = createPrivateKey(privateKeyPem);
  const spki = createPublicKey(key).export({ type: "spki", format: "pem" });
  return {
    id: createHash("md5").update(spki).digest("hex"),
    privateKey: JSON.stringify(key.export({ format: "jwk" })),
  };
}

/** Folder in which certbot keeps an account. */
export function accountFolder(directoryUrl: string, { id }: AcmeAccount): string {
  const { host, pathname } = new URL(directoryUrl);
  return `/etc/letsencrypt/accounts/${host}${pathname.replace(/\/$/, "")}/${id}`;
}
