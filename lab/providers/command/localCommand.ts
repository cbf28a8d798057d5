import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { failure, type ResourceType } from "../standIn";
import type { Values } from "../values";
import { Collector } from "./collector";
import { CommandError, commandType, type Output, type Run } from "./command";
import { goSignals, goWords } from "./goWords";

const NOT_SERVED = ["archivePaths", "assetPaths"];

/** `command.local.Command`: a command on the machine where Pulumi runs. */
export const localCommand: ResourceType = commandType("command:local:Command", [], check, run);

function check(inputs: Values) {
  const failures = NOT_SERVED.flatMap((property) =>
    failure(property, inputs[property] === undefined, "is not served by the lab's stand-in for the plugin 'command'"),
  );
  return { inputs, failures };
}

function run({ command, stdin, environment, previousOutput, onLine, inputs }: Run): Promise<Output> {
  const interpreter =
    Array.isArray(inputs.interpreter) && inputs.interpreter.length > 0
      ? inputs.interpreter.map(String)
      : ["/bin/sh", "-c"];
  const [program = "", ...args] = interpreter;
  return new Promise((resolve, reject) => {
    const collected = new Collector(onLine);
    const child = spawn(program, [...args, command], {
      cwd: typeof inputs.dir === "string" ? inputs.dir : undefined,
      env: { ...process.env, ...environment, ...previousOutput },
    });
    child.stdout.on("data", (data: Buffer) => collected.add("stdout", data));
    child.stderr.on("data", (data: Buffer) => collected.add("stderr", data));
    // A command need not read its input to the end.
    child.stdin.on("error", () => {});
    child.stdin.end(stdin);
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(new CommandError(startFailure(error, program, inputs.dir), command, collected.everything)),
    );
    child.on("close", (code, signal) => {
      const output = collected.finish();
      if (code === 0) resolve(output);
      else
        reject(
          new CommandError(
            signal === null ? `exit status ${code}` : `signal: ${goSignals[signal] ?? signal}`,
            command,
            collected.everything,
          ),
        );
    });
  });
}

/** Why a process could not be started. */
function startFailure({ code = "", message }: NodeJS.ErrnoException, program: string, dir: unknown): string {
  const words = goWords[code] ?? message;
  if (typeof dir === "string" && !existsSync(dir)) return `chdir ${dir}: ${words}`;
  return code === "ENOENT" && !program.includes("/")
    ? `exec: ${JSON.stringify(program)}: executable file not found in $PATH`
    : `fork/exec ${program}: ${words}`;
}
