import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { hash } from "@node-rs/bcrypt";

/** Work factor of the bcrypt hashes: 2^10 rounds, some 50 ms a guess. */
const bcryptCost = 10;

const hashForms = [
  /^(\{BLF-CRYPT\})?\$2[aby]\$(0[4-9]|1[0-9]|2[0-9]|3[01])\$[./A-Za-z0-9]{53}$/,
  /^\{SHA512-CRYPT\}\$6\$(rounds=[0-9]{4,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}$/,
  /^\{ARGON2ID\}\$argon2id\$v=19\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+$/,
];

/** Says what is wrong with a password, without repeating it. */
export function passwordProblem(password: string): string | undefined {
  const bytes = Buffer.byteLength(password);
  if (/\p{Cc}/u.test(password)) return "has control characters; leave them out";
  if (password.length < 8) return `has ${password.length} characters; give 8 or more`;
  if (bytes > 72) return `has ${bytes} bytes; bcrypt looks at the first 72 only, so give fewer`;
  return undefined;
}

/** Says what is wrong with a password hash, without repeating it. */
export function passwordHashProblem(text: string): string | undefined {
  if (hashForms.some((form) => form.test(text))) return undefined;
  return "is not a password hash that is strong enough; allowed are the outputs of `doveadm pw` with -s BLF-CRYPT, SHA512-CRYPT or ARGON2ID, and a bare bcrypt hash ($2y$…)";
}

/** A hash with the scheme in front, as Dovecot's passwd-file wants it. */
export function withScheme(passwordHash: string): string {
  return passwordHash.startsWith("{") ? passwordHash : `{BLF-CRYPT}${passwordHash}`;
}

/**
 * Hashes a password with bcrypt. The salt comes from the stack's secret, the address and the password, so that the hash is the
 * same from run to run (no diff without a change), differs between mailboxes with the same password, and tells nothing without
 * the secret.
 */
export async function hashPassword(stackSecret: string, address: string, password: string): Promise<string> {
  const salt = createHmac("sha256", stackSecret)
    .update(JSON.stringify([address, password]))
    .digest()
    .subarray(0, 16);
  return withScheme(await hash(password, bcryptCost, salt));
}

/**
 * Hashes the passwords of many mailboxes, each once: what was hashed before on this machine is remembered in a private file of
 * the user's cache, so that a preview of several thousand mailboxes takes no longer than one of three. Without the file the
 * result is the same, only later.
 */
export async function hashPasswords(
  stackSecret: string,
  passwords: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const memory = memoryOf(stackSecret);
  const known = memory.load();
  const hashes = await Promise.all(
    [...passwords].map(async ([address, password]): Promise<[string, string, string]> => {
      const key = createHmac("sha256", stackSecret)
        .update(JSON.stringify(["memory", address, password]))
        .digest("base64");
      return [address, key, known.get(key) ?? (await hashPassword(stackSecret, address, password))];
    }),
  );
  if (hashes.some(([, key]) => !known.has(key)) || known.size !== hashes.length) {
    memory.store(new Map(hashes.map(([, key, passwordHash]) => [key, passwordHash])));
  }
  return new Map(hashes.map(([address, , passwordHash]) => [address, passwordHash]));
}

function memoryOf(stackSecret: string) {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-mailserver", "password-hashes");
  const file = join(folder, createHmac("sha256", stackSecret).update("file").digest("hex").slice(0, 32));
  return {
    load(): Map<string, string> {
      try {
        return new Map(Object.entries(JSON.parse(readFileSync(file, "utf8"))));
      } catch {
        return new Map();
      }
    },
    store(hashes: Map<string, string>): void {
      const draft = `${file}.${process.pid}`;
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        writeFileSync(draft, JSON.stringify(Object.fromEntries(hashes)), { mode: 0o600 });
        renameSync(draft, file);
      } catch {
        rmSync(draft, { force: true });
      }
    },
  };
}
