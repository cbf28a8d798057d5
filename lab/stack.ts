import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { parse, stringify } from "yaml";
import { type Engine, engineEnvironment, ensureEngine } from "./engine/engine";
import { execPrefix } from "./lab";
import { checkout, inLab, stacks } from "./paths";
import { type Outcome, withLock } from "./processes";
import { step } from "./progress";
import { installProviders } from "./providers/install";

/** Protects the secrets of stacks whose machines live as long as the lab. */
export const passphrase = "the lab's stacks live on this computer only";

export const home = inLab("pulumi");

/** Gets the engine and its plugins ready; quick where they are. */
export function prepareEngine(): Promise<Engine> {
  const log = (line: string) => process.stderr.write(`${line}\n`);
  return withLock(inLab("locks", "engine"), "waiting for another command that sets the engine up", async () => {
    const engine = await ensureEngine(log);
    await step("plugins", () => installProviders(home, engine.binDir, log));
    return engine;
  });
}

/** What a stack file of a person holds under `config:`. */
export type StackConfig = Record<string, unknown>;

/** What one run of the engine left. */
export interface Run extends Outcome {
  /** As a person would have typed it. */
  command: string;
}

/** Who follows a run while it goes on. */
export interface Audience {
  /** Whether what it prints goes to the terminal too. @default false */
  show?: boolean;
  /** Is told each line of its standard output. */
  onLine?: (line: string) => void;
}

/** Where a stack runs. */
export interface Around {
  /** Argv that leads into the lab's network; empty where the caller is in it, or needs none. */
  prefix?: string[];
  /** What the providers and the program find in their environment besides the engine's own variables. */
  environment?: NodeJS.ProcessEnv;
  /** Folder of somebody else's program, with its `Pulumi.yaml`. @default - a folder below `.lab/` */
  project?: string;
  /** File of the program, for a project below `.lab/`. @default - the project's own, in `stacks/` */
  program?: string;
}

/**
 * A stack, usually of the project's own program, run by the real engine. All that belongs to it - configuration, state, project file -
 * lies in a folder of its own below `.lab/`, so that neither a person's stacks nor another of the lab's is touched.
 */
export class LabStack {
  protected readonly folder: string;
  protected readonly state: string;
  private readonly configFile: string;

  constructor(
    private readonly engine: Engine,
    readonly name: string,
    private readonly around: Around = {},
  ) {
    this.folder = around.project ?? join(stacks, name);
    this.state = join(this.folder, "state");
    this.configFile = join(this.folder, `Pulumi.${name}.yaml`);
  }

  /** Writes the stack's configuration file; what the engine itself keeps there stays. */
  configure(config: StackConfig, more: object = {}): void {
    this.makeFolder();
    const engineOwned = existsSync(this.configFile) ? parse(readFileSync(this.configFile, "utf8")) : {};
    const { config: _replaced, ...rest } = engineOwned ?? {};
    writeFileSync(this.configFile, stringify({ ...rest, ...more, config }), { mode: 0o600 });
  }

  /** Runs the engine on this stack, e.g. `run(["up", "--yes"])`. */
  async run(words: string[], audience: Audience = {}): Promise<Run> {
    await this.init();
    return this.pulumi([...words, "--stack", this.name], audience);
  }

  /** URN of the resource with this name, undefined where the stack has none. */
  async urn(name: string): Promise<string | undefined> {
    if (!this.exists()) return undefined;
    const { stdout } = await this.pulumi(["stack", "export", "--stack", this.name]);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: { urn: string }[] } };
    return deployment.resources?.find(({ urn }) => urn.endsWith(`::${name}`))?.urn;
  }

  /** Removes all that is kept of the stack. What it deployed stays. */
  forget(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private exists(): boolean {
    return existsSync(join(this.state, ".pulumi", "stacks"));
  }

  private async init(): Promise<void> {
    if (this.exists()) return;
    this.makeFolder();
    const made = await this.pulumi(["stack", "init", this.name, "--no-select", "--secrets-provider", "passphrase"]);
    if (made.exitCode !== 0) throw new Error(`The stack ${this.name} could not be made:\n${made.stderr}`);
  }

  /** With the project's own `Pulumi.yaml` as seen from there: the same program, but other stack files. */
  private makeFolder(): void {
    mkdirSync(this.state, { recursive: true, mode: 0o700 });
    if (this.around.project !== undefined) return;
    const own = parse(readFileSync(join(checkout, "Pulumi.yaml"), "utf8"));
    const project = {
      ...own,
      main: relative(this.folder, this.around.program ?? join(checkout, own.main)),
      stackConfigDir: ".",
    };
    writeFileSync(join(this.folder, "Pulumi.yaml"), stringify(project));
  }

  private pulumi(words: string[], audience?: Audience): Promise<Run> {
    const program = [join(this.engine.binDir, "pulumi"), ...words, "--non-interactive"];
    return this.start(program, `pulumi ${words.join(" ")}`, audience);
  }

  /** Runs a program in the stack's folder, where it finds the engine on its PATH. */
  protected start(argv: string[], command: string, { show = false, onLine }: Audience = {}): Promise<Run> {
    const { prefix = execPrefix(), environment = {} } = this.around;
    const { binDir } = this.engine;
    const [program = "", ...rest] = [...prefix, ...argv];
    const env = {
      ...engineEnvironment({ binDir, home, state: this.state, passphrase }),
      // What newer language hosts tell the program than the one that can be built here.
      PULUMI_NODEJS_ROOT_DIRECTORY: this.folder,
      ...environment,
    };
    const child = spawn(program, rest, { env, cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
    const outcome = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        outcome[stream] += text;
        if (show) process[stream].write(text);
      });
    }
    if (onLine) createInterface({ input: child.stdout }).on("line", onLine);
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ ...outcome, command, exitCode: code ?? 128 }));
    });
  }
}
