import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { MailServerArgs } from "../../../index";
import { foreign } from "../../../lab/lab";
import { awaitMail, judge, openImap, openSubmission, openTls, servedSerial, submit, withImap } from "../../../lab/mail";
import { checkout } from "../../../lab/paths";
import type { Run } from "../../../lab/stack";
import { expectUnchanged, newSubject, type Scenario, sendFromAbroad } from "../scenario";
import { transcript } from "../stack";
import { bound } from "../story";

/** A second run of the same program contacts nobody. */
export function staysAsItIs(scenario: Scenario): void {
  scenario.step("a second up changes nothing and does not even connect", async () => {
    const before = await scenario.host.cursor();
    const run = await scenario.stack.up(scenario.args);
    expectUnchanged(run);
    expect(await scenario.host.sshdLines(before)).toEqual([]);
  });
}

/** Every change is seen before, touches what it must and nothing else. */
export function changesOnlyWhatItMust(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { host, anna, dora, release } = scenario;

  step(
    "a mailbox added: the preview names it, one connection brings it, no daemon and no session notices",
    async () => {
      const session = await openImap(route(), anna);
      const daemons = await host.daemons();
      const next: MailServerArgs = { ...scenario.args, mailboxes: [...(scenario.args.mailboxes ?? []), dora] };

      // The preview is no connection: with the change, there is one.
      const before = await host.cursor();
      const preview = await scenario.stack.preview(next);
      expect(changedLines(preview)).toContain(`+ ${dora.address} mailbox`);
      expect(preview.stdout).not.toMatch(/\$2[aby]\$|BLF-CRYPT|Zq81vK/);

      scenario.args = next;
      await scenario.stack.up(next);
      expect(await host.connections(before)).toBe(1);
      expect(await host.daemons()).toEqual(daemons);
      expect(await host.reloads(before)).toEqual([]);
      expect(session.usable).toBe(true);
      await session.noop();
      await session.logout();

      const subject = await sendFromAbroad([dora.address]);
      await awaitMail(route("v6"), dora, subject);
      expect(await submit(route(), 465, dora, { to: anna.address, subject: "from dora" })).toMatch(/^250/);
    },
  );

  step("one Postfix setting changed: the diff shows that line, Dovecot is left alone", async () => {
    const daemons = await host.daemons();
    const next: MailServerArgs = { ...scenario.args, messageSizeLimit: 41_943_040 };

    const preview = await scenario.stack.preview(next);
    expect(changedLines(preview)).toEqual(["- message_size_limit = 52428800", "+ message_size_limit = 41943040"]);

    const before = await host.cursor();
    scenario.args = next;
    await scenario.stack.up(next);
    expect(await host.connections(before)).toBe(1);
    expect(await host.daemons()).toEqual(daemons);
    const reloads = await host.reloads(before);
    expect(reloads.filter((line) => line.includes("postfix/master"))).toHaveLength(1);
    expect(reloads.filter((line) => line.includes("dovecot"))).toEqual([]);
    expect(await host.shell("postconf -h message_size_limit")).toBe("41943040");
  });

  step(
    "a setting that the daemon refuses: the old server goes on, the error says why, and the next up converges",
    async () => {
      const daemons = await host.daemons();
      const before = await host.cursor();
      const next: MailServerArgs = { ...scenario.args, messageSizeLimit: 20_971_520 };
      const refused = await scenario.stack.tryUp({ ...next, postfix: { mainCf: { default_process_limit: "many" } } });
      expect(refused.exitCode, transcript(refused)).not.toBe(0);
      expect(refused.stdout + refused.stderr).toMatch(
        /Postfix refuses the new configuration[\s\S]*bad numerical configuration: default_process_limit = many/,
      );
      expect(refused.stdout + refused.stderr).toContain("The previous configuration is running");
      expect(await host.daemons()).toEqual(daemons);
      expect(await host.reloads(before)).toEqual([]);
      expect(await host.shell("postconf -h message_size_limit")).toBe("41943040");
      await awaitMail(route(), anna, await sendFromAbroad([anna.address]));

      scenario.args = next;
      await scenario.stack.up(next);
      expect(await host.shell("postconf -h message_size_limit")).toBe("20971520");
    },
  );

  step("a mailbox removed: the login ends, its sessions, too; the mail stays on disk", async () => {
    const kept = await host.mailOnDisk(dora.address);
    expect(kept).toBeGreaterThan(0);
    const [session, others] = [await openImap(route(), dora), await openImap(route(), anna)];
    const daemons = await host.daemons();
    const submissions = [await openSubmission(route(), 465, dora), await openSubmission(route("v6"), 587, dora)];
    const stranger = await openTls(route(), 25);
    // Else they end by themselves, since a client loses its patience.
    const awake = setInterval(() => {
      for (const each of [...submissions, stranger]) void each.ask("NOOP");
    }, 5000);
    // Nothing listens there, so it waits in the queue.
    expect(await submit(route(), 465, dora, { to: "nobody@client10.example.com", subject: "spam" })).toMatch(/^250/);
    const purge =
      /^journalctl .*postsuper -d -$/m.exec(readFileSync(join(checkout, "docs", "operations.md"), "utf8"))?.[0] ?? "";
    const before = await host.cursor();
    scenario.args = { ...scenario.args, mailboxes: scenario.args.mailboxes?.filter((each) => each !== dora) };
    await scenario.stack.up(scenario.args);
    expect(await host.connections(before)).toBe(1);
    expect([session.usable, others.usable]).toEqual([false, true]);
    expect(await host.daemons()).toEqual(daemons);
    clearInterval(awake);
    for (const submission of submissions) expect(await submission.ask("NOOP")).toBe("");
    expect(await stranger.ask("NOOP")).toMatch(/^250/);
    await stranger.closeAfterAnswer();
    await others.noop();
    await others.logout();
    await host.shell(purge.replaceAll("anna@example\\.org", dora.address.replaceAll(".", "\\.")));
    expect(await host.shell("postqueue -p")).toBe("Mail queue is empty");
    await expect(withImap(route("v4", 2), dora, async () => undefined)).rejects.toThrow();
    await expect(submit(route("v6", 2), 465, dora, { to: anna.address, subject: "never" })).rejects.toThrow(
      /535 5\.7\.8/,
    );
    expect(await host.mailOnDisk(dora.address)).toBe(kept);
  });

  step("a domain removed: its records are gone from DNS, its mail stays on disk", async () => {
    const { secondDomain, domain } = release;
    const kept = await host.mailOnDisk(scenario.carol.address);
    expect(kept).toBeGreaterThan(0);
    const ownRecords = () => scenario.published(scenario.names.filter((name) => name.endsWith(secondDomain)));
    expect(await ownRecords()).toHaveLength(scenario.args.enableSieve ? 11 : 10);
    scenario.args = {
      ...scenario.args,
      domains: scenario.args.domains.filter(({ name }) => name !== secondDomain),
      mailboxes: scenario.args.mailboxes?.filter(({ address }) => !address.endsWith(`@${secondDomain}`)),
    };
    await scenario.stack.up(scenario.args);
    expect(await ownRecords()).toEqual([]);
    expect(await host.mailOnDisk(scenario.carol.address)).toBe(kept);
    expect(await host.shell("postmap -q postmaster@" + secondDomain + " hash:/etc/postfix/tables/aliases")).toBe("");
    expect(await host.shell("cd /etc/dkimkeys; ls *.pem")).toBe(
      [release.hostname, domain].map((each) => `mail._domainkey.${each}.pem`).join("\n"),
    );
    await awaitMail(route(), anna, await sendFromAbroad([`abuse@${domain}`]));
  });

  step("a domain added: its mail is signed with a key of its own, and OpenDKIM is not stopped for it", async () => {
    const { carol } = scenario;
    const first = scenario.firstArgs();
    const daemons = await host.daemons();
    scenario.args = { ...scenario.args, domains: first.domains, mailboxes: first.mailboxes ?? [] };
    await scenario.stack.up(scenario.args);
    expect(await host.daemons()).toEqual(daemons);
    const subject = newSubject("signed");
    expect(await submit(route(), 587, carol, { to: foreign.mailbox, subject })).toMatch(/^250/);
    const { raw } = await foreign.awaitDelivery(subject);
    expect((await judge(raw)).dkim).toEqual([`pass ${release.secondDomain}`]);
  });

  step("a renewal reaches both daemons without a session dropped", async () => {
    const ports = [25, 587, 465, 993, 995];
    const serials = async () => new Set(await Promise.all(ports.map((port) => servedSerial(route(), port))));
    const session = await openImap(route(), anna);
    const daemons = await host.daemons();
    const before = await serials();
    expect(before.size).toBe(1);
    await host.renewCertificates();
    const after = await serials();
    expect(after.size).toBe(1);
    expect([...after]).not.toEqual([...before]);
    // Left to itself, Dovecot ends the sessions of before a reload six seconds after it.
    await new Promise((resolve) => setTimeout(resolve, 8000));
    expect(session.usable).toBe(true);
    await session.noop();
    await session.logout();
    expect(await host.daemons()).toEqual(daemons);
  });
}

/** The lines of the host's files that a diff adds or takes away, without indentation, as `+ text` and `- text`. */
export function changedLines(preview: Run): string[] {
  const files = preview.stdout.split("mailserver:index:HostFile:").slice(1);
  return files.flatMap((file) =>
    [...file.matchAll(/^ {8,}([+-]) (.*\S)/gm)].map(([, sign, line]) => `${sign} ${line}`),
  );
}
