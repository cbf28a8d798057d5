import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { parse } from "yaml";

type Environment = Record<string, string>;

/** A workflow of GitHub Actions as far as jobs here use it. */
export interface Workflow {
  on: Record<string, unknown>;
  permissions: Environment;
  env: Environment;
  jobs: Record<string, Job>;
}

interface Job {
  if?: string;
  permissions?: Environment;
  env?: Environment;
  steps: Step[];
}

interface Step {
  name?: string;
  uses?: string;
  with?: Record<string, unknown>;
  run?: string;
  if?: string;
  env?: Environment;
}

/** Reads a workflow. */
export function readWorkflow(path: string): Workflow {
  return parse(readFileSync(path, "utf8")) as Workflow;
}

/** What a job came to. */
export interface Outcome {
  exitCode: number;
  /** All that its steps printed. */
  output: string;
}

/**
 * Runs the `run:` steps of a job as a runner does: by bash, one after the other, after a failure only those that say so. What `uses:` steps bring must be
 * there already, and what `npm ci` brings: once is enough for all jobs.
 *
 * @param expressions what stands between `${{` and `}}`, and what it comes to
 */
export function runJob(workflow: Workflow, name: string, cwd: string, runner: Environment, expressions: Environment) {
  const { env = {}, steps } = workflow.jobs[name]!;
  const evaluated = (more: Environment = {}) =>
    Object.fromEntries(Object.entries(more).map(([variable, text]) => [variable, evaluate(String(text), expressions)]));
  const scripts = steps.filter(({ run }) => run !== undefined && !run.startsWith("npm ci"));
  return runScripts(
    scripts.map((step) => ({ script: step.run!, always: step.if?.includes("failure()"), env: evaluated(step.env) })),
    cwd,
    { ...runner, ...evaluated(workflow.env), ...evaluated(env) },
  );
}

/** Runs scripts by bash until one fails, and then those that run always. */
export async function runScripts(
  scripts: { script: string; always?: boolean; env?: Environment }[],
  cwd: string,
  environment: Environment,
): Promise<Outcome> {
  const outcome: Outcome = { exitCode: 0, output: "" };
  for (const { script, always, env } of scripts) {
    if (outcome.exitCode !== 0 && !always) continue;
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
      cwd,
      env: { ...environment, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    outcome.output += `$ ${script}\n`;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        outcome.output += text;
      });
    const [status] = await once(child, "close");
    outcome.exitCode ||= (status as number | null) ?? 128;
  }
  return outcome;
}

function evaluate(text: string, expressions: Environment): string {
  return text.replace(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const value = expressions[expression];
    if (value === undefined) throw new Error(`the test has no value for ${expression}`);
    return value;
  });
}
