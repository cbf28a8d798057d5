import { spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { agentSource } from "../../../components/activation/agentSource";
import { bundleOf } from "../../../components/activation/bundle";
import { applyCommand, forgetCommand, installCommand } from "../../../components/activation/remoteCommand";
import { activationAnswer, answerIn } from "../../../components/activation/reported";
import { type MailServerArgs, OperatingSystem } from "../../../components/args";
import { dkimName } from "../../../components/dns/dkim";
import { hashPassword } from "../../../components/passwords";
import { acmeAccount } from "../../../components/services/certbot/account";
import { type HostSecrets, wantedHost, wantedPackages } from "../../../components/services/wantedHost";
import { validate } from "../../../components/validate";
import { acme, dns, type MachineName, machine, reset } from "../../../lab/lab";
import type { Login } from "../../../lab/mail";
import { sshCommand } from "../../../lab/ssh";
import { modelFor } from "../../unit/fixture";
import { Story } from "../story";
import type { Instant, Line } from "./chance";

/** Something that happens at an instant of an activation; `session` is what runs at the deployer. */
export interface Strike extends Instant {
  blow: (session: Session) => Promise<unknown>;
}

/** The deployer's end of an activation. */
export interface Session {
  /** Ends it without a word, with all that it started. */
  kill(): void;
}

/** What an activation left. */
export interface Attempt extends Heard {
  exitCode: number | null;
  /** All that it said to a person. */
  said: string;
  /** Hash of what it made of the host; undefined where it failed. */
  manifest: string | undefined;
}

/** How an activation went. */
interface Heard {
  /** Its progress. */
  lines: Line[];
  seconds: number;
  /** Whether it was to be struck and the line never came. */
  missed: boolean;
}

/** How an activation differs from those that a stack does. */
export interface Unusual {
  strike?: Strike;
  /** @default - the agent as it is */
  agent?: string;
  /** @default "faults/mail" */
  owner?: string;
  /** @default - that of the server */
  identity?: string;
  /** What a stack does first, or last where no activation came, instead of the activation. */
  instead?: "install" | "forget";
}

/** The line that stands in no progress: the journal was written, the swap begins. */
export const journalWritten = "(the journal is written)";

/** Hears the progress of an activation, and strikes when the line comes. */
export class Ear {
  private readonly started = Date.now();
  private readonly lines: Line[] = [];
  private readonly watch: NodeJS.Timeout;
  private blow: Promise<unknown> | undefined;

  constructor(
    server: FaultyServer,
    private readonly session: Session,
    private readonly strike?: Strike,
  ) {
    const journal = () => existsSync(server.path("/var/lib/pulumi-mailserver/journal.json"));
    let before = journal();
    this.watch = setInterval(() => {
      const now = journal();
      if (now && !before) this.hear(journalWritten);
      before = now;
    }, 2);
  }

  hear(text: string): void {
    this.lines.push({ at: Date.now() - this.started, text });
    const { strike } = this;
    if (!strike || this.blow || text !== strike.line) return;
    this.blow = new Promise((done) => setTimeout(done, strike.wait)).then(() => strike.blow(this.session));
  }

  /** What there was to hear, once the activation is over and the blow has fallen. */
  async heard(): Promise<Heard> {
    clearInterval(this.watch);
    await this.blow;
    return {
      lines: this.lines,
      seconds: (Date.now() - this.started) / 1000,
      missed: this.strike !== undefined && this.blow === undefined,
    };
  }
}

/**
 * A mail server that is activated as a stack does it, by the same command with the same standard input over SSH, but without the engine: hundreds of times,
 * and cut off at the millisecond.
 */
export class FaultyServer extends Story {
  readonly domain = "subject.example.com";
  readonly anna: Login = { address: `anna@${this.domain}`, password: "anna-Zq81vK under subject" };
  readonly ben: Login = { address: `ben@${this.domain}`, password: "ben-Zq81vK under subject" };
  args!: MailServerArgs;
  private secrets!: HostSecrets;

  constructor(name: MachineName) {
    super(name, "mail-subject.example.com");
  }

  /** A pristine machine, with its names in DNS. */
  async prepare(): Promise<void> {
    const { v4, v6, hostPublicKey, release } = machine(this.machine);
    await dns.set(this.hostname, "A", [v4]);
    await dns.set(this.hostname, "AAAA", [v6]);
    this.args = {
      hostname: this.hostname,
      operatingSystem: release === "bookworm" ? OperatingSystem.Debian12 : OperatingSystem.Debian13,
      host: { ssh: { ipv4Address: v4, ipv6Address: v6, hostKey: hostPublicKey } },
      domains: [{ name: this.domain }],
      mailboxes: [this.anna, this.ben],
      certificate: { acme: { directoryUrl: acme.directoryUrl } },
      dns: { zoneFile: {} },
    };
    this.secrets = await this.makeSecrets();
    await this.renew();
  }

  /** A pristine machine, of which nobody remembers anything. */
  async renew(): Promise<void> {
    await reset(this.machine);
  }

  /** The same server with a change for every daemon: a reload of Postfix, Dovecot and the firewall, a restart of OpenDKIM, another domain with a key. */
  get changed(): MailServerArgs {
    return {
      ...this.args,
      domains: [...this.args.domains, { name: `more.${this.domain}` }],
      messageSizeLimit: 41_943_040,
      firewall: { additionalTcpPorts: [8080] },
      dovecot: { conf: "mail_max_userip_connections = 20" },
      opendkim: { conf: "MaximumHeaders 65536" },
    };
  }

  /** Has the agent make the host what `args` say; it may fail. */
  async activate(
    args: MailServerArgs,
    { strike, agent = agentSource(), owner = "faults/mail", identity, instead }: Unusual = {},
  ): Promise<Attempt> {
    const model = modelFor(validate(args));
    const known = identity ?? this.secrets.certbot.account.id;
    const wanted = instead
      ? wantedPackages(model, owner, known)
      : { ...wantedHost(model, owner, this.secrets), identity: known };
    const command = instead ? { install: installCommand, forget: forgetCommand }[instead] : applyCommand;
    const [program = "", ...words] = sshCommand(this.machine, command("root"));
    // A group of its own, since ssh has a helper that makes its connection.
    const child = spawn(program, words, { detached: true, stdio: ["pipe", "pipe", "pipe"] });
    const session: Session = {
      kill: () => {
        try {
          process.kill(-(child.pid ?? 0), "SIGKILL");
        } catch {}
      },
    };
    const ear = new Ear(this, session, strike);
    const spoken: string[] = [];
    let result = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (result += text));
    const reader = createInterface({ input: child.stderr });
    reader.on("line", (line) => {
      spoken.push(line);
      ear.hear(line.replace(/^ *[\d.]+s /, ""));
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(bundleOf(agent, { wanted }));
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    const manifest = exitCode === 0 && !instead ? answerIn(result, activationAnswer, "").manifest : undefined;
    return { ...(await ear.heard()), exitCode, said: spoken.join("\n"), manifest };
  }

  /** Has the agent make the host what `args` say. */
  async converge(args: MailServerArgs): Promise<Attempt> {
    const attempt = await this.activate(args);
    if (attempt.exitCode !== 0) throw new Error(`The activation does not converge:\n${attempt.said}`);
    return attempt;
  }

  /** A path of the machine as it is seen from here. */
  path(path: string): string {
    return `/proc/${machine(this.machine).leaderPid ?? 0}/root${path}`;
  }

  private async makeSecrets(): Promise<HostSecrets> {
    const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const key = rsa().export({ type: "pkcs1", format: "pem" }) as string;
    const salt = randomBytes(32).toString("hex");
    const hashes = [this.anna, this.ben].map(async ({ address, password }) => [
      address,
      await hashPassword(salt, address, password),
    ]);
    return {
      dovecot: { passwdFile: Object.fromEntries(await Promise.all(hashes)) },
      opendkim: Object.fromEntries(
        [this.hostname, this.domain, `more.${this.domain}`].map((name) => [dkimName("mail", name), key]),
      ),
      certbot: { account: acmeAccount(rsa().export({ type: "pkcs8", format: "pem" }) as string) },
    };
  }
}
