import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { services } from "./addresses";
import { inCache } from "./paths";
import { must, withLock } from "./processes";

/** Name under which the ACME authority is reached. */
export const acmeName = "acme.test";

const folder = inCache("acme-ca");

/** PEM file of the authority that vouches for the ACME server's own HTTPS, as the public ones do for Let's Encrypt's. */
export const caPath = `${folder}/ca.pem`;

/** The ACME server's own certificate and key. */
export const serverCertificate = { certificate: `${folder}/server.pem`, key: `${folder}/server.key` };

const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** Makes the authority once for all checkouts: its certificate is part of the base images. */
export async function ensureAuthority(): Promise<void> {
  if (existsSync(folder)) return;
  await withLock(
    inCache("locks", "acme-ca"),
    "waiting for another lab that makes its certificate authority",
    async () => {
      if (existsSync(folder)) return;
      const draft = `${folder}.draft`;
      rmSync(draft, { recursive: true, force: true });
      mkdirSync(draft, { recursive: true, mode: 0o700 });
      const openssl = (...words: string[]) =>
        must("The lab's certificate authority could not be made", ["openssl", ...words]);
      const ca = ["-keyout", `${draft}/ca.key`, "-out", `${draft}/ca.pem`];
      await openssl(
        "req",
        "-x509",
        ...curve,
        ...ca,
        "-days",
        "3650",
        "-subj",
        "/CN=Lab ACME API authority",
        "-addext",
        "keyUsage=critical,keyCertSign,cRLSign",
      );
      await openssl(
        "req",
        ...curve,
        "-keyout",
        `${draft}/server.key`,
        "-out",
        `${draft}/server.csr`,
        "-subj",
        `/CN=${acmeName}`,
      );
      writeFileSync(`${draft}/names`, `subjectAltName=DNS:${acmeName},IP:${services.acme.v4},IP:${services.acme.v6}\n`);
      const signing = [
        "-CA",
        `${draft}/ca.pem`,
        "-CAkey",
        `${draft}/ca.key`,
        "-CAcreateserial",
        "-extfile",
        `${draft}/names`,
      ];
      await openssl(
        "x509",
        "-req",
        "-in",
        `${draft}/server.csr`,
        "-out",
        `${draft}/server.pem`,
        "-days",
        "3650",
        ...signing,
      );
      renameSync(draft, folder);
    },
  );
}
