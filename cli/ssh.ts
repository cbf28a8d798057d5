import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { printableLines } from "../components/deployer/printable";
import type { Target } from "./target";

/**
 * Runs a command on a machine by the system's `ssh`, with `input` on its standard input, and gives what it printed. Only the host key of the target is
 * accepted. What ssh and the command say on standard error goes to the person, as far as it can be printed.
 *
 * @throws where the command did not end well
 */
export async function runOverSsh({ access, login }: Target, command: string, input: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "mailserver-"));
  try {
    const knownHosts = join(folder, "known_hosts");
    writeFileSync(knownHosts, `${access.address} ${access.hostKey}\n`);
    return await run([...sshWords({ access, login }, knownHosts), command], login.privateKey, input);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The words that begin the command line of `ssh`. */
export function sshWords({ access, login }: Pick<Target, "access" | "login">, knownHosts: string): string[] {
  // The person's own ~/.ssh/config says how to get to the machine (ProxyJump), and nothing of whom to trust there or what to hand over.
  const settings = {
    IgnoreUnknown: "KnownHostsCommand",
    BatchMode: "yes",
    ClearAllForwardings: "yes",
    ConnectTimeout: "15",
    ControlMaster: "no",
    ControlPath: "none",
    ForwardAgent: "no",
    ForwardX11: "no",
    GlobalKnownHostsFile: "/dev/null",
    HostKeyAlias: access.address,
    KnownHostsCommand: "none",
    LogLevel: "ERROR",
    ServerAliveInterval: "15",
    StrictHostKeyChecking: "yes",
    UpdateHostKeys: "no",
    UserKnownHostsFile: knownHosts,
    VerifyHostKeyDNS: "no",
    ...(login.identity === undefined ? {} : { IdentitiesOnly: "yes" }),
    ...(login.privateKey === undefined ? {} : { IdentitiesOnly: "no", IdentityAgent: "SSH_AUTH_SOCK" }),
    ...(login.agentSocketPath === undefined ? {} : { IdentityAgent: login.agentSocketPath }),
  };
  return [
    ...["ssh", "-T", "-p", `${access.port}`, "-l", access.user],
    ...(login.identity === undefined ? [] : ["-i", login.identity]),
    ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
    "--",
    access.address,
  ];
}

/** A rollback takes seconds, and waits for an activation that is under way. */
const limits = { seconds: 1800, characters: 32 * 1024 * 1024 };

/** Hands on what somebody says, line by line. */
function tell(said: Readable, tooMuch: () => void): void {
  let [rest, total] = ["", 0];
  said.setEncoding("utf8").on("data", (more: string) => {
    total += more.length;
    if (total > limits.characters) return tooMuch();
    const lines = (rest + more).split("\n");
    rest = lines.pop() ?? "";
    // A line without end is shown in pieces.
    if (rest.length > 8192) {
      lines.push(rest);
      rest = "";
    }
    if (lines.length > 0) process.stderr.write(`${printableLines(lines.join("\n"))}\n`);
  });
  said.on("end", () => {
    if (rest) process.stderr.write(`${printableLines(rest)}\n`);
  });
}

/** Left to itself, an agent ends up to ten seconds after its command. */
const withKeyFromThird = `trap 'kill "$SSH_AGENT_PID"' EXIT; ssh-add -q - <&3 && "$@" 3<&-`;

/** A private key is handed to an SSH agent that lives as long as the connection: so it lies on no disk. */
async function run(words: string[], privateKey: string | undefined, input: string): Promise<string> {
  const [program = "", ...rest] =
    privateKey === undefined ? words : ["ssh-agent", "sh", "-c", withKeyFromThird, "sh", ...words];
  // A group of its own, so that all of it can be ended.
  const child = spawn(program, rest, { stdio: ["pipe", "pipe", "pipe", "pipe"], detached: true });
  let stopped = "";
  const stop = (why: string) => {
    stopped ||= why;
    try {
      process.kill(-(child.pid as number), "SIGTERM");
    } catch {} // has ended by itself
  };
  const onSignal = () => stop("interrupted");
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, onSignal);
  const late = setTimeout(
    () => stop(`the machine did not come to an end within ${limits.seconds} s`),
    limits.seconds * 1000,
  );
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", () => reject(new Error(`${program} cannot be started; install OpenSSH's client`)));
    child.on("close", (code) => resolve(code ?? 128));
  }).finally(() => {
    clearTimeout(late);
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
  });
  const [stdin, , , third] = child.stdio;
  const key = third as typeof stdin;
  // A connection that does not come about ends before all is read.
  for (const pipe of [stdin, key]) pipe?.on("error", () => undefined);
  key?.end(privateKey === undefined ? "" : `${privateKey.trimEnd()}\n`);
  stdin?.end(input);
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    if (printed.length + more.length > limits.characters)
      stop(`the machine printed more than ${limits.characters} characters`);
    else printed += more;
  });
  tell(child.stderr, () => stop(`the machine printed more than ${limits.characters} characters`));
  const code = await ended;
  if (stopped) throw new Error(stopped);
  if (code === 255) throw new Error("no SSH connection to the machine");
  if (code !== 0) throw new Error("the machine did not do what was asked");
  return printed;
}
