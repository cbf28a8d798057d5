import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Work factor of the bcrypt hashes: 2^10 rounds, some 50 ms a guess. */
const bcryptCost = 10;

/** Says what is wrong with a password, without repeating it. */
export function passwordProblem(password: string): string | undefined {
  const bytes = Buffer.byteLength(password);
  if (/\p{Cc}/u.test(password)) return "has control characters; leave them out";
  if (password.length < 10) return `has ${password.length} characters; give 10 or more`;
  if (bytes > 72) return `has ${bytes} bytes; bcrypt looks at the first 72 only, so give fewer`;
  if (isGuessed(password))
    return "is one of those that are tried first; give several words that do not belong together, or `openssl rand -base64 15`";
  return undefined;
}

/** Words that the most used passwords are made of, with digits and signs behind. */
const guessedWords = [
  ...["password", "passwort", "passw", "motdepasse", "contrasena", "senha", "kennwort", "secret", "geheim", "changeme"],
  ...[
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfghjkl",
    "asdfgh",
    "zxcvbnm",
    "yxcvbnm",
  ],
  ...["iloveyou", "letmein", "welcome", "willkommen", "bienvenue", "admin", "administrator", "root", "master", "login"],
  ...["football", "baseball", "superman", "batman", "dragon", "monkey", "princess", "sunshine", "shadow", "michael"],
  ...["hello", "hallo", "test", "testing", "default", "guest", "user", "mail", "email", "mailserver", "postmaster"],
  ...["abc", "abcdef", "abcdefgh", "abcdefghij", "qazwsx", "qazwsxedc", "trustno", "starwars", "computer", "internet"],
];

/** Whether a program that guesses passwords gets there in its first thousands of tries: a common word and digits, digits alone, few characters over and over. */
function isGuessed(password: string): boolean {
  const lower = password.toLowerCase();
  const letters: Record<string, string> = { "@": "a", "0": "o", "1": "i", "3": "e", $: "s", "5": "s" };
  const bare = (text: string) => text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
  const readings = [
    bare(lower),
    bare(lower.replace(/[^\p{L}]+$/u, "").replace(/[@013$5]/g, (each) => letters[each] ?? each)),
  ];
  const [half = "", rest] = [lower.slice(0, lower.length / 2), lower.slice(lower.length / 2)];
  return (
    new Set(lower).size < 5 ||
    /^[^\p{L}]*$/u.test(lower) ||
    /^(1q2w3e4r|q1w2e3r4|1qaz2wsx|zaq12wsx)/.test(lower) ||
    readings.some((reading) => guessedWords.includes(reading)) ||
    (half === rest && (half.length < 10 || isGuessed(half)))
  );
}

/** A kind of password hash: how it is written, which scheme of Dovecot judges it, and how much work it makes. */
interface HashKind {
  /** Scheme of Dovecot (`doveadm pw -l`). */
  scheme: string;
  form: RegExp;
  /** Whether the work that the named groups of `form` tell is enough. */
  enough(work: Record<string, number>): boolean;
  /** Whether a log-in can bear it: Dovecot judges one after the other, in one process of 256 MiB. */
  bearable(work: Record<string, number>): boolean;
  /** What is allowed, in words. */
  allowed: string;
}

