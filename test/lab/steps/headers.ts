import { generateKeyPairSync } from "node:crypto";
import { dkimSign } from "mailauth";
import { expect } from "vitest";
import { dns, foreign } from "../../../lab/lab";
import { awaitMail, Dialogue, judge, openSubmission, type Route, submitRaw } from "../../../lab/mail";
import { newSubject, type Scenario, sendFromAbroad } from "../scenario";
import { bound } from "../story";

/** What stands above a message is true: headers of those who send, of those who log in, and of the server itself. */
export function vouchesForHeaders(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, carol, host, release } = scenario;
  const stranger = "someone@client10.example.com";
  const passed = { spf: "pass", dkim: [`pass ${release.domain}`], dmarc: "pass" };

  /** A message of anna's to the foreign server, with these header lines. */
  const letter = (lines: string[], body = "Hello.") => `${lines.join("\r\n")}\r\n\r\n${body}\r\n`;
  const send = (lines: string[], login = anna, port = 465) =>
    submitRaw(route(), port, login, foreign.mailbox, letter([...lines, `To: <${foreign.mailbox}>`]));

  step("a foreign message cannot speak in the server's name, which notes what its signature is worth", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = publicKey.export({ type: "spki", format: "der" }).toString("base64");
    await dns.set("lab._domainkey.client10.example.com", "TXT", [
      `"v=DKIM1; p=${key.slice(0, 200)}" "${key.slice(200)}"`,
    ]);
    const signer = {
      signingDomain: "client10.example.com",
      selector: "lab",
      privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    };
    const forged = [
      `Authentication-Results: ${release.hostname}; dmarc=pass`,
      `authentication-results:\r\n\t${release.hostname.toUpperCase()}/1; spf=pass`,
      `Authentication-Results: (x) ${release.hostname}; dkim=pass`,
    ];
    const kept = [
      "Authentication-Results: mx.example.net; spf=pass",
      `ARC-Authentication-Results: i=1; ${release.hostname}; spf=pass`,
    ];
    const noted: string[] = [];
    for (const kind of ["signed", "altered", "unsigned"]) {
      const subject = newSubject(kind);
      const message = letter([`From: <${stranger}>`, `Subject: ${subject}`, `Date: ${new Date().toUTCString()}`]);
      const { signatures } =
        kind === "unsigned" ? { signatures: "" } : await dkimSign(message, { ...signer, signatureData: [signer] });
      const sent = `${[...forged, ...kept].join("\r\n")}\r\n${signatures}${message}`;
      expect(await deliver(route(), stranger, anna.address, kind === "altered" ? `${sent}More.\r\n` : sent)).toMatch(
        /^250/,
      );
      const raw = (await awaitMail(route(), anna, subject)).toString();
      const results = fieldsOf(raw, "Authentication-Results");
      expect(results).toHaveLength(2);
      expect(results).toContain(" mx.example.net; spf=pass");
      noted.push(/dkim=(\w+)/.exec(results.find((each) => each.includes(release.hostname)) ?? "")?.[1] ?? "nothing");
      expect(fieldsOf(raw, "ARC-Authentication-Results")).toHaveLength(1);
      expect(raw).toMatch(/^Received-SPF: /m);
    }
    expect(noted).toEqual(["pass", "fail", "none"]);
  });

  step("nobody adds a header that a reader sees to a signed message; a mailing list adds its own", async () => {
    const subject = newSubject("signed");
    await send([`From: <${anna.address}>`, `Subject: ${subject}`]);
    const { raw } = await foreign.awaitDelivery(subject);
    const verdictWith = async (header: string) => (await judge(above(raw, header))).dkim;
    expect(await verdictWith("X-Note: nothing")).toEqual(passed.dkim);
    for (const header of [
      "Subject: Your account",
      "To: <x@example.com>",
      "Reply-To: <x@example.com>",
      "Content-Type: text/html",
    ])
      expect([header, await verdictWith(header)]).not.toEqual([header, passed.dkim]);
    for (const header of [
      "List-Id: <list.example.net>",
      "Sender: <list@example.net>",
      "List-Unsubscribe: <https://example.net>",
    ])
      expect([header, await verdictWith(header)]).toEqual([header, passed.dkim]);
  });

  step("mail goes out as it was signed, whatever the length of its lines", async () => {
    const subject = newSubject("a long line");
    const line = `<p>${"x".repeat(3000)}</p>`;
    const lines = [
      `From: <${anna.address}>`,
      `To: <${foreign.mailbox}>`,
      `Subject: ${subject}`,
      "Content-Type: text/html",
    ];
    await submitRaw(route(), 465, anna, foreign.mailbox, letter(lines, line));
    const { raw } = await foreign.awaitDelivery(subject);
    expect(await judge(raw)).toEqual(passed);
    expect(raw.toString()).toContain(line);
  });

  step(
    "what a mail program leaves out is added before the message is signed, and what it tells of itself is taken out",
    async () => {
      const subject = newSubject("bare");
      const told = ["User-Agent", "X-Mailer", "X-Originating-IP", "X-Enigmail-Version"];
      await send([`Subject: ${subject}`, ...told.map((name) => `${name}: 192.0.2.77`)], anna, 587);
      const { raw } = await foreign.awaitDelivery(subject);
      for (const name of ["From", "Date", "Message-ID"]) expect(fieldsOf(raw.toString(), name)).toHaveLength(1);
      expect(fieldsOf(raw.toString(), "From").join()).toContain(anna.address);
      expect(raw.toString()).not.toContain("192.0.2.77");
      expect(await judge(raw)).toEqual(passed);
    },
  );

  step("nobody writes somebody else into From or Sender", async () => {
    const { domain, secondDomain } = release;
    const own = [
      anna.address,
      `Anna <${anna.address.toUpperCase()}>`,
      `"Someone, Else <x@example.com>" <${anna.address}>`,
      `=?utf-8?q?=C3=84nna?= (a (nested) comment)\r\n <${anna.address}> (x)`,
      `anna+shop@${domain}`,
      `Team <team@${domain}>`,
      `postmaster@${secondDomain}`,
    ];
    for (const from of own)
      expect([from, await send([`From: ${from}`, "Subject: mine"])]).toEqual([from, expect.stringMatching(/^250/)]);
    expect(await send([`From: ${anna.address}`, `Sender: team@${domain}`, "Subject: mine"])).toMatch(/^250/);
    const notOwned = /550 5\.7\.1 .*not owned by user anna@/;
    const notPlain = /550 5\.7\.1 .*one plain address/;
    const others: [string, RegExp][] = [
      [carol.address, notOwned],
      [`"${anna.address}" <${carol.address}>`, notOwned],
      [`${carol.address} (${anna.address})`, notOwned],
      [`caught@${secondDomain}`, notOwned],
      [`someone@example.net`, notOwned],
      [`${anna.address}, ${carol.address}`, notPlain],
      [`<${anna.address}> <${carol.address}>`, notPlain],
      [`Friends: ${anna.address};`, notPlain],
      [`"anna"@${domain}`, notPlain],
      [`anna(x)@${domain}`, notPlain],
      [`${anna.address} <${carol.address}`, notPlain],
      [`Anna (x <${carol.address}>`, notPlain],
      ["undisclosed", notPlain],
      ["<>", notPlain],
    ];
    for (const [from, why] of others)
      await expect(send([`From: ${from}`, "Subject: not mine"]), from).rejects.toThrow(why);
    await expect(send([`From: ${carol.address}`, "Subject: not mine"], anna, 587)).rejects.toThrow(notOwned);
    await expect(send([`From: ${anna.address}`, `Sender: ${carol.address}`, "Subject: not mine"])).rejects.toThrow(
      notOwned,
    );
    await expect(send([`From: ${anna.address}\0 <${carol.address}>`, "Subject: not mine"])).rejects.toThrow(/550 5\./);
  });

  step("what the machine writes is signed in its own name, and in nobody else's", async () => {
    const write = async (user: string, from: string, command: string) => {
      const subject = newSubject(`written by ${user}`);
      const text = `From: ${from}\\nTo: ${foreign.mailbox}\\nSubject: ${subject}\\n\\nHello.\\n`;
      await host.shell(`printf '${text}' | runuser -u ${user} -- ${command}`);
      return (await foreign.awaitDelivery(subject)).raw;
    };
    const smtp = `python3 -c "import smtplib, sys; smtplib.SMTP('localhost').sendmail('root@${release.hostname}', '${foreign.mailbox}', sys.stdin.read())"`;
    for (const command of ["sendmail -i -t", smtp])
      for (const [user, from] of [
        ["root", "root (Cron Daemon)"],
        ["nobody", `MAILER-DAEMON@${release.hostname}`],
      ] as const) {
        const { dkim, spf } = await judge(await write(user, from, command));
        expect([command, from, spf, dkim]).toEqual([command, from, "pass", [`pass ${release.hostname}`]]);
      }
    for (const from of [
      carol.address,
      `root@${release.domain}`,
      `root@${release.hostname}, ${anna.address}`,
      `root@${release.hostname} <${anna.address}>`,
      `${anna.address} (root@${release.hostname})`,
      `root@x.${release.hostname}`,
    ])
      for (const command of ["sendmail -i -t", smtp])
        expect((await write("nobody", from, command)).toString(), from).not.toContain("DKIM-Signature");
  });

  step("what Postfix reports of a delivery is signed in the server's name, wherever the report goes", async () => {
    const signed = [`pass ${release.hostname}`];
    const subject = newSubject("to somebody who is not there");
    await submitRaw(
      route(),
      465,
      anna,
      "missing@example.net",
      letter([`From: <${anna.address}>`, `Subject: ${subject}`]),
    );
    const bounce = await awaitMail(route(), anna, "Undelivered Mail Returned to Sender");
    expect(bounce.toString()).toContain("missing@example.net");
    expect((await judge(bounce)).dkim).toEqual(signed);

    const forwarded = await sendFromAbroad([`gone@${release.domain}`], "to an alias");
    const { raw } = await foreign.awaitDelivery(forwarded);
    expect(raw.toString()).toMatch(/^Return-Path: <>$/m);
    expect(raw.toString()).toContain("Subject: Undelivered Mail Returned to Sender");
    expect((await judge(raw)).dkim).toEqual(signed);

    const dialogue = await openSubmission(route(), 465, anna);
    for (const line of [
      `MAIL FROM:<${anna.address}>`,
      `RCPT TO:<${carol.address}> NOTIFY=SUCCESS`,
      "DATA",
      `From: <${anna.address}>\r\n\r\nHello.\r\n.`,
    ])
      expect(await dialogue.ask(line)).toMatch(/^[23]5/);
    dialogue.close();
    expect((await judge(await awaitMail(route(), anna, "Successful Mail Delivery Report"))).dkim).toEqual(signed);
  });

  step("two From headers are refused, of strangers too", async () => {
    const twice = (address: string) => [`From: <${address}>`, "Subject: twice", `From: <${carol.address}>`];
    await expect(send(twice(anna.address))).rejects.toThrow(/550 5\.6\.0 .*one From header/);
    expect(await deliver(route(), stranger, anna.address, letter(twice(stranger)))).toMatch(
      /^550 5\.6\.0 .*one From header/,
    );
  });
}

/** Bodies of a message's header fields of this name, unfolded; those of messages within it are not looked at. */
function fieldsOf(raw: string, name: string): string[] {
  const head = raw.slice(0, /\r?\n\r?\n/.exec(raw)?.index).replace(/\r?\n(?=[ \t])/g, "");
  return head
    .split(/\r?\n/)
    .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map((line) => line.slice(name.length + 1));
}

/** The message with one more header field, above all that its sender wrote and below what was added on its way. */
function above(raw: Buffer, header: string): Buffer {
  const at = raw.indexOf("DKIM-Signature:");
  return Buffer.concat([raw.subarray(0, at), Buffer.from(`${header}\n`), raw.subarray(at)]);
}

/** Hands a message to port 25, and gives the server's last reply. */
async function deliver(route: Route, sender: string, recipient: string, raw: string): Promise<string> {
  const dialogue = await Dialogue.open(route, 25);
  await dialogue.reply();
  await dialogue.ask("EHLO client10.example.com");
  await dialogue.ask(`MAIL FROM:<${sender}>`);
  await dialogue.ask(`RCPT TO:<${recipient}>`);
  await dialogue.ask("DATA");
  const reply = await dialogue.ask(`${raw}.`);
  dialogue.close();
  return reply;
}
