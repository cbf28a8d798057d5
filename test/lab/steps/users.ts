import { expect } from "vitest";
import { type MailServerArgs, RoleAddress } from "../../../index";
import { awaitMail, Dialogue, judge, submit, withImap } from "../../../lab/mail";
import { newSubject, type Scenario, sendFromAbroad } from "../scenario";
import { transcript } from "../stack";
import { bound } from "../story";

const mebibyte = 1024 * 1024;

/** What the args say of mailboxes beside their addresses. */
export function keepsMailboxes(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, host, release } = scenario;
  const small = { address: `small@${release.domain}`, password: "right horse battery" };
  const alias = `info@${release.domain}`;
  const list = `both@${release.domain}`;

  step(
    "a full mailbox: its owner is told before, who writes to it is refused at RCPT, and what was taken is delivered",
    async () => {
      // Scripts for everybody go with mailboxes of the stack alone.
      const { sieve: _, ...args } = scenario.args;
      const next: MailServerArgs = {
        ...args,
        mailboxes: [...(args.mailboxes ?? []), { ...small, quota: "1M" }],
        aliases: [
          ...(args.aliases ?? []),
          { address: alias, destinations: [small.address] },
          { address: list, destinations: [small.address, anna.address] },
        ],
        quota: { warningPercentage: 60 },
        systemAccounts: { names: ["emil"] },
        localAliases: [{ name: "contact", destinations: [`emil@${release.hostname}`, anna.address] }],
        roleAddresses: [RoleAddress.Webmaster],
      };
      const refused = await scenario.stack.tryUp(next);
      expect(refused.exitCode, transcript(refused)).not.toBe(0);
      expect(refused.stdout + refused.stderr).toContain("make it by `adduser emil`");
      for (const name of ["emil", "fritz"]) await host.shell(`useradd --create-home --shell /bin/bash ${name}`);
      for (const name of ["emil", "fritz", "root"]) await host.shell(`echo '${name}:${small.password}' | chpasswd`);
      const before = await host.cursor();
      await scenario.stack.up(next);
      const limitOf = (login: typeof small) =>
        withImap(route(), login, async (session) => {
          const answer = await session.getQuota("INBOX");
          return answer === false ? undefined : answer.storage?.limit;
        });
      expect([await limitOf(small), await limitOf(anna)]).toEqual([mebibyte, undefined]);

      const text = `${"x".repeat(70)}\n`.repeat(10_000);
      const subject = newSubject("fills a mailbox");
      expect(await submit(route(), 465, anna, { to: small.address, subject, text })).toMatch(/^250/);
      await awaitMail(route(), small, subject);
      const warning = await awaitMail(route(), small, "Your mailbox is 60 % full");
      expect(warning.toString()).toContain("Auto-Submitted: auto-generated");

      // Half a mebibyte more has no room, and a short message has.
      const large = 600_000;
      for (const address of [small.address, alias, `small+shop@${release.domain}`])
        expect(await answer(address, large), address).toMatch(/^552 5\.2\.2 /);
      expect(await answer(alias, 2 * mebibyte)).toMatch(/^552 5\.2\.[23] /);
      for (const address of [small.address, alias, list]) expect(await answer(address, 1000), address).toMatch(/^250/);
      expect(await answer(list, large)).toMatch(/^250/);

      // Who does not say how much comes in is let in as long as there is any room; what was let in is delivered.
      const more = newSubject("more than there is room for");
      expect(await submit(route(), 465, anna, { to: list, subject: more, text })).toMatch(/^250/);
      await awaitMail(route(), small, more);
      for (const address of [small.address, alias]) expect(await answer(address, 0), address).toMatch(/^552 5\.2\.2 /);
      await expect(submit(route(), 465, anna, { to: alias, subject: "never" })).rejects.toThrow(/552 5\.2\.2/);
      await withImap(route(), small, async (session) => {
        const copy = `Subject: a copy\r\n\r\n${text}`;
        await expect(session.append("Sent", copy)).rejects.toMatchObject({ serverResponseCode: "OVERQUOTA" });
      });
      const known = await sendFromAbroad([anna.address]);
      await awaitMail(route(), anna, known);

      const journal = await host.journal({ after: before });
      const complaints = journal.filter((line) => /(warning|error|fatal|panic):/i.test(line));
      expect(complaints.filter((line) => !line.includes("SIGHUP received"))).toEqual([]);
    },
    { seconds: 600 },
  );

  step("an account of the machine: mail in its home, its own password, and nothing that it writes is run", async () => {
    const { hostname } = release;
    const emil = { address: "emil", password: small.password };
    const before = await host.cursor();
    await host.shell("echo '|/usr/bin/touch /home/emil/run' >/home/emil/.forward && chown emil: /home/emil/.forward");
    await awaitMail(route(), emil, await sendFromAbroad([`emil@${hostname}`]));
    expect(await host.shell("stat -c '%U %a' /home/emil/Maildir /home/emil/Maildir/new/* /home/emil/run")).toMatch(
      /^emil 700\nemil 600\nstat: .*No such file or directory$/,
    );

    const subject = newSubject("from an account");
    const letter = { to: anna.address, subject, sender: `emil@${hostname}` };
    expect(await submit(route(), 465, emil, letter)).toMatch(/^250/);
    const { dkim } = await judge(await awaitMail(route(), anna, subject));
    expect(dkim).toEqual([`pass ${hostname}`]);
    await withImap(route(), { ...emil, address: `Emil@${hostname}` }, async (session) => session.mailboxOpen("INBOX"));
    await expect(submit(route(), 465, emil, { ...letter, sender: anna.address })).rejects.toThrow(/553/);
    await Promise.all(
      ["root", "fritz", `root@${hostname}`].map((address) =>
        expect(
          withImap(route(), { ...emil, address }, async () => undefined),
          address,
        ).rejects.toThrow(),
      ),
    );

    const local = newSubject("to a name of the machine");
    await host.shell(`printf 'Subject: ${local}\\n\\n' | sendmail contact`);
    for (const login of [emil, anna]) await awaitMail(route(), login, local);
    for (const address of [`contact@${hostname}`, `webmaster@${release.domain}`, `webmaster@${hostname}`])
      expect(await answer(address, 1000), address).toMatch(/^250/);
    for (const address of [`fritz@${hostname}`, `www-data@${hostname}`, `security@${release.domain}`])
      expect(await answer(address, 1000), address).toMatch(/^550 5\.1\.1 /);
    const journal = await host.journal({ after: before });
    expect(journal.filter((line) => /(warning|error|fatal|panic):/i.test(line))).toEqual([]);
  });

  step("mail that lies elsewhere refuses another mail store, and is found in it once it was moved", async () => {
    const next: MailServerArgs = { ...scenario.args, mailStore: "/var/vmail" };
    const kept = await host.mailOnDisk(anna.address);
    expect(kept).toBeGreaterThan(0);
    const refused = await scenario.stack.tryUp(next);
    expect(refused.exitCode, transcript(refused)).not.toBe(0);
    expect(refused.stdout + refused.stderr).toMatch(
      /mail lies in \/var\/mail\/vhosts, and `mailStore` says \/var\/vmail/,
    );
    await host.shell("systemctl stop postfix dovecot && mv /var/mail/vhosts /var/vmail");
    scenario.args = next;
    await scenario.stack.up(next);
    host.mailStore = "/var/vmail";
    expect(await host.mailOnDisk(anna.address)).toBe(kept);
    expect(await host.mode(host.mailStore)).toBe("vmail:vmail 750 /var/vmail");
    await awaitMail(route(), anna, await sendFromAbroad([anna.address]));
  });

  /** The server's answer to a stranger who has so many bytes for a recipient. */
  async function answer(recipient: string, size: number): Promise<string> {
    const dialogue = await Dialogue.open(route(), 25);
    await dialogue.reply();
    await dialogue.ask("EHLO client10.example.com");
    await dialogue.ask(`MAIL FROM:<someone@client10.example.com>${size === 0 ? "" : ` SIZE=${size}`}`);
    const reply = await dialogue.ask(`RCPT TO:<${recipient}>`);
    dialogue.close();
    return reply;
  }
}