const hashKinds: HashKind[] = [
  {
    scheme: "BLF-CRYPT",
    form: /^\$2[aby]\$(?<cost>0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$/,
    enough: ({ cost = 0 }) => cost >= 10,
    bearable: ({ cost = 0 }) => cost <= 12,
    allowed: "bcrypt of cost 10 to 12",
  },
  {
    scheme: "SHA512-CRYPT",
    form: /^\$6\$(rounds=(?<rounds>[1-9][0-9]{3,8})\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}$/,
    enough: ({ rounds = 5000 }) => rounds >= 5000,
    bearable: ({ rounds = 5000 }) => rounds <= 500_000,
    allowed: "SHA512-CRYPT of 5000 to 500000 rounds",
  },
  {
    scheme: "ARGON2ID",
    form: /^\$argon2id\$v=19\$m=(?<kib>[1-9][0-9]{0,6}),t=(?<passes>[1-9][0-9]{0,3}),p=(?<lanes>[1-9][0-9]?)\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$/,
    // What OWASP's Password Storage Cheat Sheet lists: less memory takes more passes.
    enough: ({ kib = 0, passes = 0 }) => kib >= 7168 && kib * passes >= 35_840,
    bearable: ({ kib = 0, passes = 0, lanes = 0 }) => kib <= 131_072 && kib * passes <= 524_288 && lanes <= 8,
    allowed: "ARGON2ID of m=7168 to 131072 with m times t of 35840 to 524288, p up to 8",
  },
  {
    // Dovecot leaves it to crypt(3).
    scheme: "CRYPT",
    form: /^\$y\$j(?<size>[5-9A-F])(?<blocks>[5T])\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}$/,
    enough: ({ size = 0, blocks = 0 }) => size >= 9 && blocks === 32,
    bearable: ({ size = 0 }) => size <= 11,
    allowed: "yescrypt of j9T to jBT, as Debian's /etc/shadow has it",
  },
];

/** How a hash is meant: without spaces and line ends around it, as a file has them, and its scheme in capitals. */
export function meantHash(text: string): string {
  return text.trim().replace(/^\{[A-Za-z0-9-]+\}/, (scheme) => scheme.toUpperCase());
}

/** Says what is wrong with a password hash, without repeating it. */
export function passwordHashProblem(text: string, { weak = false } = {}): string | undefined {
  const { scheme, body } = partsOf(meantHash(text));
  const kind = hashKinds.find((each) => each.form.test(body) && (scheme === undefined || scheme === each.scheme));
  if (!kind) {
    return `is not a password hash that is taken here; allowed are ${listed(hashKinds.map(({ allowed }) => allowed))}, as \`doveadm pw -s BLF-CRYPT -r 10\`, \`-s SHA512-CRYPT\` and \`-s ARGON2ID\` print them, with or without the scheme in front`;
  }
  const groups = Object.entries(kind.form.exec(body)?.groups ?? {});
  const work = Object.fromEntries(
    groups.flatMap(([name, value]) => (value === undefined ? [] : [[name, numberOf(value)]])),
  );
  if (!kind.bearable(work))
    return `takes so much work that one log-in would hold up all others; allowed is ${kind.allowed}; make it anew, as \`doveadm pw -s BLF-CRYPT -r 10\` does`;
  if (!weak && !kind.enough(work))
    return `is not strong enough: whoever gets it tries passwords too fast; allowed is ${kind.allowed}; make it anew, as \`doveadm pw -s BLF-CRYPT -r 10\` does, or give it as weakPasswordHash until the password changes`;
  return undefined;
}

/** A cost in decimal digits; those of yescrypt are single characters: the logarithm of the memory, and T for 32 blocks. */
function numberOf(value: string): number {
  if (value === "T") return 32;
  return /^[0-9]+$/.test(value) ? Number(value) : Number.parseInt(value, 16);
}

function partsOf(text: string): { scheme?: string; body: string } {
  const [, scheme, body] = /^\{([A-Z0-9-]+)\}(.*)$/s.exec(text) ?? [];
  return scheme === undefined || body === undefined ? { body: text } : { scheme, body };
}

function listed(words: string[]): string {
  return `${words.slice(0, -1).join("; ")}; and ${words.at(-1)}`;
}

/** A hash with the scheme in front, as Dovecot's passwd-file wants it. */
export function withScheme(passwordHash: string): string {
  if (passwordHash.startsWith("{")) return passwordHash;
  const kind = hashKinds.find(({ form }) => form.test(passwordHash));
  return `{${kind?.scheme ?? "BLF-CRYPT"}}${passwordHash}`;
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
  // Loaded when it is needed: most runs find each hash in the user's cache.
  const bcrypt = require("@node-rs/bcrypt") as typeof import("@node-rs/bcrypt");
  return withScheme(await bcrypt.hash(password, bcryptCost, salt));
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
