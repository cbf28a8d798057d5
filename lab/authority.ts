import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { inCache } from "./paths";
import { must, withLock } from "./processes";

/** Name under which the ACME authority is reached. */
export const acmeName = "acme.test";

const folder = inCache("acme-ca");

/**
 * PEM file of the authority that every machine trusts. It vouches for the ACME server's own HTTPS, as the public ones do for Let's Encrypt's, and for
 * what somebody else runs.
 */
export const caPath = `${folder}/ca.pem`;

const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
const tenYears = ["-days", "3650"];

/** Makes the authority once for all checkouts: its certificate is part of the base images. */
export function ensureAuthority(): Promise<void> {
  return once(folder, async (draft) => {
    const ca = ["-keyout", `${draft}/ca.key`, "-out", `${draft}/ca.pem`, "-subj", "/CN=Lab authority"];
    await openssl("req", "-x509", ...curve, ...ca, ...tenYears, "-addext", "keyUsage=critical,keyCertSign,cRLSign");
  });
}

/** PEM files of a certificate and its key. */
export interface ServerCertificate {
  certificate: string;
  key: string;
}

/** A certificate of the authority for a name, and for addresses where somebody connects without a name. */
export async function certificateFor(name: string, addresses: string[] = []): Promise<ServerCertificate> {
  const place = `${folder}/${name}`;
  await once(place, async (draft) => {
    await openssl("req", ...curve, "-keyout", `${draft}/key.pem`, "-out", `${draft}/request`, "-subj", `/CN=${name}`);
    const names = [`DNS:${name}`, ...addresses.map((address) => `IP:${address}`)];
    writeFileSync(`${draft}/names`, `subjectAltName=${names.join(",")}\n`);
    const signing = ["-CA", caPath, "-CAkey", `${folder}/ca.key`, "-CAcreateserial", "-extfile", `${draft}/names`];
    const files = ["-in", `${draft}/request`, "-out", `${draft}/certificate.pem`];
    await openssl("x509", "-req", ...files, ...tenYears, ...signing);
  });
  return { certificate: `${place}/certificate.pem`, key: `${place}/key.pem` };
}

function openssl(...words: string[]): Promise<unknown> {
  return must("The lab's certificate authority does not work", ["openssl", ...words]);
}

/** Makes a folder, whole or not at all, where it is not there yet. */
async function once(place: string, make: (draft: string) => Promise<void>): Promise<void> {
  if (existsSync(place)) return;
  await withLock(inCache("locks", "acme-ca"), "waiting for another lab that makes certificates", async () => {
    if (existsSync(place)) return;
    const draft = `${place}.draft`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true, mode: 0o700 });
    await make(draft);
    renameSync(draft, place);
  });
}
