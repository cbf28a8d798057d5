import { expect } from "vitest";
import type { MailboxArgs, MailServerArgs } from "../../../index";
import { clients, dns, foreign, machine } from "../../../lab/lab";
import { awaitMail, Dialogue, openSubmission, openTls, submit, withImap } from "../../../lab/mail";
import { reverseName } from "../../../lab/zones";
import { newSubject, type Scenario, sendFromAbroad } from "../scenario";
import { bound } from "../story";

const password = "right horse battery";

/** Hashes of the password with the least and the most work that is taken, where Dovecot's own tool makes none of these. */
const hashes = {
  "argon2-least": "$argon2id$v=19$m=7168,t=5,p=1$c2FsdHNhbHRzYWx0c2FsdA$dQdWEMnaSgMHti0Q4p7VQBTG7Y6MKui6xV65EBHmLnw",
  "argon2-most": "$argon2id$v=19$m=131072,t=4,p=8$c2FsdHNhbHRzYWx0c2FsdA$HEPHG5CcItEYFSrsJpv902A6xqATJoPah9DzScd4+1E",
  "yescrypt-least": "$y$j9T$abcdefghabcdefghabcd0.$O2E2Pr.FymmKbuPaDOcdogPgs9TednjCJ0vE8sV1Py3",
  "yescrypt-most": "{crypt}$y$jBT$abcdefghabcdefghabcd0.$WXlpEcEcD.jlniEUe9aUGD6YO5fzWGnycDxKXrL6GN4\n",
};
const weak = {
  "argon2-weak": "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$oOwkW2wHEKBgOIsf/s+wEjiBOlFjvRMljRYNG9pw5eU",
  "yescrypt-weak": "$y$j75$abcdefghabcdefghabcd0.$C9JQXh9NbkWuyRhvlgZ4zIXy7iHEGeoCxTP8MnP7TT7",
};

