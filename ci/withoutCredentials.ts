/** What stands in a `Pulumi.STACK.yaml`. */
export interface StackFile {
  config: Record<string, unknown>;
}

type Value = Record<string, unknown>;

/** A well-formed host key, a documentation address (RFC 5737) and a name server there: nothing of it is reached by a preview. */
const ssh = {
  address: "192.0.2.25",
  hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
};
const rfc2136 = { server: "192.0.2.53", keyName: "check", keySecret: "dG9wLXNlY3JldC1rZXk=" };

/** What a secret is replaced by where not any text will do. */
const standIns: Record<string, string> = {
  passwordHash: `{BLF-CRYPT}$2y$10$${"a".repeat(53)}`,
  privateKey: "-----BEGIN PRIVATE KEY-----\nYSBzdGFuZC1pbiBmb3IgYSBzZWNyZXQ=\n-----END PRIVATE KEY-----\n",
  keySecret: rfc2136.keySecret,
};

/** The stack file as somebody may preview it who has neither its secrets nor an account. */
export function withoutCredentials({ config }: StackFile): StackFile {
  const members = Object.entries(config).map(([key, value]): [string, unknown] => [
    key,
    openly(key.replace(/^[^:]*:/, ""), value),
  ]);
  return { config: Object.fromEntries(members) };
}

function openly(member: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => openly(member, each));
  if (typeof value !== "object" || value === null) return value;
  if ("secure" in value) return standIns[member] ?? "a stand-in for a secret";
  if (member === "host" && "ovhVps" in value) return { ssh };
  if (member === "dns" || member === "reverseDns") return { rfc2136 };
  return Object.fromEntries(Object.entries(value as Value).map(([name, inner]) => [name, openly(name, inner)]));
}
