/**
 * The life of a command, the same for remote and local ones: which text runs when, and what becomes of its output.
 */
import type { Operation, ResourceType } from "../standIn";
import { isObject, type Values } from "../values";

/** One run of a command. */
export interface Run {
  command: string;
  stdin: string;
  environment: Record<string, string>;
  /** Standard output and error of the run before, under the names by which the command finds them. */
  previousOutput: Record<string, string>;
  /** Receives the lines that `logging` lets through. */
  onLine: Record<Stream, (line: string) => void>;
  inputs: Values;
}

export type Stream = "stdout" | "stderr";
export type Output = Record<Stream, string>;

/** Runs a command to its end: as the original, it does not stop where the engine cancels. @throws CommandError */
export type Runner = (run: Run, operation: Operation) => Promise<Output>;

/** A command that did not end with 0, or could not be run to its end. */
export class CommandError extends Error {
  constructor(reason: string, command: string, everything: string) {
    super(`${reason}: running ${JSON.stringify(command)}:\n${everything}`);
  }
}

const LOGGED: Record<string, Stream[]> = {
  stdout: ["stdout"],
  stderr: ["stderr"],
  stdoutAndStderr: ["stdout", "stderr"],
  none: [],
};

/**
 * A resource type of commands.
 *
 * @param secrets inputs that are always secret
 * @param check completes and judges the inputs that are not common to all commands
 * @param run runs one command
 */
export function commandType(
  token: string,
  secrets: string[],
  check: (inputs: Values) => ReturnType<NonNullable<ResourceType["check"]>>,
  run: Runner,
): ResourceType {
  const perform = async (text: unknown, inputs: Values, previous: Values, operation: Operation): Promise<Values> => {
    const { stdout, stderr } = await run(runOf(String(text), inputs, previous, operation), operation);
    return { stdout: withoutLastNewline(stdout), stderr: withoutLastNewline(stderr) };
  };
  return {
    token,
    secrets,
    computed: ["stdout", "stderr"],
    replaceOn: ["triggers"],
    check,
    async create(inputs, operation) {
      const ran = inputs.create !== undefined;
      return { outputs: ran ? await perform(inputs.create, inputs, {}, operation) : { stdout: "", stderr: "" } };
    },
    async update(before, inputs, operation) {
      const text = inputs.update ?? inputs.create;
      if (text === undefined) return { stdout: before.stdout ?? "", stderr: before.stderr ?? "" };
      return perform(text, inputs, before, operation);
    },
    async delete(state, operation) {
      if (state.delete !== undefined) await perform(state.delete, state, state, operation);
    },
  };
}

function runOf(command: string, inputs: Values, previous: Values, { messages }: Operation): Run {
  // Any other word is taken, and logs nothing.
  const logged = LOGGED[String(inputs.logging ?? "stdoutAndStderr")] ?? [];
  const onLine = (stream: Stream) => (logged.includes(stream) ? messages.status : () => {});
  return {
    command,
    stdin: typeof inputs.stdin === "string" ? inputs.stdin : "",
    environment: isObject(inputs.environment) ? (inputs.environment as Record<string, string>) : {},
    previousOutput: inputs.addPreviousOutputInEnv === false ? {} : previousOutput(previous),
    onLine: { stdout: onLine("stdout"), stderr: onLine("stderr") },
    inputs,
  };
}

function previousOutput({ stdout, stderr }: Values): Record<string, string> {
  const named = { PULUMI_COMMAND_STDOUT: stdout, PULUMI_COMMAND_STDERR: stderr };
  return Object.fromEntries(
    Object.entries(named).filter(([, value]) => typeof value === "string" && value !== ""),
  ) as Record<string, string>;
}

function withoutLastNewline(text: string): string {
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}
