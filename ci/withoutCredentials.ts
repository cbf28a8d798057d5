import { mailServerSchema } from "../components/schema";

/** What stands in a `Pulumi.STACK.yaml`. */
export interface StackFile {
  config?: Value | null;
}

type Value = Record<string, unknown>;

/** A well-formed host key, a documentation address (RFC 5737) and a name server there: nothing of it is reached by a preview. */
const ssh = {
  ipv4Address: "192.0.2.25",
  hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
};
const rfc2136 = { server: "192.0.2.53", keyName: "check", keySecret: "dG9wLXNlY3JldC1rZXk=" };

const passwordHash = `{BLF-CRYPT}$2y$10$${"a".repeat(53)}`;

/** What a secret is replaced by where not any text will do. */
const standIns: Record<string, string> = {
  passwordHash,
  weakPasswordHash: passwordHash,
  privateKey: "-----BEGIN PRIVATE KEY-----\nYSBzdGFuZC1pbiBmb3IgYSBzZWNyZXQ=\n-----END PRIVATE KEY-----\n",
  keySecret: rfc2136.keySecret,
  hmacKey: rfc2136.keySecret,
};

/** Keys of the members of a server, which another namespace may have for something else. */
const members = new Set(Object.keys(mailServerSchema.shape).map((member) => `mail:${member}`));

/** What takes the place of a member that is one secret, where no server can do without it. */
const required: Value = {
  "mail:hostname": "mail.example.org",
  "mail:operatingSystem": "debian-13",
  "mail:host": { ssh },
  "mail:domains": [{ name: "example.org" }],
  "mail:certificate": { acme: {} },
  "mail:dns": { rfc2136 },
};

/** The stack file as somebody may preview it who has neither its secrets nor an account. */
export function withoutCredentials(file: StackFile | null): { config: Value } {
  const config = file?.config ?? {};
  const isHidden = (key: string) => members.has(key) && isSecret(config[key]);
  const entries = Object.entries(config)
    .filter(([key]) => !isHidden(key) || key in required)
    .map(([key, value]) => [key, isHidden(key) ? required[key] : openly(key.replace(/^[^:]*:/, ""), value)]);
  const open: Value = Object.fromEntries(entries);
  const hasHiddenAddresses = ["mail:domains", "mail:mailboxes", "mail:aliases", "mail:postmaster"].some(isHidden);
  return { config: hasHiddenAddresses ? withoutAddresses(open) : open };
}

/** Addresses name each other: where some are secret, the others cannot be judged. */
function withoutAddresses(config: Value): Value {
  const named = new Set(["catchAll", "catchAllSends", "rua", "ruf", "tlsRpt", "email"]);
  const left = Object.entries(config)
    .filter(([key]) => key !== "mail:mailboxes" && key !== "mail:aliases")
    .map(([key, value]) => {
      const without = JSON.stringify(value, (member, inner) => (named.has(member) ? undefined : inner));
      return [key, members.has(key) ? JSON.parse(without) : value];
    });
  return { ...Object.fromEntries(left), "mail:postmaster": "somebody@elsewhere.example" };
}

function openly(member: string, value: unknown): unknown {
  if (isSecret(value)) return standIns[member] ?? "a stand-in for a secret";
  if (Array.isArray(value)) return value.map((each) => openly(member, each));
  if (typeof value !== "object" || value === null) return value;
  if (member === "host" && "ovhVps" in value) return { ssh };
  if (member === "dns" || member === "reverseDns") return { rfc2136 };
  return Object.fromEntries(Object.entries(value as Value).map(([name, inner]) => [name, openly(name, inner)]));
}

function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}
