import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect } from "vitest";
import { bundle } from "../../components/activation/bundle";
import { hashPassword } from "../../components/passwords";
import { type MailServerArgs, OperatingSystem } from "../../index";
import { acme, foreign, machine, privateKeyPath, tsig } from "../../lab/lab";
import { inLab } from "../../lab/paths";
import { watchingProcesses } from "./host";
import { Scenario } from "./scenario";
import { transcript } from "./stack";

/** A piece of each secret, by what it is a piece of: it must be seen nowhere. */
type Canaries = Record<string, string>;

describe("secrets", () => {
  const scenario = new Scenario({
    machine: "secrets",
    operatingSystem: OperatingSystem.Debian12,
    user: "admin",
    hostname: "mail-secrets.example.com",
    domain: "secrets.example.com",
    secondDomain: "geheim.example.com",
  });
  const { host, step } = { host: scenario.host, step: scenario.step.bind(scenario) };
  const relayHost = { hostname: "mail.example.net", port: 587, ...foreign.relayLogin };
  const processes = new Set<string>();
  const canaries: Canaries = { "a password": "Zq81vK", "the relay host's password": foreign.relayLogin.password };

  beforeAll(async () => {
    await scenario.prepare({ PULUMI_DEBUG_COMMANDS: "true" });
    const passwordHash = await hashPassword(randomBytes(32).toString("hex"), scenario.dora.address, "never typed");
    canaries["a password's hash"] = passwordHash.slice(-31);
    canaries["the TSIG secret"] = tsig.secret;
    canaries["the key of an external account"] = acme.customer.hmacKey;
    // The bundle is deflated, so that no other piece would show in it; all bundles begin alike, with the agent.
    canaries["the bundle"] = bundle({}).slice(0, 80);
    expect(bundle({ wanted: scenario.args })).toContain(canaries["the bundle"]);
    canaries["the SSH key"] = lineOf(readFileSync(privateKeyPath, "utf8"));
    const mailboxes = [...(scenario.args.mailboxes ?? []), { address: scenario.dora.address, passwordHash }];
    const certificate = { acme: { directoryUrl: acme.customersDirectoryUrl, externalAccount: acme.customer } };
    scenario.args = { ...scenario.args, mailboxes, relayHost, certificate };
  });

  step(
    "a server with every kind of secret is made",
    async () => {
      await watchingProcesses(processes, () => scenario.stack.up(scenario.args), { environments: true });
      canaries["a DKIM key"] = lineOf(await mustRead(`/etc/dkimkeys/mail._domainkey.${scenario.release.domain}.pem`));
      const account = await host.shell("cat /etc/letsencrypt/accounts/*/*/*/private_key.json");
      canaries["the ACME account's key"] = (JSON.parse(account) as { d: string }).d.slice(0, 60);
      const hashed = (await mustRead("/etc/dovecot/passwd")).split("\n").find((line) => line.startsWith("anna@"));
      canaries["the hash of a password"] = /\$2[aby]\$\d\d\$(.{53})/.exec(hashed ?? "")?.[1] ?? "";
      canaries["the secret of the password hashes"] = await secretOutput("mail-password-salt", "result");
      for (const [what, text] of Object.entries(canaries)) expect(text.length, what).toBeGreaterThanOrEqual(6);
    },
    { essential: true },
  );

  step(
    "no command line of the deployer or the host shows a secret, and no environment but the one that the engine gives its program",
    async () => {
      expect(processes.size).toBeGreaterThan(300);
      // The engine hands the program its configuration so; only the deployer's own user can read it there.
      const others = [...processes].filter((each) => !each.startsWith("PULUMI_CONFIG="));
      expect(seen(canaries, others.join("\n"))).toEqual([]);
    },
  );

  step("neither state, journals nor logs show a secret", async () => {
    for (const { path, content } of scenario.stack.stateFiles()) expect(seen(canaries, content), path).toEqual([]);
    expect(seen(canaries, (await host.journal()).join("\n"))).toEqual([]);
    expect(seen(canaries, await host.shell("find /var/log -type f -not -path '*/journal/*' -exec cat {} +"))).toEqual(
      [],
    );
  });

  step("each secret stands on the host where its daemon reads it and nobody else can", async () => {
    const search = "grep -rlaFf - /etc /var /run /root /home /srv /tmp /usr/local /opt 2>/dev/null";
    const { stdout } = await machine("secrets").ssh(search, `${Object.values(canaries).join("\n")}\n`);
    const files = stdout.split("\n").filter(Boolean).sort();
    const users = "dovecot dovenull vmail postfix opendkim policyd-spf www-data nobody admin";
    const readers = await host.shell(
      files
        .map(
          (file) =>
            `echo "${file}:" $(for user in ${users}; do runuser -u $user -- test -r '${file}' 2>/dev/null && echo $user; done)`,
        )
        .join("\n"),
    );
    const kept = readers.split("\n").filter((line) => !line.startsWith("/etc/"));
    const live = readers.split("\n").filter((line) => line.startsWith("/etc/"));
    const account = files.find((file) => file.startsWith("/etc/letsencrypt/"));
    expect(live.map((line) => line.trim())).toEqual([
      `/etc/dkimkeys/mail._domainkey.${scenario.release.domain}.pem: opendkim`,
      "/etc/dovecot/passwd: dovecot",
      `${account}:`,
      "/etc/postfix/tables/relay-login:",
    ]);
    for (const line of kept) expect(line.trim()).toMatch(/^\/var\/lib\/pulumi-mailserver\/undo-\d+\/\d+:$/);
  });

  // Debug logs (`--debug`, `-v`) are the engine's own and show whatever it is given: README.md says so.
  step("the engine's events show no secret", async () => {
    const events = join(inLab("stacks"), "secrets", "events.json");
    const next: MailServerArgs = { ...scenario.args, messageSizeLimit: 41_943_040 };
    const run = await scenario.stack.tryUp(next, "--event-log", events);
    expect(run.exitCode, transcript(run)).toBe(0);
    scenario.args = next;
    // What it shows with --debug only is in an event log always.
    const log = readFileSync(events, "utf8")
      .split("\n")
      .filter((line) => !line.includes('"severity":"debug"'))
      .join("\n");
    expect(log).toContain("command:remote:Command");
    expect(seen(canaries, log)).toEqual([]);
  });

  step(
    "no error shows a secret when SSH, the agent, nsupdate and the provider refuse",
    async () => {
      const { args } = scenario;
      const { ssh } = args.host;
      if (!ssh || !("rfc2136" in args.dns) || !args.dns.rfc2136)
        throw new Error("the scenario has no host or name server");
      const { rfc2136 } = args.dns;
      const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
      const strangersKey = stranger.export({ type: "pkcs1", format: "pem" }) as string;
      const wrongSecret = randomBytes(32).toString("base64");
      const broken =
        "-----BEGIN OPENSSH PRIVATE KEY-----\nYnJva2VuLWNhbmFyeS1vZi1hLWtleQ==\n-----END OPENSSH PRIVATE KEY-----\n";
      const more = {
        ...canaries,
        "a stranger's key": lineOf(strangersKey),
        "a wrong TSIG secret": wrongSecret,
        "a broken key": lineOf(broken),
      };
      const messageSizeLimit = 31_457_280;
      const failures: Record<string, [Partial<MailServerArgs>, RegExp]> = {
        "the machine refuses the key": [
          { host: { ssh: { ...ssh, privateKey: strangersKey } }, messageSizeLimit },
          /handshake failed|authenticat/i,
        ],
        "the key is none": [{ host: { ssh: { ...ssh, privateKey: broken } }, messageSizeLimit }, /key/i],
        "the agent refuses": [{ dovecot: { conf: "no_such_setting = 1" } }, /Dovecot refuses/],
        "nsupdate refuses": [
          { dns: { rfc2136: { ...rfc2136, keySecret: wrongSecret } } },
          /BADSIG|BADKEY|NOTAUTH|tsig/i,
        ],
      };
      for (const [what, [change, said]] of Object.entries(failures)) {
        const run = await scenario.stack.tryUp({ ...args, ...change });
        expect(run.exitCode, `${what}\n${transcript(run)}`).not.toBe(0);
        expect(run.stdout + run.stderr, what).toMatch(said);
        expect(seen(more, run.stdout + run.stderr), what).toEqual([]);
      }
      await scenario.stack.up(args);
    },
    { seconds: 600 },
  );

  step("all that the command line ever printed shows no secret", async () => {
    expect(scenario.stack.printed.length).toBeGreaterThan(1000);
    expect(seen(canaries, scenario.stack.printed)).toEqual([]);
    await scenario.stack.destroy();
  });

  async function secretOutput(resource: string, output: string): Promise<string> {
    // Not by the stack's own `run`, which keeps what is printed.
    const { resources } = await scenario.stack.exported();
    const found = resources.find(({ urn }) => urn.endsWith(`::${resource}`))?.outputs?.[output];
    return JSON.parse((found as { plaintext: string }).plaintext) as string;
  }

  async function mustRead(path: string): Promise<string> {
    const text = await host.read(path);
    if (text === undefined) throw new Error(`${path} is not there`);
    return text;
  }
});

/** Which secrets a text shows: as they are, or as a part of a URL or of JSON. */
function seen(canaries: Canaries, text: string): string[] {
  return Object.entries(canaries)
    .filter(([, canary]) =>
      [canary, encodeURIComponent(canary), JSON.stringify(canary).slice(1, -1)].some((form) => text.includes(form)),
    )
    .map(([what]) => what);
}

/** A line of a private key in PEM: near its end, where nothing public stands any more. */
function lineOf(pem: string): string {
  const lines = pem.trim().split("\n").slice(1, -1);
  return lines.at(-2) ?? lines[0] ?? "";
}
