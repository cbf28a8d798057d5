import { expect } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../../index";
import { foreign, machine } from "../../../lab/lab";
import { awaitMail, Dialogue, judge, submit, withImap } from "../../../lab/mail";
import { reverseName } from "../../../lab/zones";
import { watchingProcesses } from "../host";
import { lab, newSubject, type Scenario, sendFromAbroad } from "../scenario";
import { counts, Stack, transcript } from "../stack";
import { bound } from "../story";

/** What is wrong is said before anything is changed. */
export function refusesMistakes(scenario: Scenario): void {
  const { step } = bound(scenario);
  const { host, release } = scenario;
  // A stack of its own, so that the real one starts from nothing.
  let stack: Stack;

  step("mistakes in the args are listed all at once by the preview", async () => {
    stack = await Stack.create(`${release.machine}-mistaken`);
    const mistaken: MailServerArgs = {
      ...unpublished(scenario.args),
      hostname: "mail_server",
      domains: [{ name: release.domain, dmarc: { pct: 101 } }],
      mailboxes: [{ address: scenario.anna.address, password: "x" }],
    };
    const { exitCode, stdout, stderr } = await stack.tryPreview(mistaken);
    const said = stdout + stderr;
    expect(exitCode).not.toBe(0);
    for (const path of ["hostname", "domains[0].dmarc.pct", "mailboxes[0].password"]) expect(said).toContain(path);
    expect(said).not.toContain("node_modules");
  });

  step("a machine with another host key is told nothing", async () => {
    const before = await host.cursor();
    const other = machine("foreign").hostPublicKey;
    const { ssh } = scenario.args.host;
    if (!ssh) throw new Error("the scenario has no host");
    const refused = await stack.tryUp({ ...unpublished(scenario.args), host: { ssh: { ...ssh, hostKey: other } } });
    expect(refused.exitCode, transcript(refused)).not.toBe(0);
    expect(refused.stdout + refused.stderr).toMatch(/host key/i);
    expect((await host.sshdLines(before)).filter((line) => line.includes("Accepted"))).toEqual([]);
    expect(await host.shell("ls /var/lib/pulumi-mailserver 2>&1")).toContain("No such file");
  });

  step("a machine with another operating system is left alone", async () => {
    const others = Object.values(OperatingSystem).filter((each) => each !== release.operatingSystem);
    const operatingSystem = others[0] as OperatingSystem;
    const refused = await stack.tryUp({ ...unpublished(scenario.args), operatingSystem });
    expect(refused.exitCode, transcript(refused)).not.toBe(0);
    expect(refused.stdout + refused.stderr).toMatch(
      /this machine runs (Debian GNU\/Linux|Ubuntu) \d\d.*`operatingSystem`/,
    );
    expect(await host.shell("dpkg-query -W postfix dovecot-core 2>/dev/null")).toBe("");
    expect(await host.openPorts()).toEqual([22]);
  });

  step(
    "a machine is left alone that has somebody else's server on port 25 and cannot send, and both are told at once",
    async () => {
      const listen = "import socket, time; server = socket.create_server(('', 25)); time.sleep(600)";
      await host.shell(`systemd-run --quiet --unit=elsewhere python3 -c "${listen}"; sleep 1`);
      const outboundProbe = { hostname: "client10.example.com" };
      const refused = await stack.tryUp({ ...unpublished(scenario.args), outboundProbe });
      await host.shell("systemctl stop elsewhere");
      expect(refused.exitCode, transcript(refused)).not.toBe(0);
      expect(refused.stdout + refused.stderr).toContain("2 findings stand in the way of a mail server on this machine");
      expect(refused.stdout + refused.stderr).toMatch(
        /does not reach port 25 of client10\.example\.com \(203\.0\.113\.10: Connection refused\)/,
      );
      expect(refused.stdout + refused.stderr).toMatch(
        /port 25: python3 \(process \d+, unit elsewhere\.service.*`systemctl stop elsewhere\.service && systemctl disable elsewhere\.service`/,
      );
      expect(await host.shell("dpkg-query -W postfix dovecot-core 2>/dev/null")).toBe("");
      await stack.destroy();
    },
  );
}

/** The same server, with its records left to somebody else. */
function unpublished({ reverseDns: _nowhere, ...args }: MailServerArgs): MailServerArgs {
  return { ...args, dns: { zoneFile: {} } };
}

/** An empty machine becomes a mail server. */
export function deploys(scenario: Scenario, processes: Set<string>): void {
  const { step } = bound(scenario);
  const { host, release } = scenario;

  step(
    "one up makes a mail server of a pristine machine",
    async () => {
      const started = Date.now();
      const run = await watchingProcesses(processes, () => scenario.stack.up(scenario.args));
      process.stderr.write(`… ${release.machine}: first up ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
      expect(counts(run).created).toBeGreaterThan(0);
      const daemons = await host.daemons();
      for (const [name, identity] of Object.entries(daemons)) expect(identity, name).toBeDefined();
    },
    { essential: true },
  );

  step("secrets lie on the machine where only their daemon reads them", async () => {
    expect(await host.mode("/etc/dovecot/passwd")).toBe("root:dovecot 640 /etc/dovecot/passwd");
    const key = `/etc/dkimkeys/mail._domainkey.${release.domain}.pem`;
    expect(await host.mode(key)).toBe(`root:opendkim 640 ${key}`);
    expect(await host.mode("/etc/ssl/mailserver/server.pem")).toBe("root:root 600 /etc/ssl/mailserver/server.pem");
    expect(await host.mode("/var/lib/pulumi-mailserver")).toBe("root:root 700 /var/lib/pulumi-mailserver");
  });

  step("the outputs say what is in DNS", async () => {
    const outputs = await scenario.stack.outputs();
    const written = String(outputs.zoneFile).trim().split("\n");
    const lines = written.filter((line) => !line.startsWith("; "));
    expect(lines).toHaveLength(5 + 2 * 10);
    expect(written).toHaveLength(2 * lines.length);
    const { v4, v6 } = machine(release.machine);
    const reverse = [v4, v6].map((address) => `${reverseName(address)} PTR ${release.hostname}.`);
    const forward = lines.map((line) => line.replace(/^(\S+) \d+ IN /, "$1 "));
    expect((await scenario.published()).sort()).toEqual([...forward, ...reverse].sort());
    expect(outputs.manifestHash).toMatch(/^[0-9a-f]{64}$/);
  });

  step("packages were installed by the command for them, and the activation took them over", async () => {
    const { resources } = await scenario.stack.exported();
    const printed = resources.find(({ urn }) => urn.endsWith("::mail-host-packages"))?.outputs?.stdout;
    expect(JSON.stringify(printed)).toMatch(/installed.*dovecot-core.*postfix/);
    expect(await host.shell("ls /var/lib/pulumi-mailserver")).not.toMatch(/^installed$/m);
  });
}

/** The stack, not the machine, is what must not be lost. */
export function comesBack(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, release } = scenario;

  step(
    "the same program makes the whole server again on a machine that was reinstalled, with the same DKIM keys and ACME account",
    async () => {
      const { dkimRecords } = await scenario.stack.outputs();
      const { account } = scenario.reported();
      await lab("reset", release.machine, "--new-host-keys");
      const { ssh } = scenario.args.host;
      if (!ssh) throw new Error("the scenario has no host");
      scenario.args = { ...scenario.args, host: { ssh: { ...ssh, hostKey: machine(release.machine).hostPublicKey } } };
      const run = await scenario.stack.up(scenario.args);
      expect(counts(run).created ?? 0).toBe(0);
      expect((await scenario.stack.outputs()).dkimRecords).toEqual(dkimRecords);
      expect(scenario.reported().account).toBe(account);
      const incoming = await sendFromAbroad([anna.address]);
      await awaitMail(route("v6"), anna, incoming, 60);
      const subject = newSubject("after the reset");
      expect(await submit(route(), 465, anna, { to: foreign.mailbox, subject })).toMatch(/^250/);
      const verdict = await judge((await foreign.awaitDelivery(subject)).raw);
      expect(verdict).toEqual({ spf: "pass", dkim: [`pass ${release.domain}`], dmarc: "pass" });
    },
    { essential: true },
  );
}

/** What `destroy` takes away, and what it leaves. */
export function leavesTheMail(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { host, anna, release } = scenario;

  step("destroy stops the services, closes the ports, takes the records back, and leaves the mail", async () => {
    const kept = await host.mailOnDisk(anna.address);
    expect(kept).toBeGreaterThan(0);
    await withImap(route(), anna, async () => undefined);
    expect(await host.shell("fail2ban-client set mailserver banip 192.0.2.9")).toBe("1");
    const run = await scenario.stack.destroy();
    expect(counts(run).deleted).toBeGreaterThan(20);

    const states = await host.shell(
      "systemctl is-active postfix dovecot opendkim certbot.timer; systemctl is-enabled postfix dovecot opendkim certbot.timer",
    );
    expect(states.split("\n").filter((state) => state === "active" || state === "enabled")).toEqual([]);
    expect(await host.openPorts()).toEqual([22]);
    expect(await host.shell("nft list ruleset")).not.toContain("192.0.2.9");
    await expect(Dialogue.open(route("v6"), 25)).rejects.toThrow();

    expect(await scenario.published()).toEqual([]);
    expect(await host.mailOnDisk(anna.address)).toBe(kept);
    expect(await host.shell("ls /etc/dovecot/passwd /etc/dkimkeys/*.pem /var/lib/pulumi-mailserver 2>/dev/null")).toBe(
      "",
    );
    // The way in stays open.
    expect((await machine(release.machine).ssh("echo in")).stdout).toBe("in\n");
  });
}
