import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { DnsRecord } from "../components/dns/record";
import type { SshEndpoint } from "../components/host/connection";

/** What `pulumi stack export` prints, as far as it is read here. */
export interface StackExport {
  deployment: { resources?: StackResource[] | null };
}

interface StackResource {
  urn: string;
  type: string;
  parent?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** A mail server as its stack knows it. */
export interface StackServer {
  access: SshEndpoint;
  owner: string;
  manifestHash: string;
  records: DnsRecord[];
  /** How the deployer logs in; undefined where secrets were not asked for. */
  connection?: { privateKey?: string; privateKeyPassword?: string; agentSocketPath?: string };
}

/** Reads a stack's state by the `pulumi` command, which knows where it is kept. With `secrets`, they stand in it in clear. */
export async function readStack(
  { stack, cwd }: { stack?: string; cwd?: string },
  secrets: boolean,
): Promise<StackExport> {
  const words = ["stack", "export", ...(secrets ? ["--show-secrets"] : []), ...(stack ? ["--stack", stack] : [])];
  // What pulumi has to ask or to say goes to the person.
  const child = spawn("pulumi", words, { cwd, stdio: ["inherit", "pipe", "inherit"] });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", () => reject(new Error("pulumi cannot be started; is it on PATH? Without a stack, give --host")));
    child.on("close", (code) => resolve(code ?? 128));
  });
  const [printed, code] = await Promise.all([text(child.stdout), ended]);
  if (code !== 0)
    throw new Error("the stack could not be read; run this in the project's folder, or give --stack or --host");
  try {
    return JSON.parse(printed) as StackExport;
  } catch {
    throw new Error(
      "`pulumi stack export` did not print JSON; see what it prints, such as the word of a wrapper or a plugin",
    );
  }
}

/** The mail server of a stack, by its name where there are several. @throws with what there is instead */
export function serverIn({ deployment }: StackExport, name?: string): StackServer {
  const resources = deployment.resources ?? [];
  const isServer = ({ type }: StackResource) => /^mailserver:index:Mail(Server|Host)$/.test(type);
  const all = resources.filter(isServer);
  // The machine of a mail server is part of it.
  const servers = all.filter(({ parent }) => !all.some(({ urn }) => urn === parent));
  const names = servers.map(({ urn }) => nameOf(urn));
  const matching = name === undefined ? servers : servers.filter(({ urn }) => nameOf(urn) === name);
  const [server] = matching;
  if (!server)
    throw new Error(`the stack has no mail server${name ? ` ${name}; it has: ${names.join(", ") || "none"}` : ""}`);
  if (matching.length > 1)
    throw new Error(`the stack has several mail servers; choose one by --server: ${names.join(", ")}`);
  const { sshEndpoint, host, manifestHash, records } = server.outputs ?? {};
  // An earlier version called it `host`.
  const endpoint = sshEndpoint ?? host;
  if (endpoint === undefined)
    throw new Error("the stack was last deployed by an earlier version, or never to its end; run `pulumi up` once");
  const connection = connectionOf(server, resources);
  return {
    access: revealed(endpoint) as SshEndpoint,
    owner: ownerOf(server.urn),
    manifestHash: revealed(manifestHash) as string,
    records: Object.values(revealed(records) as Record<string, DnsRecord>),
    ...(connection ? { connection } : {}),
  };
}

/** What the activation of a server was told about SSH. */
function connectionOf(server: StackResource, resources: StackResource[]): StackServer["connection"] {
  const machine = resources.find(({ type, parent }) => type === "mailserver:index:MailHost" && parent === server.urn);
  const activation = resources.find(
    ({ type, parent }) => type === "mailserver:index:Activation" && parent === (machine ?? server).urn,
  );
  const command = resources.find(
    ({ type, parent }) => type === "command:remote:Command" && parent !== undefined && parent === activation?.urn,
  );
  return revealed(command?.inputs?.connection) as StackServer["connection"];
}

/** `PROJECT/STACK/NAME`, from `urn:pulumi:STACK::PROJECT::TYPES::NAME`. */
function ownerOf(urn: string): string {
  const [stack = "", project = ""] = urn.slice("urn:pulumi:".length).split("::");
  return `${project}/${stack}/${nameOf(urn)}`;
}

const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";

/** A value of the state: a secret one is JSON within an object of its own, and has no text where secrets were not asked for. */
function revealed(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("4dabf18193072939515e22adb298388d" in value)) return value;
  return "plaintext" in value && typeof value.plaintext === "string" ? JSON.parse(value.plaintext) : undefined;
}
