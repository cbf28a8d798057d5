import { readFileSync } from "node:fs";
import type { DnsRecord } from "../components/dns/record";
import type { SshEndpoint } from "../components/host/connection";
import { parseHostKey } from "../components/hostKey";
import { readStack, type StackServer, serverIn } from "./stack";

/** A machine, the way in, and what should be true of it as far as that is known. */
export interface Target {
  access: SshEndpoint;
  login: Login;
  /** `PROJECT/STACK/NAME` of the mail server. Undefined: whichever it is. */
  owner?: string;
  /** What the stack believes the machine to hold. Undefined: whatever it holds. */
  manifestHash?: string;
  /** What DNS should say. Undefined: that is not looked at. */
  records?: DnsRecord[] | undefined;
  /** Options with which `pulumi` means the same stack, to be put behind its command. */
  pulumiOptions?: string;
}

/** How to log in; ssh's own way where no member is there. */
export interface Login {
  /** File of a private key. */
  identity?: string;
  /** A private key itself, which must not come near a disk. */
  privateKey?: string;
  /** Socket of an SSH agent. */
  agentSocketPath?: string;
}

/** The options by which a person says which machine is meant. */
export interface TargetOptions {
  stack?: string;
  cwd?: string;
  server?: string;
  host?: string;
  port: string;
  hostKey?: string;
  identity?: string;
  records?: string;
}

/** The machine that the options name, or that the stack knows. @throws with what to say instead */
export async function findTarget(options: TargetOptions): Promise<Target> {
  if (options.host !== undefined) return targetOfOptions(options.host, options);
  const server = serverIn(await readStack(options, options.identity === undefined), options.server);
  const login = options.identity === undefined ? loginOf(server) : { identity: options.identity };
  return { ...server, login, pulumiOptions: stackOptions(options) };
}

/** The options with which `pulumi` means the same stack as the options do. */
export function stackOptions({ stack, cwd }: TargetOptions): string {
  const word = (name: string, value?: string) => (value === undefined ? "" : ` ${name} ${quoted(value)}`);
  return word("--stack", stack) + word("--cwd", cwd);
}

const quoted = (text: string) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function targetOfOptions(host: string, { port, hostKey, identity, records }: TargetOptions): Target {
  const [, user, address] = /^([^@\s]+)@([^@\s]+)$/.exec(host) ?? [];
  if (!user || !address) throw new Error(`--host ${host} is not a login; give user@address, such as root@198.51.100.7`);
  if (!/^[0-9]{1,5}$/.test(port)) throw new Error(`--port ${port} is not a port number`);
  if (hostKey === undefined)
    throw new Error("--host-key is missing: a machine whose key nobody checks may be anybody's");
  const key = parseHostKey(hostKey);
  if ("problem" in key) throw new Error(`--host-key ${hostKey} ${key.problem}`);
  return {
    access: { address, user, port: Number(port), hostKey: key.value },
    login: identity === undefined ? {} : { identity },
    records:
      records === undefined
        ? undefined
        : Object.values(JSON.parse(readFileSync(records, "utf8")) as Record<string, DnsRecord>),
  };
}

function loginOf({ connection }: StackServer): Login {
  if (connection?.privateKeyPassword !== undefined)
    throw new Error(
      "the stack's private key has a password; give the key by --identity, and load it into your SSH agent",
    );
  if (connection?.privateKey !== undefined) return { privateKey: connection.privateKey };
  return connection?.agentSocketPath === undefined ? {} : { agentSocketPath: connection.agentSocketPath };
}
