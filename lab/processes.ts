import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { $ } from "zx";
import { inLab, namespacePath } from "./paths";
import { pause, until } from "./progress";

/** What a finished command left. */
export interface Outcome {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** Runs a command to its end, with `input` on its stdin. */
export async function run(command: string[], input: string | Buffer = ""): Promise<Outcome> {
  const { stdout, stderr, exitCode } = await $({ input, nothrow: true, quiet: true })`${command}`;
  return { stdout, stderr, exitCode: exitCode ?? 128 };
}

/**
 * Runs a command that has to succeed and gives its stdout.
 * @throws with `purpose` and the last lines that the command wrote
 */
export async function must(purpose: string, command: string[], input: string | Buffer = ""): Promise<string> {
  const { stdout, stderr, exitCode } = await run(command, input);
  if (exitCode === 0) return stdout;
  const lastLines = `${stdout}\n${stderr}`.trim().split("\n").slice(-15).join("\n  ");
  throw new Error(`${purpose}: '${command[0]}' ended with status ${exitCode}.\n  ${lastLines}`);
}

/** Argv prefix that enters the lab's network. */
export const inNamespace = ["nsenter", `--net=${namespacePath}`, "--"];

/**
 * Argv prefix that leads back to the host's own network, empty where the caller is in it. The way back is that of the nearest
 * ancestor which is not in the lab: in a virtual machine or container, process 1 may be somebody that root cannot look at.
 */
export function inHost(): string[] {
  const lab = existsSync(namespacePath) ? `net:[${statSync(namespacePath).ino}]` : "";
  for (let pid = process.pid; pid > 1; pid = parentOf(pid)) {
    if (readlinkSync(`/proc/${pid}/ns/net`) === lab) continue;
    return pid === process.pid ? [] : ["nsenter", "--target", String(pid), "--net", "--mount", "--"];
  }
  return ["nsenter", "--target", "1", "--net", "--mount", "--"];
}

const parentOf = (pid: number) => Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 1);

const pidFile = (name: string) => inLab("run", `${name}.pid`);

/** When a process started, in clock ticks since boot; undefined for one that is gone or a zombie that nobody has reaped yet. */
function startTime(pid: number): string | undefined {
  try {
    const [state, ...rest] = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return state === "Z" || state === "X" ? undefined : rest[18];
  } catch {
    return undefined;
  }
}

/** Whether a process id belongs to a living process. */
export const lives = (pid: number) => startTime(pid) !== undefined;

/** Process id of a daemon of the lab, undefined where it does not run. A number that was given to another process since does not count. */
export function pidOf(name: string): number | undefined {
  if (!existsSync(pidFile(name))) return undefined;
  const [pid, started] = readFileSync(pidFile(name), "utf8").trim().split(" ");
  return pid && started && startTime(Number(pid)) === started ? Number(pid) : undefined;
}

/** A long-running program of the lab. */
export interface Daemon {
  name: string;
  command: string[];
  /** Network that it runs in. */
  network: "lab" | "host";
  environment?: Record<string, string>;
  /** File that takes what it prints. @default - `.lab/log/NAME.log` */
  log?: string;
}

/** Where a daemon's output goes unless it says otherwise. */
export const logFile = (name: string) => inLab("log", `${name}.log`);

/** Starts a daemon unless it runs already; it outlives this process. */
export function startDaemon(daemon: Daemon): void {
  if (pidOf(daemon.name)) return;
  const log = daemon.log ?? logFile(daemon.name);
  for (const file of [log, pidFile(daemon.name)]) mkdirSync(dirname(file), { recursive: true });
  const output = openSync(log, "a");
  const [program = "", ...rest] = [...(daemon.network === "lab" ? inNamespace : inHost()), ...daemon.command];
  const child = spawn(program, rest, {
    detached: true,
    stdio: ["ignore", output, output],
    env: { PATH: process.env.PATH, HOME: "/root", LANG: "C.UTF-8", ...daemon.environment },
    cwd: "/",
  });
  child.on("error", () => undefined);
  child.unref();
  if (child.pid) writeFileSync(pidFile(daemon.name), `${child.pid} ${startTime(child.pid) ?? ""}\n`);
}

/** Ends a daemon: politely first, and by force when it takes longer than three seconds. */
export async function stopDaemon(name: string): Promise<void> {
  const pid = pidOf(name);
  if (pid) await end(pid);
  rmSync(pidFile(name), { force: true });
}

/** Ends one process: SIGTERM, three seconds, SIGKILL. */
export async function end(pid: number): Promise<void> {
  signal(pid, "SIGTERM");
  for (let waited = 0; waited < 3000 && lives(pid); waited += 10) await pause(10);
  signal(pid, "SIGKILL");
  await until(
    3,
    () => `Process ${pid} does not end, not even by SIGKILL.`,
    () => !lives(pid),
  );
}

/** Sends a signal; a process that is gone already is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Forgets that a daemon ever ran, after it has been ended by other means. */
export const forgetDaemon = (name: string) => rmSync(pidFile(name), { force: true });

/** The last lines that a daemon printed, for an error text. */
export function lastLines(file: string, count = 8): string {
  if (!existsSync(file)) return "  (it printed nothing)";
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .slice(-count)
    .map((line) => `  ${line}`)
    .join("\n");
}

/**
 * Does `work` while no other process holds the same lock file. The lock ends with this process, however it ends.
 * @param waiting what to say when somebody else holds it
 */
export async function withLock<T>(file: string, waiting: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const holder = spawn("flock", [file, "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  const patience = setTimeout(() => process.stderr.write(`… ${waiting}\n`), 2000);
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once("data", () => resolve());
      holder.once("error", reject);
      holder.once("exit", (code) => reject(new Error(`flock on ${file} ended with status ${code}`)));
    });
    clearTimeout(patience);
    return await work();
  } finally {
    clearTimeout(patience);
    holder.removeAllListeners();
    holder.stdin.end();
  }
}
