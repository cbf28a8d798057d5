import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";
import { CheckAction, PatternType, type PostfixArgs } from "../../../index";
import { dns, foreign, type MachineName } from "../../../lab/lab";
import { awaitMail, Dialogue, judge, type Route, submit, withImap } from "../../../lab/mail";
import { checkout } from "../../../lab/paths";
import { newSubject, type Scenario, sendFromAbroad } from "../scenario";
import { bound } from "../story";

/** What `docs/additions.md` and `docs/rules.md` have to copy, as it stands there. */
export function takesAdditions(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, ben, host, release } = scenario;
  const example = examplesFor("additions.md", release.domain);
  const rules = examplesFor("rules.md", release.domain);

  step("rules and additions work: checked headers, copies, a further port, a folder for everybody", async () => {
    await dns.set(listed("203.0.113.20", release.domain), "A", ["127.0.0.4"]);
    await dns.set(listed("203.0.113.10", release.domain), "A", ["127.255.255.254"]);
    const headings = ["Headers and bodies", "Addresses", "Copies", "Lists of clients", "Limits", "Clients without"];
    const parts = [...headings.map(rules), example("Headers on the way out"), example("A further port")];
    await scenario.stack.up({
      ...scenario.args,
      ...example("A folder for everybody"),
      ...example("A further port"),
      postfix: Object.assign({}, ...parts.map(({ postfix }) => postfix), languageOf(release.machine)),
    });
    const marks = { "X-Spam-Status": "Yes", "X-Internal": "yes", "X-Kept": "yes" };
    const letter = (subject: string) => ({ to: foreign.mailbox, subject, headers: marks });
    const before = await host.cursor();
    await expect(submit(route(), 465, anna, letter("You must act now"))).rejects.toThrow(
      /550 5\.7\.1 no advertisements/,
    );
    const subject = newSubject("on another port");
    expect(await submit(route(), 2525, anna, letter(subject))).toMatch(/^250/);
    const abroad = (await foreign.awaitDelivery(subject)).raw.toString();
    const copy = (await awaitMail(route(), ben, subject)).toString();
    const seen = (raw: string) =>
      raw
        .match(/^(Return-Path|X-(Spam-Status|Internal|Kept)):.*?$/gm)
        ?.map((line) => line.trim())
        .sort();
    expect(seen(abroad)).toEqual([`Return-Path: <team@${release.domain}>`, "X-Kept: yes"]);
    expect(seen(copy)).toEqual([`Return-Path: <team@${release.domain}>`, "X-Internal: yes", "X-Kept: yes"]);
    expect(await judge(Buffer.from(abroad))).toMatchObject({ dkim: [`pass ${release.domain}`], dmarc: "pass" });
    const bens = newSubject("copied to anna");
    expect(await submit(route(), 465, ben, { to: `ben@old.${release.domain}`, subject: bens })).toMatch(/^250/);
    await awaitMail(route(), anna, bens);
    expect((await awaitMail(route(), ben, bens)).toString()).toMatch(
      new RegExp(`^To: .*ben@old.${release.domain}`, "m"),
    );
    await expect(submit(route("v4", 2), 2525, { ...anna, password: "wrong" }, letter("never"))).rejects.toThrow(/535/);
    expect(await withImap(route(), anna, async (session) => (await session.list()).map(({ path }) => path))).toContain(
      "Receipts",
    );
    expect((await host.journal({ after: before })).join("\n")).not.toMatch(
      /postfix\S+: (warning|error): .*(regexp|pcre)/,
    );
  });

  step("port 25 refuses whom the lists name, who has no name, and the 31st connection in a minute", async () => {
    const [stranger, house] = ["someone@client10.example.com", `team@${release.domain}`];
    const refusals: [Route, greeting: string, sender: string, recipient: string, reply: RegExp][] = [
      [route("v4", 2), "client.example.com", stranger, anna.address, /^450 4\.7\.\d+ .*reverse hostname/],
      [
        route("v4", 1),
        "client.example.com",
        stranger,
        anna.address,
        new RegExp(`^554 5\\.7\\.1 .*blocked using ${listOf(release.domain)}`),
      ],
      [route("v6", 2), "client.example.com", stranger, anna.address, /^554 5\.7\.1 .*not from there/],
      [route(), "advertising.example.net", stranger, anna.address, /^554 5\.7\.1 .*Helo/],
      [route(), "client.example.com", "x@advertising.example.net", anna.address, /^554 5\.7\.1 .*no advertisements/],
      [route(), "client.example.com", stranger, house, /^554 5\.7\.1 .*people of the house/],
      [route(), "client.example.com", stranger, anna.address, /^250 /],
    ];
    for (const [from, greeting, sender, recipient, reply] of refusals) {
      const dialogue = await Dialogue.open(from, 25);
      await dialogue.reply();
      await dialogue.ask(`EHLO ${greeting}`);
      await dialogue.ask(`MAIL FROM:<${sender}>`);
      expect(await dialogue.ask(`RCPT TO:<${recipient}>`), `${greeting} ${sender}`).toMatch(reply);
      dialogue.close();
    }
    const greetings: string[] = [];
    for (let connection = 0; connection < 31; connection++) {
      const dialogue = await Dialogue.open(route("v4", 2), 25);
      greetings.push(await dialogue.reply());
      dialogue.close();
    }
    expect(greetings.at(-1)).toMatch(/^421 4\.7\.0 .*too many connections/);
    expect(greetings.filter((greeting) => greeting.startsWith("220 ")).length).toBeGreaterThan(25);
    await dns.delete(listed("203.0.113.20", release.domain));
    await dns.delete(listed("203.0.113.10", release.domain));
  });

  step("a pattern that Postfix cannot read is refused, and the previous rules stay", async () => {
    const postfix = { headerChecks: [{ pattern: "[[:nothing:]]", action: CheckAction.Ignore }] };
    const refused = await scenario.stack.tryUp({ ...scenario.args, postfix });
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout + refused.stderr).toMatch(/Postfix refuses|header-checks/);
    expect(await host.shell("postconf -h always_bcc")).toBe(ben.address);
  });

  step("rules make a server that refuses all mail, one that writes to nobody, and then one as before", async () => {
    await scenario.stack.up({ ...scenario.args, ...rules("A server that refuses all mail") });
    const dialogue = await Dialogue.open(route(), 25);
    await dialogue.reply();
    for (const line of ["EHLO client10.example.com", "MAIL FROM:<someone@client10.example.com>"])
      await dialogue.ask(line);
    expect(await dialogue.ask(`RCPT TO:<${anna.address}>`)).toMatch(/^554 5\.7\.1 .*Access denied/);
    dialogue.close();
    await scenario.stack.up({ ...scenario.args, ...rules("A server that writes to nobody") });
    const subject = newSubject("to somebody else");
    expect(await submit(route(), 465, ben, { to: foreign.mailbox, subject })).toMatch(/^250/);
    await awaitMail(route(), anna, subject);
    await awaitMail(route(), anna, await sendFromAbroad([`whoever@${release.domain}`]));
    await scenario.stack.up(scenario.args);
    const taken = "recipient_canonical_maps sender_canonical_maps nested_header_checks always_bcc";
    expect(await host.shell(`postconf -h ${taken}`)).toBe("");
    expect(await host.shell("ls /etc/postfix/tables")).not.toMatch(/canonical|access|checks/);
  });
}