/** Members that say how addresses, logins and clients differ from the usual. */
export function takesWhatItIsTold(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, ben, host, release } = scenario;
  const stranger = "someone@client10.example.com";
  const alias = `alias.${release.domain}`;

  step(
    "hashes of every kind log in, and so do an alias domain's senders; a trusted client is not asked for SPF",
    async () => {
      const made = async (words: string) => host.shell(`doveadm pw -p '${password}' ${words}`);
      const all: Record<string, MailboxArgs> = {};
      const add = (name: string, hash: Partial<MailboxArgs>) => {
        all[name] = { address: `${name}@${release.domain}`, ...hash };
      };
      for (const [name, words] of Object.entries({
        ...{ "bcrypt-least": "-s BLF-CRYPT -r 10", "bcrypt-most": "-s BLF-CRYPT -r 12" },
        ...{ "sha512-least": "-s SHA512-CRYPT -r 5000", "sha512-most": "-s SHA512-CRYPT -r 500000" },
        argon2: "-s ARGON2ID",
      }))
        add(name, { passwordHash: await made(words) });
      for (const [name, passwordHash] of Object.entries(hashes)) add(name, { passwordHash });
      for (const [name, weakPasswordHash] of Object.entries(weak)) add(name, { weakPasswordHash });
      add("bcrypt-weak", { weakPasswordHash: await made("-s BLF-CRYPT") });

      const trusted = clients[2]?.v4 ?? "";
      const next: MailServerArgs = {
        ...scenario.args,
        mailboxes: [...(scenario.args.mailboxes ?? []), ...Object.values(all)],
        domains: [
          ...scenario.args.domains.map((each) =>
            each.catchAll === undefined ? each : { ...each, catchAllSends: true },
          ),
          { name: alias, aliasOf: release.domain, enableSrvRecords: false },
        ],
        trustedClients: [trusted],
      };
      await scenario.stack.up(next);

      for (const { address } of Object.values(all)) {
        const login = { address, password };
        await withImap(route(), login, async (session) => expect(session.usable, address).toBe(true));
        (await openSubmission(route(), 465, login)).close();
      }

      const subject = newSubject("to the alias domain");
      const from = `${anna.address.split("@")[0]}@${alias}`;
      expect(await submit(route(), 465, anna, { to: `ben@${alias}`, subject, sender: from })).toMatch(/^250/);
      await awaitMail(route(), ben, subject);
      expect(await replies(25, route(), stranger, `ben+shop@${alias}`)).toMatch(/^250/);
      expect(await replies(25, route(), stranger, `nobody@${alias}`)).toMatch(/^550 5\.1\.1 /);
      await expect(submit(route(), 465, ben, { to: anna.address, subject: "never", sender: from })).rejects.toThrow(
        /553/,
      );

      const answer = { to: anna.address, subject: newSubject("from whatever was caught") };
      const caught = `whatever@${release.secondDomain}`;
      expect(await submit(route(), 465, anna, { ...answer, sender: caught })).toMatch(/^250/);
      await expect(submit(route(), 465, ben, { ...answer, sender: caught })).rejects.toThrow(/553/);
      await expect(submit(route(), 465, anna, { ...answer, sender: scenario.carol.address })).rejects.toThrow(/553/);

      const impostor = `forbidden-${release.machine}.example.com`;
      await dns.set(impostor, "A", ["203.0.113.10"]);
      await dns.set(impostor, "TXT", ['"v=spf1 -all"']);
      const sender = `someone@${impostor}`;
      expect(await replies(25, route("v4", 1), sender, anna.address)).toMatch(/^550 5\.7\./);
      expect(await replies(25, route("v4", 1), sender, anna.address, "EXCHANGE01")).toMatch(/^504 5\.5\.2 /);
      expect(await replies(25, route("v4", 2), sender, anna.address, "EXCHANGE01")).toMatch(/^250/);
      expect(await replies(25, route("v4", 2), sender, foreign.mailbox, "EXCHANGE01")).toMatch(/^554 5\.7\.1 /);
    },
    { seconds: 600 },
  );

  step("a device that leaves out the brackets around addresses may submit, and a stranger may not", async () => {
    const secret = Buffer.from(`\0${anna.address}\0${anna.password}`).toString("base64");
    const device = await openTls(route(), 465);
    await device.reply();
    await device.ask("EHLO scanner");
    expect(await device.ask(`AUTH PLAIN ${secret}`)).toMatch(/^235 /);
    expect(await device.ask(`MAIL FROM: ${anna.address}`)).toMatch(/^250 /);
    expect(await device.ask(`RCPT TO: ${ben.address}`)).toMatch(/^250 /);
    device.close();
    const open = await Dialogue.open(route(), 25);
    await open.reply();
    await open.ask("EHLO client10.example.com");
    expect(await open.ask(`MAIL FROM: ${stranger}`)).toMatch(/^501 /);
    open.close();
  });

  step(
    "IPv6 goes, with its records, and comes back",
    async () => {
      const { ssh } = scenario.args.host;
      if (!ssh) throw new Error("the scenario has no host");
      const { v6 } = machine(release.machine);
      const names = [release.hostname, reverseName(v6)];
      const before = await scenario.published(names);
      expect(before.filter((line) => / (AAAA|PTR) /.test(line))).toHaveLength(2);
      const { ipv6Address: _, ...withoutV6 } = ssh;
      await scenario.stack.up({ ...scenario.args, host: { ssh: withoutV6 } });
      expect((await scenario.published(names)).filter((line) => / (AAAA|PTR) /.test(line))).toEqual([]);
      await expect(Dialogue.open(route("v6"), 25)).rejects.toThrow();
      await awaitMail(route(), anna, await sendFromAbroad([anna.address]));

      await scenario.stack.up(scenario.args);
      expect((await scenario.published(names)).sort()).toEqual(before.sort());
      await awaitMail(route("v6"), anna, await sendFromAbroad([anna.address]));
    },
    { seconds: 600 },
  );
}

/** The server's answer to a recipient, or to what came before where that was refused. */
async function replies(
  port: number,
  from: ReturnType<Scenario["route"]>,
  sender: string,
  recipient: string,
  helo = "client10.example.com",
) {
  const dialogue = await Dialogue.open(from, port);
  await dialogue.reply();
  await dialogue.ask(`EHLO ${helo}`);
  const accepted = await dialogue.ask(`MAIL FROM:<${sender}>`);
  const reply = accepted.startsWith("250") ? await dialogue.ask(`RCPT TO:<${recipient}>`) : accepted;
  dialogue.close();
  return reply;
}
