import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate and its key, in PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** A certificate authority in a folder, made by openssl. */
export class Authority {
  /** File to be trusted. */
  readonly path: string;

  constructor(private readonly folder: string) {
    this.path = join(folder, "ca.pem");
    this.openssl("req", "-x509", ...curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority");
  }

  /** A certificate for a name. @param days may be negative: then it has ended. */
  issue(name: string, days = 1): Certificate {
    const files = ["-keyout", `${name}.key`, "-out", `${name}.csr`];
    this.openssl("req", ...curve, ...files, "-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`);
    const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-copy_extensions", "copy"];
    this.openssl("x509", "-req", "-in", `${name}.csr`, "-out", `${name}.pem`, "-days", `${days}`, ...signing);
    const read = (file: string) => readFileSync(join(this.folder, file), "utf8");
    return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
  }

  private openssl(...words: string[]): void {
    execFileSync("openssl", words, { cwd: this.folder, stdio: ["ignore", "ignore", "pipe"] });
  }
}
