import { spawn } from "node:child_process";
import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MailServerArgs } from "../../index";
import { type Engine, engineEnvironment, ensureEngine } from "../../lab/engine/engine";
import { checkout, inLab } from "../../lab/paths";
import { withLock } from "../../lab/processes";
import { installProviders } from "../../lab/providers/install";

const passphrase = "the lab keeps no secrets";
const home = inLab("pulumi");
const log = (line: string) => process.stderr.write(`… ${line}\n`);

/** What one run of the command line left. */
export interface Run {
  /** The arguments, for error texts. */
  command: string;
  stdout: string;
  stderr: string;
  exitCode: number;
  /** Resources by what happened to them, as the summary counts them: `created`, `updated`, `deleted`, `replaced`, `unchanged`. */
  counts: Record<string, number>;
}

/** What the engine would do to a resource. */
export interface PreviewStep {
  op: string;
  urn: string;
  newState?: {
    type: string;
    parent?: string;
    inputs?: Record<string, unknown>;
    dependencies?: string[];
    additionalSecretOutputs?: string[];
    customTimeouts?: Record<string, number>;
  };
}

/** A stack of the program in `stacks/`, run by the real command line as a person would, with a configuration file of its own. */
export class Stack {
  private readonly folder: string;
  private readonly state: string;
  private readonly configFile: string;
  private readonly secrets = new SecretValues();
  /** Everything that the command line has printed so far. */
  printed = "";

  private constructor(
    readonly name: string,
    private readonly engine: Engine,
  ) {
    this.folder = inLab("stacks", name);
    this.state = join(this.folder, "state");
    this.configFile = join(this.folder, `Pulumi.${name}.yaml`);
  }

  /** A stack without history: what an earlier run of the tests left under this name is forgotten. */
  static async create(name: string): Promise<Stack> {
    const engine = await withLock(
      inLab("locks", "engine"),
      "waiting for another test that sets the engine up",
      async () => {
        const found = await ensureEngine(log);
        await installProviders(home, found.binDir, log);
        return found;
      },
    );
    const stack = new Stack(name, engine);
    rmSync(stack.folder, { recursive: true, force: true });
    mkdirSync(stack.state, { recursive: true, mode: 0o700 });
    stack.write({});
    // In a folder of its own: `stack init` writes beside the project file, and this checkout's is not ours to fill.
    writeFileSync(
      join(stack.folder, "Pulumi.yaml"),
      readFileSync(join(checkout, "Pulumi.yaml"), "utf8").replace(/^(main|stackConfigDir):.*\n/gm, ""),
    );
    const made = await stack.run(
      ["stack", "init", name, "--no-select", "--secrets-provider", "passphrase"],
      stack.folder,
    );
    if (made.exitCode !== 0) throw new Error(transcript(made));
    return stack;
  }