/** Where the list in DNS of docs/rules.md has an address. */
function listed(address: string, domain: string): string {
  return `${address.split(".").reverse().join(".")}.${listOf(domain)}`;
}

/** Servers that are tested side by side have a list each. */
const listOf = (domain: string) => `dnsbl-${domain}`;

/** Each release with patterns of another language. */
function languageOf(machine: MachineName): PostfixArgs {
  return { patternType: machine === "debian12" ? PatternType.Regexp : PatternType.Pcre };
}

interface Additions {
  postfix?: PostfixArgs;
  dovecot?: { conf: string };
  firewall?: { additionalTcpPorts: number[] };
}

/** The block below a heading that begins so, with a domain in the place of the example's. */
function examplesFor(page: string, domain: string): (heading: string) => Additions {
  const text = readFileSync(join(checkout, "docs", page), "utf8")
    .replaceAll("dnsbl.example.com", listOf(domain))
    .replaceAll("example.org", domain)
    .replaceAll("example\\\\.org", domain.replaceAll(".", "\\\\."));
  return (heading) => {
    const section = text.slice(text.indexOf(`\n## ${heading}`));
    const block = /```yaml\n([\s\S]*?)```/.exec(section)?.[1];
    if (!block) throw new Error(`docs/${page} has nothing to copy below ${heading}`);
    const members = Object.entries(parse(block) as Record<string, unknown>);
    return Object.fromEntries(members.map(([name, value]) => [name.replace("mail:", ""), value]));
  };
}
