/** One command in one SSH session. */
import { constants } from "node:os";
import type { Client, ClientChannel } from "ssh2";
import type { Operation } from "../standIn";
import { Collector } from "./collector";
import { CommandError, type Output, type Run } from "./command";
import { type EnvironmentReply, execWithEnvironment } from "./sessionEnvironment";

/** How a remote process ended; neither member: the connection broke. */
interface Ending {
  code?: number;
  signal?: string;
}

/** Runs the command to its end on a connection that is logged in. @throws CommandError */
export function runInSession(client: Client, run: Run, { messages }: Operation): Promise<Output> {
  return execWithEnvironment(
    client,
    run.command,
    { ...run.environment, ...run.previousOutput },
    (reply) => {
      judgeEnvironment(reply, run, messages);
    },
    (channel) => follow(channel, run),
  );
}

/** Feeds a command that has started and gathers what it says until it has ended. */
function follow(channel: ClientChannel, run: Run): Promise<Output> {
  return new Promise((resolve, reject) => {
    const collected = new Collector(run.onLine);
    const ending: Ending = {};
    let wroteAll = false;

    channel.on("data", (data: Buffer) => collected.add("stdout", data));
    channel.stderr.on("data", (data: Buffer) => collected.add("stderr", data));
    channel.on("exit", (code: number | null, signal?: string) => {
      if (code !== null) ending.code = code;
      if (signal !== undefined) ending.signal = signal;
    });
    channel.on("finish", () => {
      wroteAll = true;
    });
    channel.on("close", () => {
      const output = collected.finish();
      const reason = failureOf(ending, wroteAll);
      if (reason === undefined) resolve(output);
      else reject(new CommandError(reason, run.command, collected.everything));
    });
    // A process that exits early leaves input unread; how it exited is what counts.
    channel.on("error", () => {});
    channel.end(run.stdin);
  });
}

function failureOf({ code, signal }: Ending, wroteAll: boolean): string | undefined {
  if (signal !== undefined) return killedBy(signal.replace(/^SIG/, ""));
  if (code === undefined) return "wait: remote command exited without exit status or exit signal";
  if (code !== 0) return `Process exited with status ${code}`;
  // A command that leaves input behind has not done its work, whatever it says.
  return wroteAll ? undefined : "EOF";
}

function killedBy(signal: string): string {
  const number = Object.entries(constants.signals).find(([name]) => name === `SIG${signal}`)?.[1] ?? 0;
  return `Process exited with status ${128 + number} from signal ${signal}`;
}

/** A variable of the program's that the server refuses is an error; the previous output is only a convenience. */
function judgeEnvironment({ name, accepted }: EnvironmentReply, run: Run, messages: Operation["messages"]): void {
  if (accepted) return;
  const text = `'${name}' cannot be set: the SSH server does not accept it. Add it to AcceptEnv in the server's sshd_config, or set it in the command itself ('${name}=value command').`;
  if (name in run.environment) {
    messages.error(text);
    throw new Error(`could not set environment variable ${JSON.stringify(name)}: ssh: setenv failed`);
  }
  messages.warn(text);
}