  /** Removes all that the tests keep of the stack. */
  forget(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Makes the args the stack's configuration. Values at these paths (member names, `*` for any index) are encrypted in the file. */
  configure(args: MailServerArgs): void {
    const entries = Object.entries(this.secrets.hide(args)).filter(([, value]) => value !== undefined);
    this.write(Object.fromEntries(entries.map(([member, value]) => [`mail:${member}`, value])));
  }

  /** `pulumi up`; fails the test with the whole output where it does not succeed. */
  async up(args: MailServerArgs): Promise<Run> {
    return succeeded(await this.tryUp(args));
  }

  /** `pulumi up`, which may fail. */
  tryUp(args: MailServerArgs): Promise<Run> {
    this.configure(args);
    return this.run(["up", "--yes", "--skip-preview", "--diff", ...this.selection]);
  }

  /** `pulumi preview --diff`. */
  async preview(args: MailServerArgs): Promise<Run> {
    return succeeded(await this.tryPreview(args));
  }

  /** `pulumi preview --diff`, which may fail. */
  tryPreview(args: MailServerArgs): Promise<Run> {
    this.configure(args);
    return this.run(["preview", "--diff", ...this.selection]);
  }

  /** The steps of `pulumi preview --json`: what would happen to each resource, and what the engine knows of it. */
  async previewSteps(args: MailServerArgs): Promise<PreviewStep[]> {
    this.configure(args);
    const { stdout } = succeeded(await this.run(["preview", "--json", ...this.selection]));
    return (JSON.parse(stdout) as { steps: PreviewStep[] }).steps;
  }

  /** `pulumi destroy`. */
  async destroy(): Promise<Run> {
    return succeeded(await this.run(["destroy", "--yes", "--skip-preview", ...this.selection]));
  }

  /** The stack's outputs; secret ones read `[secret]`. */
  async outputs(): Promise<Record<string, unknown>> {
    const shown = succeeded(await this.run(["stack", "output", "--json", "--stack", this.name]));
    return JSON.parse(shown.stdout) as Record<string, unknown>;
  }

  /** Every file that the engine keeps of the stack: state, backups, history. */
  stateFiles(): { path: string; content: string }[] {
    return readdirSync(this.state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path, content: readFileSync(path, "utf8") }));
  }

  private get selection(): string[] {
    return ["--stack", this.name, "--config-file", this.configFile];
  }

  private write(config: Record<string, unknown>): void {
    writeFileSync(this.configFile, JSON.stringify({ encryptionsalt: this.secrets.salt, config }, null, 2), {
      mode: 0o600,
    });
  }

  private async run(words: string[], cwd = checkout): Promise<Run> {
    const { binDir } = this.engine;
    const env = { ...engineEnvironment({ binDir, home, state: this.state, passphrase }), XDG_CACHE_HOME: this.cache };
    const run = await spawned([join(binDir, "pulumi"), ...words, "--non-interactive", "--color", "never"], cwd, env);
    this.printed += run.stdout + run.stderr;
    return run;
  }

  /** Where the program remembers password hashes; made anew with the stack, so that every test starts as a new deployer does. */
  private get cache(): string {
    const folder = join(this.folder, "cache");
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }
}

/** Where secrets stand in the args. */
const secretMembers = new Set(["password", "passwordHash", "privateKey", "privateKeyPassword", "keySecret"]);

/** Encrypts as `pulumi config set --secret` does with a passphrase: AES-256-GCM, the key by PBKDF2. */
class SecretValues {
  readonly salt: string;
  private readonly key: Buffer;

  constructor() {
    const salt = randomBytes(8);
    this.key = pbkdf2Sync(passphrase, salt, 1_000_000, 32, "sha256");
    this.salt = `v1:${salt.toString("base64")}:${this.encrypt("pulumi")}`;
  }

  hide<T extends object>(args: T): Record<string, unknown> {
    return JSON.parse(
      JSON.stringify(args, (member, value: unknown) =>
        secretMembers.has(member) && typeof value === "string" ? { secure: this.encrypt(value) } : value,
      ),
    ) as Record<string, unknown>;
  }

  private encrypt(text: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.key, nonce);
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
  }
}

/** What a person would have seen. */
export function transcript(run: Run): string {
  return `${run.command}\nended with exit code ${run.exitCode}\n${run.stdout}\n${run.stderr}`;
}

function succeeded(run: Run): Run {
  if (run.exitCode !== 0) throw new Error(transcript(run));
  return run;
}

function spawned([program = "", ...words]: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({
        command: `pulumi ${words.join(" ")}`,
        stdout,
        stderr,
        exitCode: code ?? 128,
        counts: countsOf(stdout),
      }),
    );
  });
}

/** Reads the lines below `Resources:`, such as `    ~ 2 updated` or `    35 unchanged`. */
function countsOf(stdout: string): Record<string, number> {
  const summary = stdout.slice(stdout.lastIndexOf("\nResources:"));
  const rows = [...summary.matchAll(/^\s+(?:[+~-]{1,2}|\+-)?\s*(\d+) (?:to )?([a-z]+)/gm)];
  return Object.fromEntries(rows.map(([, count, what]) => [what ?? "", Number(count)]));
}
