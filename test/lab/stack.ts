import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { secretMembers } from "../../components/schema";
import type { MailServerArgs } from "../../index";
import { checkout } from "../../lab/paths";
import { translatedProgram } from "../../lab/program";
import { type Audience, LabStack, passphrase, prepareEngine, type Run } from "../../lab/stack";

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

/** A resource as the state holds it. */
export interface ExportedResource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** A stack of the program in `stacks/`, run by the real command line. */
export class Stack extends LabStack {
  private readonly secrets = new SecretValues();
  /** Texts that are secrets in the stack's configuration file, whatever members have them; besides those that always are. */
  readonly secretTexts = new Set<string>();
  /** Everything that the command line has printed so far. */
  printed = "";

  /** A stack without history: what an earlier run of the tests left under this name is forgotten. */
  static async create(name: string, more: NodeJS.ProcessEnv = {}): Promise<Stack> {
    return Stack.ofProgram(name, await translatedProgram(), more);
  }

  /** As {@link create}, of another program of this checkout. */
  static async ofProgram(name: string, program: string, more: NodeJS.ProcessEnv = {}): Promise<Stack> {
    const environment: NodeJS.ProcessEnv = { ...more };
    const stack = new Stack(await prepareEngine(), name, { prefix: [], environment, program });
    stack.forget();
    // Where the program remembers password hashes: empty, so that every test starts as a new deployer does.
    environment.XDG_CACHE_HOME = join(stack.folder, "cache");
    return stack;
  }

  /** A stack of a program that lies in a folder outside the checkout. */
  static async ofProject(project: string): Promise<Stack> {
    const environment = { XDG_CACHE_HOME: join(project, "cache") };
    return new Stack(await prepareEngine(), "dev", { prefix: [], environment, project });
  }

  /** `pulumi up`; fails the test with the whole output where it does not succeed. */
  async up(args: MailServerArgs): Promise<Run> {
    return succeeded(await this.tryUp(args));
  }

  /** `pulumi up`, which may fail. */
  tryUp(args: MailServerArgs, ...more: string[]): Promise<Run> {
    return this.runWith(args, ["up", "--yes", "--skip-preview", "--diff", ...more]);
  }

  /** As {@link tryUp}, and tells each line as it comes. */
  follow(args: MailServerArgs, onLine: (line: string) => void): Promise<Run> {
    return this.runWith(args, ["up", "--yes", "--skip-preview", "--suppress-outputs"], { onLine });
  }

  /** `pulumi preview --diff`. */
  async preview(args: MailServerArgs, ...more: string[]): Promise<Run> {
    return succeeded(await this.tryPreview(args, ...more));
  }

  /** `pulumi preview --diff`, which may fail. */
  tryPreview(args: MailServerArgs, ...more: string[]): Promise<Run> {
    return this.runWith(args, ["preview", "--diff", ...more]);
  }

  /** The steps of `pulumi preview --json`: what would happen to each resource, and what the engine knows of it. */
  async previewSteps(args: MailServerArgs, ...more: string[]): Promise<PreviewStep[]> {
    const { stdout } = succeeded(await this.runWith(args, ["preview", "--json", ...more]));
    return (JSON.parse(stdout) as { steps: PreviewStep[] }).steps;
  }

  /** `pulumi destroy`. */
  async destroy(): Promise<Run> {
    return succeeded(await this.run(["destroy", "--yes", "--skip-preview"]));
  }

  /** The stack's outputs; secret ones read `[secret]`. */
  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(succeeded(await this.run(["stack", "output", "--json"])).stdout) as Record<string, unknown>;
  }

  /** The state with all secrets in clear text, each as `{ plaintext }` in JSON. It does not count as {@link printed}. */
  async exported(): Promise<{ resources: ExportedResource[] }> {
    const { stdout } = succeeded(await super.run(["stack", "export", "--show-secrets"]));
    return (JSON.parse(stdout) as { deployment: { resources: ExportedResource[] } }).deployment;
  }

  /** Changes what the state holds of each resource, secrets in clear text as {@link exported} shows them. */
  async rewrite(change: (resource: ExportedResource) => void): Promise<void> {
    const { stdout } = succeeded(await super.run(["stack", "export", "--show-secrets"]));
    const state = JSON.parse(stdout) as { deployment: { resources: ExportedResource[] } };
    state.deployment.resources.forEach(change);
    const file = join(this.folder, "rewritten.json");
    writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
    succeeded(await super.run(["stack", "import", "--file", file]));
    rmSync(file);
  }

  /** `mailserver` in the folder of the stack's project. */
  mailserver(...words: string[]): Promise<Run> {
    const tsx = createRequire(__filename).resolve("tsx/cli");
    const program = [process.execPath, tsx, join(checkout, "cli", "mailserver.ts"), ...words, "--stack", this.name];
    return this.start(program, `mailserver ${words.join(" ")}`);
  }

  /** Commands of a person in the folder of the stack's project, with the stack selected. */
  async shell(script: string): Promise<Run> {
    return this.start(["bash", "-euo", "pipefail", "-c", `export PULUMI_STACK=${this.name}\n${script}`], script);
  }

  /** Every file that the engine keeps of the stack: state, backups, history. */
  stateFiles(): { path: string; content: string }[] {
    return readdirSync(this.state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ path, content: readFileSync(path, "utf8") }));
  }

  override async run(words: string[], audience: Audience = {}): Promise<Run> {
    const run = await super.run([...words, "--color", "never"], audience);
    this.printed += run.stdout + run.stderr;
    return run;
  }

  /** Writes values into the stack's configuration file, each under `mail:`; the secrets among them encrypted. */
  keep(values: object): void {
    const entries = Object.entries(this.secrets.hide(values, this.secretTexts)).filter(
      ([, value]) => value !== undefined,
    );
    const config = Object.fromEntries(entries.map(([member, value]) => [`mail:${member}`, value]));
    this.configure(config, { encryptionsalt: this.secrets.salt });
  }

  private runWith(args: MailServerArgs, words: string[], audience?: Audience): Promise<Run> {
    this.keep(args);
    return this.run(words, audience);
  }
}

/** Encrypts as `pulumi config set --secret` does with a passphrase: AES-256-GCM, the key by PBKDF2. */
class SecretValues {
  readonly salt: string;
  private readonly key: Buffer;

  constructor() {
    const salt = randomBytes(8);
    this.key = pbkdf2Sync(passphrase, salt, 1_000_000, 32, "sha256");
    this.salt = `v1:${salt.toString("base64")}:${this.encrypt("pulumi")}`;
  }

  hide<T extends object>(args: T, texts: Set<string>): Record<string, unknown> {
    return JSON.parse(
      JSON.stringify(args, (member, value: unknown) =>
        typeof value === "string" && (secretMembers.has(member) || texts.has(value))
          ? { secure: this.encrypt(value) }
          : value,
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

/** Resources by what happened to them, as the lines below `Resources:` count them: `created`, `updated`, `deleted`, `replaced`, `unchanged`. */
export function counts({ stdout }: Run): Record<string, number> {
  const summary = stdout.slice(stdout.lastIndexOf("\nResources:"));
  const rows = [...summary.matchAll(/^\s+(?:[+~-]{1,2}|\+-)?\s*(\d+) (?:to )?([a-z]+)/gm)];
  return Object.fromEntries(rows.map(([, count, what]) => [what ?? "", Number(count)]));
}

/** Fails the test with the whole output of a run that did not succeed. */
export function succeeded(run: Run): Run {
  if (run.exitCode !== 0) throw new Error(transcript(run));
  return run;
}
