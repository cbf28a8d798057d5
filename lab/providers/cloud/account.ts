/**
 * What a rehearsed cloud provider keeps of its customer: files that outlive the plugin, so that what was made in one deployment is
 * there in the next one, and so that a test can look at it and bring trouble into it.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Faults, noFaults } from "./faults";

/** Names the folder that the lab keeps its accounts in. */
export const CLOUD_FOLDER = "LAB_CLOUD_FOLDER";

/** A customer's account at one provider. */
export class Account<State> {
  /**
   * @param folder where the lab keeps its accounts
   * @param provider its name, which the files bear
   * @param empty an account that nobody has used yet
   * @param customer whose it is, where there are several at the provider
   */
  constructor(
    readonly folder: string,
    readonly provider: string,
    private readonly empty: State,
    readonly customer = "",
  ) {}

  /** The account of another customer. */
  of(customer: string): Account<State> {
    return new Account(this.folder, this.provider, this.empty, customer);
  }

  /** The account that a token opens, which somebody has given to its customer by {@link handOut}; any other opens one that has nothing. */
  openedBy(token: string): Account<State> {
    return this.of(this.tokens()[token] ?? "nobody");
  }

  /** Has a token open this account, and no other. */
  handOut(token: string): void {
    writeJson(this.tokenFile(), { ...this.tokens(), [token]: this.customer });
  }

  private tokens(): Record<string, string> {
    return readJson<Record<string, string>>(this.tokenFile()) ?? {};
  }

  private tokenFile(): string {
    return join(this.folder, `${this.provider}-tokens.json`);
  }

  /** @throws outside the lab, where a person would take this plugin for the official one */
  requireLab(): void {
    if (this.folder !== "") return;
    throw new Error(
      `this is the lab's stand-in for the plugin '${this.provider}', which knows accounts of the lab only, and ${CLOUD_FOLDER} names none; ` +
        `run \`npm run demo -- --cloud ${this.provider}\`, or install the official plugin to reach a real account`,
    );
  }

  /** All that the provider knows. */
  state(): State {
    return readJson(this.file("json")) ?? structuredClone(this.empty);
  }

  /** Changes what the provider knows; nobody else changes it meanwhile. What throws, changes nothing. */
  change<Result>(work: (state: State) => Result): Result {
    return this.locked(() => {
      const state = this.state();
      const result = work(state);
      writeJson(this.file("json"), state);
      return result;
    });
  }

  /**
   * Takes a request down, and finds out whether it is one that must fail.
   *
   * @returns the HTTP status that it fails with, undefined where nothing is in its way
   */
  request(method: string, path: string): number | undefined {
    return this.locked(() => {
      const line = `${method} ${path}`;
      appendFileSync(this.file("log"), `${line}\n`);
      const faults = this.faults();
      const fault = faults.calls.find((each) => each.provider === this.provider && line.startsWith(each.request));
      if (fault === undefined) return undefined;
      fault.seen = (fault.seen ?? 0) + 1;
      writeJson(join(this.folder, "faults.json"), faults);
      const failing = fault.seen >= fault.nth && fault.seen < fault.nth + (fault.times ?? 1);
      return failing ? fault.status : undefined;
    });
  }

  /** Every request so far, oldest first, as `METHOD /path`. */
  requests(): string[] {
    const log = this.file("log");
    return existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [];
  }

  faults(): Faults {
    return { ...noFaults, ...readJson<Partial<Faults>>(join(this.folder, "faults.json")) };
  }

  private file(ending: string): string {
    return join(this.folder, `${this.provider}${this.customer && `-${this.customer}`}.${ending}`);
  }

  /** Work is done in one go: other plugins and the lab itself wait, in their own processes. */
  private locked<Result>(work: () => Result): Result {
    mkdirSync(this.folder, { recursive: true });
    const lock = join(this.folder, "lock");
    for (let waited = 0; !take(lock); waited += 5) {
      if (waited > 10_000 || !isHeld(lock)) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
    try {
      return work();
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

/** The folder of accounts that the lab told this plugin about; empty outside the lab. */
export const cloudFolder = () => process.env[CLOUD_FOLDER] ?? "";

function take(lock: string): boolean {
  try {
    const file = openSync(lock, "wx");
    writeFileSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** A lock whose holder was killed is nobody's. An empty one is just being written. */
function isHeld(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

export function readJson<Content>(file: string): Content | undefined {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

/** Puts the whole content in place at once. */
export function writeJson(file: string, content: unknown): void {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, file);
}
