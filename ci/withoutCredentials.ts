import { mailServerSchema } from "../components/schema";
import { hasSecure, isSecure, withSecrets } from "../components/stackSecrets";

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

/** What every key of a server's members begins with, as in `stacks/`; another namespace may have the same members for something else. */
const namespace = "mail";

const members = new Set(Object.keys(mailServerSchema.shape));

/**
 * The stack file as somebody may preview it who has neither its secrets nor an account.
 *
 * @throws where something is secret that the program refuses as such
 */
export function withoutCredentials(file: StackFile | null): { config: Value } {
  const entries = Object.entries(file?.config ?? {}).map(([key, value]) => {
    const [space, name = ""] = key.split(/:(.*)/s);
    if (space === namespace && members.has(name) && hasSecure(value)) withSecrets(namespace, name, value, value);
    return [key, withoutSecrets(name, value)];
  });
  return { config: Object.fromEntries(entries) };
}

function withoutSecrets(member: string, value: unknown): unknown {
  if (isSecure(value)) return standIns[member] ?? "a stand-in for a secret";
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(member, each));
  if (typeof value !== "object" || value === null) return value;
  if (member === "host" && "ovhVps" in value) return { ssh };
  if (member === "dns" || member === "reverseDns") return { rfc2136 };
  return Object.fromEntries(Object.entries(value as Value).map(([name, inner]) => [name, withoutSecrets(name, inner)]));
}
