import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parse, stringify } from "yaml";
import { type Engine, engineEnvironment, ensureEngine } from "./engine/engine";
import { execPrefix } from "./lab";
import { checkout, inLab } from "./paths";
import type { Outcome } from "./processes";
import { step } from "./progress";
import { installProviders } from "./providers/install";

/** Protects the secrets of stacks whose machines live as long as the lab. */
const passphrase = "the lab's stacks live on this computer only";

const home = inLab("pulumi");
const state = inLab("state");
const project = inLab("project");

/** Gets the engine and its plugins ready; quick where they are. */
export async function prepareEngine(): Promise<Engine> {
  for (const folder of [home, state, project]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(project, "Pulumi.yaml"), stringify(projectFile()));
  const log = (line: string) => process.stderr.write(`${line}\n`);
  const engine = await ensureEngine(log);
  await step("plugins", () => installProviders(home, engine.binDir, log));
  return engine;
}

/**
 * The project's own `Pulumi.yaml` as seen from the lab: the same program, but stack files that the lab writes do not lie among those
 * of a person.
 */
function projectFile(): object {
  const own = parse(readFileSync(join(checkout, "Pulumi.yaml"), "utf8"));
  return { ...own, main: join(relative(project, checkout), own.main), stackConfigDir: "." };
}

/** What a stack file of a person holds under `config:`. */
export type StackConfig = Record<string, unknown>;

/** Forgets every stack. */
export function forgetStacks(): void {
  for (const folder of [state, project]) rmSync(folder, { recursive: true, force: true });
}

/** A stack of the project's own program, deployed from inside the lab by the real engine. Its state and configuration live in `.lab/`. */
export class LabStack {
  private readonly configFile: string;

  /** @param environment what the providers find besides the engine's own variables */
  constructor(
    private readonly engine: Engine,
    readonly name: string,
    private readonly environment: Record<string, string> = {},
  ) {
    this.configFile = join(project, `Pulumi.${name}.yaml`);
  }

  /** Writes the stack's configuration file; what the engine itself keeps there stays. */
  configure(config: StackConfig): void {
    const engineOwned = existsSync(this.configFile) ? parse(readFileSync(this.configFile, "utf8")) : {};
    const { config: _replaced, ...rest } = engineOwned ?? {};
    writeFileSync(this.configFile, stringify({ ...rest, config }), { mode: 0o600 });
  }

  /** Runs the engine on this stack, e.g. `run(["up", "--yes"])`. With `show`, what it prints goes to the terminal too. */
  async run(words: string[], { show = false } = {}): Promise<Outcome> {
    await this.init();
    return this.pulumi([...words, "--stack", this.name], show);
  }

  /** URN of the resource with this name, undefined where the stack has none. */
  async urn(name: string): Promise<string | undefined> {
    if (!(await this.exists())) return undefined;
    const { stdout } = await this.pulumi(["stack", "export", "--stack", this.name]);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: { urn: string }[] } };
    return deployment.resources?.find(({ urn }) => urn.endsWith(`::${name}`))?.urn;
  }

  /** Whether the stack has ever been made. */
  async exists(): Promise<boolean> {
    const { stdout } = await this.pulumi(["stack", "ls", "--json"]);
    return (JSON.parse(stdout || "[]") as { name: string }[]).some(({ name }) => name.split("/").at(-1) === this.name);
  }

  /** Forgets what was deployed, without undoing it. */
  async forget(): Promise<void> {
    if (await this.exists()) await this.pulumi(["stack", "rm", this.name, "--force", "--yes"]);
  }

  private async init(): Promise<void> {
    if (await this.exists()) return;
    const made = await this.pulumi(["stack", "init", this.name]);
    if (made.exitCode !== 0) throw new Error(`The stack ${this.name} could not be made:\n${made.stderr}`);
  }

  private pulumi(words: string[], show = false): Promise<Outcome> {
    const [program = "", ...rest] = [...execPrefix(), "pulumi", ...words, "--non-interactive"];
    const env = { ...engineEnvironment({ binDir: this.engine.binDir, home, state, passphrase }), ...this.environment };
    const child = spawn(program, rest, { env, cwd: project, stdio: ["ignore", "pipe", "pipe"] });
    const outcome = { stdout: "", stderr: "", exitCode: 128 };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        outcome[stream] += text;
        if (show) process[stream].write(text);
      });
    }
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ ...outcome, exitCode: code ?? 128 }));
    });
  }
}
