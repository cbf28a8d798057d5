import { spawn } from "node:child_process";

/** What a command that failed had to say. */
export class CommandFailed extends Error {
  constructor(
    command: string,
    readonly output: string,
    ending: string,
  ) {
    super(`\`${command}\` ${ending}:\n${output.trim().split("\n").slice(-15).join("\n")}`);
  }
}

/**
 * Runs a command and returns what it wrote to standard output. The command ends with this process, and after `timeout` milliseconds.
 *
 * @throws CommandFailed with the last lines of its output when it cannot be started or does not exit with 0
 */
export function run(
  command: string[],
  { cwd, env, timeout }: { cwd?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const [program = "", ...args] = command;
    const child = spawn(program, args, { cwd, env, timeout, stdio: ["ignore", "pipe", "pipe"] });
    const endWithThisProcess = () => child.kill();
    process.once("exit", endWithThisProcess);

    let stdout = "";
    let both = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      both += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      both += text;
    });
    const settle = (ending?: string) => {
      process.removeListener("exit", endWithThisProcess);
      if (ending === undefined) resolve(stdout);
      else reject(new CommandFailed(command.join(" "), both, ending));
    };
    child.on("error", (error) => settle(`could not be started (${error.message})`));
    child.on("close", (code, signal) => {
      if (code === 0) settle();
      else settle(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
    });
  });
}
