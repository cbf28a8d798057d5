import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect } from "vitest";
import { type MailServerArgs, OperatingSystem, type TsigAlgorithm } from "../../index";
import { acme, dns, foreign, type MachineName, machine, privateKeyPath, tsig } from "../../lab/lab";
import type { Login } from "../../lab/mail";
import { checkout } from "../../lab/paths";
import { must } from "../../lab/processes";
import type { Run } from "../../lab/stack";
import { reverseName } from "../../lab/zones";
import { counts, Stack } from "./stack";
import { Story } from "./story";

/** What differs between the releases that the same story is told for. */
export interface Release {
  machine: MachineName;
  operatingSystem: OperatingSystem;
  /** User that the deployer logs in as. */
  user: string;
  hostname: string;
  domain: string;
  /** Another domain, with a catch-all. */
  secondDomain: string;
}

export const debian12: Release = {
  machine: "debian12",
  operatingSystem: OperatingSystem.Debian12,
  user: "root",
  hostname: "mail12.example.com",
  domain: "twelve.example.com",
  secondDomain: "zwoelf.example.com",
};

export const debian13: Release = {
  machine: "debian13",
  operatingSystem: OperatingSystem.Debian13,
  user: "admin",
  hostname: "mail13.example.com",
  domain: "thirteen.example.com",
  secondDomain: "dreizehn.example.com",
};

export const ubuntu2404: Release = {
  machine: "ubuntu2404",
  operatingSystem: OperatingSystem.Ubuntu2404,
  user: "admin",
  hostname: "mail2404.example.com",
  domain: "noble.example.com",
  secondDomain: "edel.example.com",
};

/** For projects outside the checkout. */
export const project: Release = {
  machine: "project",
  operatingSystem: OperatingSystem.Debian13,
  user: "admin",
  hostname: "mail-project.example.com",
  domain: "project.example.com",
  secondDomain: "projekt.example.com",
};

/** One machine and the stack that makes it a mail server, from the first step of the story to the last. */
export class Scenario extends Story {
  readonly anna: Login;
  readonly ben: Login;
  readonly carol: Login;
  readonly dora: Login;
  args: MailServerArgs;

  constructor(readonly release: Release) {
    super(release.machine, release.hostname);
    // With characters that a shell, a configuration file or a protocol could stumble over.
    const login = (name: string, domain: string): Login => ({
      address: `${name}@${domain}`,
      password: `${name}-Zq81vK '"$(id)" \\ %u & ß`,
    });
    this.anna = login("anna", release.domain);
    this.ben = login("ben", release.domain);
    this.carol = login("carol", release.secondDomain);
    this.dora = login("dora", release.secondDomain);
    this.args = this.firstArgs();
  }

  /** Boots the machine pristine and makes the stack, without a deployment. */
  async prepare(environment: NodeJS.ProcessEnv = {}): Promise<void> {
    await lab("up", "foreign");
    await lab("reset", this.release.machine);
    await this.forgetRecords();
    this.args = this.firstArgs();
    this.made = await Stack.create(this.release.machine, environment);
  }

  /** Removes from DNS what an earlier run, cut off half-way, may have left. */
  private async forgetRecords(): Promise<void> {
    for (const name of this.names) await dns.delete(name);
  }

  /** Every name that the stack may publish a record at. */
  get names(): string[] {
    const { hostname, domain, secondDomain, machine: name } = this.release;
    const { v4, v6 } = machine(name);
    const services = ["submission", "submissions", "imap", "imaps", "pop3", "pop3s", "sieve"];
    const ofDomain = (each: string) => [
      ...[each, `mail._domainkey.${each}`, `next._domainkey.${each}`, `_dmarc.${each}`],
      ...services.map((service) => `_${service}._tcp.${each}`),
    ];
    const ofHost = [hostname, `mail._domainkey.${hostname}`, `_25._tcp.${hostname}`, reverseName(v4), reverseName(v6)];
    return [...ofHost, ...ofDomain(domain), ...ofDomain(secondDomain)];
  }

