import { expect } from "vitest";
import { dns, foreign } from "../../../lab/lab";
import {
  awaitMail,
  Dialogue,
  fetchBySubject,
  openSubmission,
  openTls,
  type Route,
  submit,
  withImap,
} from "../../../lab/mail";
import { newSubject, type Scenario } from "../scenario";
import { bound, type Family } from "../story";

const families: Family[] = ["v4", "v6"];

/** What must not work does not, with the reply that tells an honest sender why. */
export function refusesWhatItMust(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, ben, release } = scenario;
  const stranger = "someone@client10.example.com";

  for (const family of families) {
    step(`strangers are relayed nothing, IP${family}`, async () => {
      expect(await recipientReply(route(family), stranger, foreign.mailbox)).toMatch(
        /^554 5\.7\.1 .*Relay access denied/,
      );
      expect(await recipientReply(route(family), anna.address, foreign.mailbox)).toMatch(/^554 5\.7\.1 /);
    });

    step(`an unknown recipient is refused, IP${family}`, async () => {
      expect(await recipientReply(route(family), stranger, `nobody@${release.domain}`)).toMatch(/^550 5\.1\.1 /);
    });

    step(`a sender whose SPF record says no is refused, IP${family}`, async () => {
      const impostor = `forbidden-${release.machine}.example.com`;
      await dns.set(impostor, "A", ["203.0.113.10"]);
      await dns.set(impostor, "TXT", ['"v=spf1 -all"']);
      expect(await recipientReply(route(family), `someone@${impostor}`, anna.address)).toMatch(/^550 5\.7\.\d+ .*SPF/i);
      // example.net's record names its own mail server only, and our own domains' only ours.
      expect(await recipientReply(route(family), foreign.mailbox, anna.address)).toMatch(/^550 5\.7\.\d+ .*SPF/i);
      expect(await recipientReply(route(family), ben.address, anna.address)).toMatch(/^550 5\.7\.\d+ .*SPF/i);
    });

    step(`nobody sends as somebody else, IP${family}`, async () => {
      for (const port of [465, 587] as const) {
        const attempt = submit(route(family, 1), port, ben, {
          to: foreign.mailbox,
          subject: "not mine",
          sender: anna.address,
        });
        await expect(attempt).rejects.toThrow(/553 5\.7\.1 .*not owned by user/);
        const session = await openSubmission(route(family, 1), port, ben);
        await session.ask("MAIL FROM:<>");
        expect(await session.ask(`RCPT TO:<${foreign.mailbox}>`)).toMatch(/^553 5\.7\.1 .*an address of yours/);
        await session.closeAfterAnswer();
      }
    });

    step(`no password is asked for before TLS, IP${family}`, async () => {
      const secret = Buffer.from(`\0${anna.address}\0${anna.password}`).toString("base64");
      const submission = await greeted(route(family), 587);
      expect(await submission.ask("EHLO client10.example.com")).not.toContain("AUTH");
      expect(await submission.ask(`AUTH PLAIN ${secret}`)).toMatch(/^(530|538) 5\.7\./);
      submission.close();
      const smtp = await openTls(route(family), 25);
      expect(await smtp.ask("EHLO client10.example.com")).not.toContain("AUTH");
      expect(await smtp.ask(`AUTH PLAIN ${secret}`)).toMatch(/^50[03] /);
      smtp.close();
      const imap = await Dialogue.open(route(family), 143);
      expect(await imap.line()).toContain("LOGINDISABLED");
      imap.send("a LOGIN anna never\r\n");
      expect(await imap.line()).toMatch(/^(\* BAD|a NO) .*(PRIVACYREQUIRED|cleartext|plaintext)/i);
      imap.close();
      const pop3 = await Dialogue.open(route(family), 110);
      await pop3.line();
      pop3.send(`USER ${anna.address}\r\n`);
      expect(await pop3.line()).toMatch(/^-ERR/);
      pop3.close();
    });

    step(`strangers are offered no notifications of success, who logs in is, IP${family}`, async () => {
      const smtp = await openTls(route(family), 25);
      expect(await smtp.ask("EHLO client10.example.com")).not.toContain("DSN");
      expect(await smtp.ask(`MAIL FROM:<${stranger}> RET=FULL`)).toMatch(/^5\d\d /);
      smtp.close();
      const submission = await openTls(route(family), 587);
      expect(await submission.ask("EHLO client10.example.com")).toMatch(/^250[ -]DSN$/m);
      submission.close();
    });

    step(`VRFY tells nothing, IP${family}`, async () => {
      const dialogue = await greeted(route(family), 25);
      await dialogue.ask("EHLO client10.example.com");
      expect(await dialogue.ask(`VRFY ${anna.address}`)).toMatch(/^502 5\.5\.1 /);
      dialogue.close();
    });

    step(`a message of 51 MB is refused by its announced size, IP${family}`, async () => {
      const dialogue = await greeted(route(family), 25);
      expect(await dialogue.ask("EHLO client10.example.com")).toContain("SIZE 52428800");
      expect(await dialogue.ask(`MAIL FROM:<${stranger}> SIZE=${51 * 1024 * 1024}`)).toMatch(/^552 5\.3\.4 /);
      dialogue.close();
    });
  }

  step("a message of 51 MB that is really sent is refused, one of 49 MB arrives", async () => {
    expect(await sendBytes(route("v6"), stranger, anna.address, 51 * 1024 * 1024)).toMatch(/^552 5\.3\.4 /);
    const subject = newSubject("49 MB");
    expect(await sendBytes(route("v4"), stranger, anna.address, 49 * 1024 * 1024, subject)).toMatch(/^250 /);
    expect((await awaitMail(route(), anna, subject)).length).toBeGreaterThan(49 * 1024 * 1024);
    await withImap(route(), anna, async (session) => {
      await session.mailboxOpen("INBOX");
      await session.messageDelete({ subject });
    });
  });

  step("a wrong password is refused on every port", async () => {
    const wrong = { ...anna, password: "not this one" };
    // From an address of its own: Dovecot makes the next logins from it wait.
    await expect(withImap(route("v4", 2), wrong, async () => undefined)).rejects.toThrow();
    await expect(submit(route("v6", 2), 465, wrong, { to: ben.address, subject: "never" })).rejects.toThrow(
      /535 5\.7\.8/,
    );
  });

  step("whoever shares an address with somebody who guesses passwords still sends", async () => {
    for (const password of ["1", "2", "3", "4", "5"]) {
      const guess = submit(route("v4", 2), 587, { ...ben, password }, { to: ben.address, subject: "never" });
      await expect(guess).rejects.toThrow(/535 5\.7\.8/);
    }
    const started = Date.now();
    expect(await submit(route("v4", 2), 465, anna, { to: ben.address, subject: "not guessed" })).toMatch(/^250/);
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  step("a second message cannot be smuggled in behind odd line ends", async () => {
    for (const [index, end] of [
      "\n.\n",
      "\n.\r\n",
      "\r\n.\n",
      "\r.\r\n",
      "\r\n.\r",
      "\n.\r",
      "\r\n\0.\r\n",
    ].entries()) {
      const subject = newSubject(`smuggled ${index}`);
      const dialogue = await readyForData(route(), stranger, anna.address);
      const inner = [
        `MAIL FROM:<${anna.address}>`,
        `RCPT TO:<${ben.address}>`,
        "DATA",
        `Subject: ${subject}`,
        "",
        "I was never sent.",
      ].join("\r\n");
      dialogue.send(`Subject: ${subject}\r\n\r\nFirst.${end}${inner}\r\n.\r\n`);
      await dialogue.reply();
      expect(await dialogue.ask("RSET")).toMatch(/^250|^421|^$/);
      dialogue.close();
      expect(await fetchBySubject(route(), ben, subject), JSON.stringify(end)).toEqual([]);
    }
    const marker = await lastOf(route(), stranger, ben.address);
    await awaitMail(route(), ben, marker);
    expect(await fetchBySubject(route(), ben, "smuggled")).toEqual([]);
  });
}

/** A message after all others, so that what was accepted before has arrived when it has. */
async function lastOf(from: Route, sender: string, recipient: string): Promise<string> {
  const subject = newSubject("last");
  const dialogue = await readyForData(from, sender, recipient);
  expect(await dialogue.ask(`Subject: ${subject}\r\n\r\nHello.\r\n.`)).toMatch(/^250/);
  dialogue.close();
  return subject;
}

async function greeted(route: Route, port: number): Promise<Dialogue> {
  const dialogue = await Dialogue.open(route, port);
  expect(await dialogue.reply()).toMatch(/^220 /);
  return dialogue;
}

/** The server's answer to a recipient. */
async function recipientReply(route: Route, sender: string, recipient: string): Promise<string> {
  const dialogue = await greeted(route, 25);
  await dialogue.ask("EHLO client10.example.com");
  const accepted = await dialogue.ask(`MAIL FROM:<${sender}>`);
  const reply = accepted.startsWith("250") ? await dialogue.ask(`RCPT TO:<${recipient}>`) : accepted;
  dialogue.close();
  return reply;
}

async function readyForData(route: Route, sender: string, recipient: string): Promise<Dialogue> {
  const dialogue = await greeted(route, 25);
  await dialogue.ask("EHLO client10.example.com");
  expect(await dialogue.ask(`MAIL FROM:<${sender}>`)).toMatch(/^250/);
  expect(await dialogue.ask(`RCPT TO:<${recipient}>`)).toMatch(/^250/);
  expect(await dialogue.ask("DATA")).toMatch(/^354/);
  return dialogue;
}

/** Sends a message of so many bytes without announcing its size. */
async function sendBytes(
  route: Route,
  sender: string,
  recipient: string,
  size: number,
  subject = "too big",
): Promise<string> {
  const dialogue = await readyForData(route, sender, recipient);
  const line = `${"x".repeat(76)}\r\n`;
  dialogue.send(`From: ${sender}\r\nSubject: ${subject}\r\n\r\n`);
  dialogue.send(line.repeat(Math.ceil(size / line.length)));
  const reply = await dialogue.ask(".");
  dialogue.close();
  return reply;
}
