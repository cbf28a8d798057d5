import { spawn } from "node:child_process";

/** What a script of the deployer left. */
export interface Ran {
  stdout: string;
  stderr: string;
  exitCode: number;
}

export { source } from "../../../components/deployer/run";

/** Runs a program with this on its standard input. */
export function run(words: string[], input: string, environment: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const [program = "", ...rest] = words;
  const child = spawn(program, rest, { cwd: "/", env: { PATH: process.env.PATH, ...environment } });
  const ran = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      ran[stream] += text;
    });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ ...ran, exitCode: code ?? 128 }));
  });
}
