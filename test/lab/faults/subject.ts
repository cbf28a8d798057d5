import type { MailServerArgs } from "../../../index";
import { Ledger } from "./ledger";
import { tell } from "./report";
import type { Attempt, FaultyServer } from "./server";
import { type Generation, intact, whole } from "./wholeness";

/** The line of progress at which it was to be hit did not come this time. */
const notHit = "not hit";

/** Two generations of one server, between which it is hit. */
export class Subject {
  readonly ledger: Ledger;
  private readonly hashes = new Map<"first" | "changed", Generation>();
  private readonly ups = new Map<string, Attempt>();
  private now: "first" | "changed" = "first";

  constructor(readonly server: FaultyServer) {
    this.ledger = new Ledger(server);
  }

  /** What the server is to be next: the other of both. */
  get next(): MailServerArgs {
    return this.argsOf(this.other);
  }

  /** What the server is now. */
  get present(): MailServerArgs {
    return this.argsOf(this.now);
  }

  /** How an undisturbed activation went: of a pristine machine, or to what the server is to be next. */
  measured(what: "first up" | "next"): Attempt {
    const attempt = this.ups.get(what === "first up" ? what : this.other);
    if (!attempt) throw new Error("measure() comes first");
    return attempt;
  }

  /** Makes a pristine machine a mail server, changes it and changes it back, undisturbed. */
  async measure(): Promise<void> {
    const first = await this.server.converge(this.server.args);
    const there = await this.server.converge(this.server.changed);
    const back = await this.server.converge(this.server.args);
    this.ups.set("first up", first).set("changed", there).set("first", back);
    this.hashes.set("first", first.manifest ?? "").set("changed", there.manifest ?? "");
    this.now = "first";
    await whole(this.server, this.ledger, [this.hashOf("first")]);
  }

  /** A pristine machine, or what was a server and was reinstalled: whatever hits its first activation, it is no server or a whole one, and the next makes it one. */
  async surviveFirst(event: string, detail: string, hit: () => Promise<Attempt>): Promise<void> {
    const started = Date.now();
    const { missed } = await hit();
    const found = await whole(this.server, this.ledger, ["nothing", this.hashOf("first")]);
    await this.server.converge(this.server.args);
    await whole(this.server, this.ledger, [this.hashOf("first")]);
    this.now = "first";
    this.tell(event, missed ? notHit : found === "nothing" ? "no server" : "the new server", detail, started);
  }

  /** Whatever hits a change of the server, the old or the new one runs, whole; the next activation makes it the new one. */
  async survive(event: string, detail: string, hit: () => Promise<Attempt>): Promise<void> {
    const started = Date.now();
    await this.ledger.send(1);
    const { missed } = await hit();
    const found = await whole(this.server, this.ledger, [this.hashOf(this.now), this.hashOf(this.other)]);
    const outcome = found === this.hashOf(this.now) ? "the old server" : "the new server";
    await this.server.converge(this.next);
    await whole(this.server, this.ledger, [this.hashOf(this.other)]);
    this.now = this.other;
    this.tell(event, missed ? notHit : outcome, detail, started);
  }

  /** What is refused leaves the old server, whole. */
  async refuses(event: string, detail: string, attempt: () => Promise<Attempt>): Promise<string> {
    const started = Date.now();
    const { exitCode, said, seconds } = await attempt();
    if (exitCode === 0) {
      // What comes after this is to be judged by itself.
      await this.server.converge(this.present);
      throw new Error(`${detail} was not refused:\n${said}`);
    }
    // What was refused before anything was changed has met no daemon at work.
    if (/nothing was changed\.$/m.test(said)) await intact(this.server, [this.hashOf(this.now)]);
    else await this.isWhole();
    this.tell(event, "refused, the old server", `${detail}, answered in ${seconds.toFixed(1)} s`, started);
    return said;
  }

  /** The server is as it was, whatever was refused before: mail comes in and goes out, too. */
  async isWhole(): Promise<void> {
    await whole(this.server, this.ledger, [this.hashOf(this.now)]);
  }

  /** The server was changed by a step itself. */
  became(args: MailServerArgs): void {
    this.now = args.messageSizeLimit === undefined ? "first" : "changed";
  }

  get generation(): Generation {
    return this.hashOf(this.now);
  }

  private get other(): "first" | "changed" {
    return this.now === "first" ? "changed" : "first";
  }

  private argsOf(which: "first" | "changed"): MailServerArgs {
    return which === "first" ? this.server.args : this.server.changed;
  }

  private hashOf(which: "first" | "changed"): Generation {
    return this.hashes.get(which) ?? "unknown";
  }

  private tell(event: string, outcome: string, detail: string, started: number): void {
    tell(event, outcome, detail, (Date.now() - started) / 1000);
  }
}
