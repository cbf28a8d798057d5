import { expect } from "vitest";
import { foreign } from "../../../lab/lab";
import { awaitMail, fetchBySubject, type Login } from "../../../lab/mail";
import { ManageSieve } from "../../../lab/managesieve";
import { newSubject, type Scenario, sendFromAbroad } from "../scenario";
import { transcript } from "../stack";
import { bound } from "../story";

const before = `require ["fileinto"];
if header :contains "subject" "spam" { fileinto "Junk"; }
`;
const after = `require ["fileinto", "envelope", "subaddress", "variables"];
if envelope :matches :detail "to" "shop" { set :upperfirst "name" "shop"; fileinto "Filed/\${name}"; }
`;
const away = `require ["vacation"];
if header :contains "subject" "question" { vacation :days 1 :subject "Away" "Back on Monday."; }
if header :contains "subject" "pass on" { redirect "${foreign.mailbox}"; }
`;

/** Scripts of the stack and of people file, answer and redirect mail. */
export function filtersMail(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, ben, carol, host } = scenario;
  const filed = (login: Login, subject: string, folder: string) =>
    expect
      .poll(async () => (await fetchBySubject(route(), login, subject, folder)).length, { timeout: 30_000 })
      .toBe(1);

  step("a Sieve script that does not compile is refused with what sievec says of it", async () => {
    const sieve = { before: 'require "fileinto";\nfileintoo "Junk";\n' };
    const refused = await scenario.stack.tryUp({ ...scenario.args, enableSieve: true, sieve });
    expect(refused.exitCode, transcript(refused)).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain("Sieve refuses the new configuration of role sieve");
    expect(refused.stdout + refused.stderr).toContain("line 2: error: unknown command 'fileintoo'");
    await awaitMail(route(), anna, await sendFromAbroad([anna.address]));
  });

  step("scripts of the stack file mail, before and after the script of a mailbox", async () => {
    const mailboxes = scenario.args.mailboxes?.map((each) =>
      each.address === anna.address ? { ...each, sieve: away } : each,
    );
    scenario.args = { ...scenario.args, enableSieve: true, sieve: { before, after }, mailboxes };
    await scenario.stack.up(scenario.args);
    const [name, domain] = anna.address.split("@");
    const [spam, shop, plain] = await Promise.all([
      sendFromAbroad([anna.address], "spam"),
      sendFromAbroad([`${name}+shop@${domain}`], "to the shop"),
      sendFromAbroad([carol.address], "nothing of it"),
    ]);
    await Promise.all([filed(anna, spam, "Junk"), filed(anna, shop, "Filed/Shop"), awaitMail(route(), carol, plain)]);
  });

  step("who is away answers each sender once, and what is passed on has the mailbox as its sender", async () => {
    const questions = [
      await sendFromAbroad([anna.address], "question"),
      await sendFromAbroad([anna.address], "question"),
    ];
    for (const subject of questions) await awaitMail(route(), anna, subject);
    const answer = await foreign.awaitDelivery("Away");
    expect(answer.raw.toString()).toContain("Back on Monday.");
    const passed = await sendFromAbroad([anna.address], "pass on");
    const { raw } = await foreign.awaitDelivery(passed);
    expect(raw.toString()).toMatch(new RegExp(`^Return-Path: <${anna.address}>`, "im"));
    const log = await host.shell("journalctl --no-pager -o cat -u dovecot | grep -c 'sent vacation response'");
    expect(log).toBe("1");
  });

  step("a mail program keeps a person's script by ManageSieve, and a broken one is refused", async () => {
    const session = await ManageSieve.open(route(), ben);
    await expect(session.put("broken", 'fileinto "Junk";\n')).rejects.toThrow(/unknown command .?fileinto/);
    await session.put("mine", 'require "fileinto";\nif header :contains "subject" "bill" { fileinto "Bills"; }\n');
    await session.activate("mine");
    expect(await session.list()).toEqual(['"mine" ACTIVE']);
    await session.close();
    const shown = await ManageSieve.open(route("v6"), anna);
    expect(await shown.list()).toEqual(['"default" ACTIVE']);
    await shown.close();
    await filed(ben, await sendFromAbroad([ben.address], "bill"), "Bills");
    await expect(ManageSieve.open(route(), { ...ben, password: newSubject("wrong") })).rejects.toThrow(/NO/);
  });
}
