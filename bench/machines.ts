import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type MailServerArgs, OperatingSystem, type TsigAlgorithm } from "../index";
import { forgetReverse } from "../lab/cloud";
import type { Engine } from "../lab/engine/engine";
import { acme, clients, dns, machine, privateKeyPath, tsig } from "../lab/lab";
import type { Login, Route } from "../lab/mail";
import { checkout, inLab } from "../lab/paths";
import { LabStack, type Run } from "../lab/stack";

/** A machine that is measured. */
export type Name = "debian12" | "debian13";

export const anna: Login = { address: "anna@bench.example.com", password: "a walk by the sea" };
export const ben: Login = { address: "ben@bench.example.com", password: "a walk by the lake" };

/** Of a mailbox that nobody logs in to: hashing is not what is measured. */
export const passwordHash = `{BLF-CRYPT}$2y$10$${"a".repeat(53)}`;

const hostname = "mail.bench.example.com";

/** How a client of the world reaches the machine; each of three has an address of its own. */
export function route(name: Name, client: 0 | 1 | 2 = 0): Route {
  return { hostname, address: machine(name).v4, ...(clients[client] ? { from: clients[client].v4 } : {}) };
}

/** What the server is to be at first. */
export function serverArgs(name: Name): MailServerArgs {
  const { v4, v6, hostPublicKey } = machine(name);
  const { server, name: keyName, algorithm, secret: keySecret } = tsig;
  const nameServer = { rfc2136: { server, keyName, keyAlgorithm: algorithm as TsigAlgorithm, keySecret, ttl: 60 } };
  return {
    hostname,
    operatingSystem: name === "debian12" ? OperatingSystem.Debian12 : OperatingSystem.Debian13,
    host: {
      ssh: {
        ipv4Address: v4,
        ipv6Address: v6,
        privateKey: readFileSync(privateKeyPath, "utf8"),
        hostKey: hostPublicKey,
      },
    },
    domains: [{ name: "bench.example.com" }],
    mailboxes: [anna, ben],
    certificate: { acme: { directoryUrl: acme.directoryUrl } },
    dns: nameServer,
    reverseDns: nameServer,
  };
}

/** Boots the machine pristine, and takes the records of what was on it before. */
export async function makePristine(name: Name): Promise<void> {
  const tsx = createRequire(__filename).resolve("tsx/cli");
  execFileSync(process.execPath, [tsx, join(checkout, "lab", "cli.ts"), "reset", name], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await forgetReverse(name);
  const records = await dns.zone("example.com");
  for (const each of records.filter((record) => record.name.endsWith("bench.example.com.")))
    await dns.delete(each.name, each.type);
}

/** Runs a command on a machine. @throws with what it said */
export async function on(name: Name, command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await machine(name).ssh(command);
  if (exitCode !== 0) throw new Error(`${name}: ${command}\n${stdout}${stderr}`);
  return stdout.trim();
}

/** How often sshd has let somebody in. */
export async function connections(name: Name): Promise<number> {
  return Number(await on(name, "journalctl --sync; journalctl -q -b | grep -c ' Accepted publickey for ' || true"));
}

/** A stack of a program in `bench/programs/`, without a history. That of a server uses the package as it is built for npm. */
export class BenchStack extends LabStack {
  constructor(
    engine: Engine,
    name: string,
    program: "bare" | "empty" | "records" | "server" | "trivial",
    environment: NodeJS.ProcessEnv = {},
  ) {
    super(engine, `bench-${name}`, {
      prefix: [],
      program: join(checkout, "bench", "programs", program, "index.ts"),
      environment,
    });
    this.forget();
    this.tell({});
  }

  /** Hands something to the program, in a file: what is in the configuration itself must fit into one environment variable. */
  tell(what: unknown): void {
    const file = inLab(`${this.name}.json`);
    writeFileSync(file, JSON.stringify(what), { mode: 0o600 });
    this.configure({ "bench:file": file });
  }

  up(what?: unknown): Promise<Run> {
    if (what !== undefined) this.tell(what);
    return this.succeed(["up", "--yes", "--skip-preview"]);
  }

  /** Says what would change. */
  preview(): Promise<Run> {
    return this.succeed(["preview", "--suppress-progress"]);
  }

  private async succeed(words: string[]): Promise<Run> {
    const run = await this.run(words);
    if (run.exitCode !== 0) throw new Error(`${run.command} failed:\n${run.stdout}${run.stderr}`);
    return run;
  }
}