  /** What stands in DNS at these names, one line a record without its time to live. */
  async published(names = this.names): Promise<string[]> {
    const reverse = await Promise.all(
      names.filter((name) => name.includes(".arpa")).map((name) => dns.records(name, "PTR")),
    );
    const wanted = new Set(names.map((name) => `${name.replace(/\.$/, "")}.`));
    const forward = (await dns.zone("example.com")).filter(({ name }) => wanted.has(name));
    // dig prints a fingerprint in capitals.
    const plain = (type: string, content: string) => (type === "TLSA" ? content.toLowerCase() : content);
    return [...forward, ...reverse.flat()].map(({ name, type, content }) => `${name} ${type} ${plain(type, content)}`);
  }

  /** What the host reported to the stack: the key of the mail services' certificate, and the ACME account that has it. */
  reported(): { key: string | undefined; account: string | undefined } {
    const files = this.stack.stateFiles();
    const state = files.find(({ path }) => path.includes("/.pulumi/stacks/") && path.endsWith(".json"));
    const member = (name: string) => new RegExp(`"${name}": ?"([^"]+)"`).exec(state?.content ?? "")?.[1];
    return { key: member("certificateSpkiSha256"), account: member("acmeAccountUri") };
  }

  /** What the stack is to be at first. */
  firstArgs(): MailServerArgs {
    const { release } = this;
    const { v4, v6, hostPublicKey } = machine(release.machine);
    const nameServer = {
      rfc2136: {
        server: tsig.server,
        keyName: tsig.name,
        keyAlgorithm: tsig.algorithm as TsigAlgorithm,
        keySecret: tsig.secret,
        ttl: 60,
      },
    };
    return {
      hostname: release.hostname,
      operatingSystem: release.operatingSystem,
      host: {
        ssh: {
          ipv4Address: v4,
          ipv6Address: v6,
          user: release.user,
          privateKey: readFileSync(privateKeyPath, "utf8"),
          hostKey: hostPublicKey,
        },
      },
      domains: [
        { name: release.domain, dmarc: { rua: [`postmaster@${release.domain}`] } },
        { name: release.secondDomain, catchAll: this.anna.address },
      ],
      mailboxes: [this.anna, this.ben, this.carol],
      aliases: [
        { address: `team@${release.domain}`, destinations: [this.anna.address, this.ben.address] },
        { address: `gone@${release.domain}`, destinations: ["missing@example.net"] },
      ],
      enablePop3: true,
      certificate: { acme: { directoryUrl: acme.directoryUrl, email: this.anna.address } },
      dns: nameServer,
      reverseDns: nameServer,
    };
  }
}

/** Runs a command of `npm run lab --`. */
export async function lab(...words: string[]): Promise<void> {
  const tsx = createRequire(__filename).resolve("tsx/cli");
  await must(`The lab's command '${words.join(" ")}' failed`, [
    process.execPath,
    tsx,
    join(checkout, "lab", "cli.ts"),
    ...words,
  ]);
}

let letters = 0;

/** A subject that no other message has. */
export const newSubject = (what: string) => `${what} ${process.pid}-${Date.now().toString(36)}-${++letters}`;

/** Has the foreign server send a message, as one of its users does, and gives the message's subject. */
export async function sendFromAbroad(to: string[], what = "from abroad"): Promise<string> {
  const subject = newSubject(what);
  const lines = [`From: <${foreign.mailbox}>`, `To: ${to.join(", ")}`, `Subject: ${subject}`, "", "Hello over there."];
  await foreign.send(`${lines.join("\n")}\n`, foreign.mailbox, to);
  return subject;
}

/** Nothing was changed: every resource is as it was. */
export function expectUnchanged(run: Run): void {
  const { unchanged, ...others } = counts(run);
  expect(others).toEqual({});
  expect(unchanged).toBeGreaterThan(10);
}
