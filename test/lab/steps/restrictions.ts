import { expect } from "vitest";
import { Dialogue, type Login, openTls, type Route, submit } from "../../../lab/mail";
import { newSubject, type Scenario } from "../scenario";
import { bound } from "../story";

/** What no honest client says, and how much one client may do: each restriction and limit of main.cf, by the reply that it gives. */
export function holdsClientsBack(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, release } = scenario;
  const [stranger, honest] = ["someone@client10.example.com", "client10.example.com"];

  const refusals: [string, string[], RegExp][] = [
    ["no name for itself", [`MAIL FROM:<${stranger}>`], /^503 5\.5\.1 .*HELO/],
    ["a name for itself that none can be", transaction("bad_name!", stranger, anna.address), /^501 5\.5\.2 .*Helo/],
    ["a name for itself without a domain", transaction("laptop", stranger, anna.address), /^504 5\.5\.2 .*Helo/],
    ["a sender without a domain", transaction(honest, "someone", anna.address), /^504 5\.5\.2 .*Sender/],
    [
      "a sender of a domain that is not there",
      transaction(honest, "someone@nowhere.invalid", anna.address),
      /^450 4\.1\.8 .*Domain not found/,
    ],
    ["a recipient without a domain", transaction(honest, stranger, "anna"), /^504 5\.5\.2 .*Recipient/],
    [
      "a way for the mail behind the recipient",
      transaction(honest, stranger, `anna%example.net@${release.domain}`),
      /^55[04] 5\.[17]\.1 /,
    ],
  ];
  step("port 25 refuses, with a word why, what no honest client says", async () => {
    for (const [what, lines, reply] of refusals) {
      const dialogue = await Dialogue.open(route(), 25);
      await dialogue.reply();
      let last = "";
      for (const line of lines) last = await dialogue.ask(line);
      expect(last, what).toMatch(reply);
      dialogue.close();
    }
  });

  step("who speaks before it is asked is refused, and so is who does not log in to submit", async () => {
    const hasty = await Dialogue.open(route(), 25);
    await hasty.reply();
    hasty.send(`EHLO ${honest}\r\nMAIL FROM:<${stranger}>\r\nRCPT TO:<${anna.address}>\r\nDATA\r\n`);
    await expect.poll(() => hasty.reply(), { timeout: 20_000 }).toMatch(/^(503|554) 5\.5\.0 .*synchronization/);
    hasty.close();
    const unknown = await openTls(route(), 587);
    for (const line of transaction(honest, anna.address, anna.address).slice(0, 2)) await unknown.ask(line);
    expect(await unknown.ask(`RCPT TO:<${anna.address}>`)).toMatch(/^554 5\.7\.1 .*Access denied/);
    unknown.close();
  });

  step("who makes ten mistakes has to leave", async () => {
    const clumsy = await Dialogue.open(route(), 25);
    await clumsy.reply();
    for (let mistake = 0; mistake < 10; mistake++) expect(await clumsy.ask("WHAT")).toMatch(/^500 /);
    expect(await clumsy.reply()).toMatch(/^421 4\.7\.0 .*too many errors/);
    clumsy.close();
  });

  // Postfix counts for a minute: from an address of IPv4 that no step soon after this submits from.
  const busy = route("v4", 2);

  step("one address has 25 connections at a time, and others go on", async () => {
    const open: Dialogue[] = [];
    const greetings: string[] = [];
    for (let connection = 0; connection < 26; connection++) {
      const dialogue = await Dialogue.open(busy, 25);
      open.push(dialogue);
      greetings.push(await dialogue.reply());
    }
    expect(greetings.filter((greeting) => greeting.startsWith("220 "))).toHaveLength(25);
    expect(greetings.at(-1)).toMatch(/^421 4\.7\.0 .*too many connections/);
    expect(await submit(route("v4", 1), 465, anna, { to: anna.address, subject: newSubject("meanwhile") })).toMatch(
      /^250/,
    );
    for (const dialogue of open) dialogue.close();
  });

  step("one address submits 300 messages a minute", async () => {
    const replies: string[] = [];
    while (replies.length < 301) {
      const session = await loggedIn(busy, anna);
      // Of RSET, Postfix takes a hundred in a session.
      for (const end = Math.min(replies.length + 80, 301); replies.length < end; ) {
        replies.push(await session.ask(`MAIL FROM:<${anna.address}>`));
        await session.ask("RSET");
      }
      session.close();
    }
    const late = replies.findIndex((reply) => /^450 4\.7\.1 .*too much mail/.test(reply));
    expect(replies.slice(0, late).filter((reply) => !reply.startsWith("250"))).toEqual([]);
    // What a step before this one has submitted counts, too.
    expect(late, replies.at(-1)).toBeGreaterThan(290);
    expect(late).toBeLessThanOrEqual(300);
  });

  step("one address tries 120 logins a minute", async () => {
    const replies: string[] = [];
    while (replies.length < 121) {
      const dialogue = await openTls(busy, 465);
      await dialogue.reply();
      await dialogue.ask(`EHLO ${honest}`);
      // A way to log in that there is not, as a wrong password makes everybody behind the address wait. More of them, and Postfix slows down.
      for (let attempt = 0; attempt < 4; attempt++) replies.push(await dialogue.ask("AUTH NONE"));
      dialogue.close();
    }
    const late = replies.findIndex((reply) => /^450 4\.7\.1 .*too many AUTH commands/.test(reply));
    expect(late, replies.at(-1)).toBeGreaterThan(100);
    expect(late).toBeLessThanOrEqual(120);
  });
}

function transaction(greeting: string, sender: string, recipient: string): string[] {
  return [`EHLO ${greeting}`, `MAIL FROM:<${sender}>`, `RCPT TO:<${recipient}>`];
}

async function loggedIn(route: Route, { address, password }: Login): Promise<Dialogue> {
  const dialogue = await openTls(route, 465);
  await dialogue.reply();
  await dialogue.ask("EHLO client10.example.com");
  const secret = Buffer.from(`\0${address}\0${password}`).toString("base64");
  expect(await dialogue.ask(`AUTH PLAIN ${secret}`)).toMatch(/^235 /);
  return dialogue;
}
