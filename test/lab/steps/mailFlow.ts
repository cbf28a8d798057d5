import { expect } from "vitest";
import { platforms } from "../../../components/platforms";
import { clients, foreign } from "../../../lab/lab";
import { awaitMail, Dialogue, fetchByPop3, judge, openTls, submit, verified, withImap } from "../../../lab/mail";
import { newSubject, type Scenario, sendFromAbroad } from "../scenario";
import { bound, type Family } from "../story";

const families: Family[] = ["v4", "v6"];
const loginPorts = [110, 143, 465, 587, 993, 995];

/** Mail comes in and goes out, over both protocols, and everything about it is as the world expects. */
export function mailFlows(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, ben, host, release } = scenario;
  const { mlKem } = platforms[release.operatingSystem].openssl;

  step("mail from a foreign server arrives, and is read by IMAPS and by POP3S", async () => {
    const subject = await sendFromAbroad([ben.address]);
    const raw = (await awaitMail(route(), ben, subject)).toString();
    expect(raw).toMatch(/^Received: from mail\.example\.net/m);
    expect(raw).toMatch(/^Received-SPF: Pass/m);
    expect((await fetchByPop3(route("v6"), ben)).some((message) => message.includes(subject))).toBe(true);
  });

  for (const family of families) {
    step(`port 25 takes mail over IP${family}, encrypted`, async () => {
      const subject = newSubject("direct");
      const dialogue = await openTls(route(family), 25);
      await dialogue.ask("EHLO client10.example.com");
      for (const line of ["MAIL FROM:<someone@client10.example.com>", `RCPT TO:<${anna.address}>`])
        expect(await dialogue.ask(line)).toMatch(/^250/);
      expect(await dialogue.ask("DATA")).toMatch(/^354/);
      expect(
        await dialogue.ask(`From: someone@client10.example.com\r\nSubject: ${subject}\r\n\r\nHello.\r\n.`),
      ).toMatch(/^250/);
      dialogue.close();
      const raw = (await awaitMail(route(), anna, subject)).toString();
      expect(raw).toContain(clients[0]?.[family]);
      expect(raw).toMatch(/TLSv1\.[23]/);
    });
  }

  for (const [port, family] of [
    [465, "v4"],
    [587, "v6"],
  ] as const) {
    step(
      `mail submitted on ${port} over IP${family} reaches the foreign server, and passes SPF, DKIM and DMARC there`,
      async () => {
        const subject = newSubject(`submitted on ${port}`);
        expect(await submit(route(family), port, anna, { to: foreign.mailbox, subject })).toMatch(/^250/);
        const { raw } = await foreign.awaitDelivery(subject);
        expect(await judge(raw)).toEqual({ spf: "pass", dkim: [`pass ${release.domain}`], dmarc: "pass" });
        for (const trace of [clients[0]?.[family] ?? "?", "laptop.invalid", "client10"])
          expect(raw.toString()).not.toContain(trace);
      },
    );
  }

  step("each port speaks TLS 1.2 and 1.3 and nothing older", async () => {
    for (const port of [25, ...loginPorts]) {
      for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
        const dialogue = await openTls(route(), port, { minVersion: version, maxVersion: version });
        expect([port, dialogue.tlsVersion]).toEqual([port, version]);
        await dialogue.closeAfterAnswer();
      }
      const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
      await expect(openTls(route(), port, old), `TLS 1.1 on port ${port}`).rejects.toThrow(
        /alert|protocol|disconnected before secure TLS/i,
      );
    }
  });

  step(
    "each port chooses the strongest cipher and key exchange of the client's, and no finite-field group",
    async () => {
      const weakestFirst = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384";
      const startTls = new Map([
        [25, "-starttls smtp"],
        [587, "-starttls smtp"],
        [143, "-starttls imap"],
        [110, "-starttls pop3"],
      ]);
      for (const port of [25, ...loginPorts]) {
        const dialogue = await openTls(route(), port, { maxVersion: "TLSv1.2", ciphers: weakestFirst });
        expect([port, dialogue.cipher]).toEqual([port, "ECDHE-ECDSA-AES256-GCM-SHA384"]);
        await dialogue.closeAfterAnswer();
        await expect(
          openTls(route(), port, { minVersion: "TLSv1.3", ecdhCurve: "ffdhe2048" }),
          `a finite-field group on port ${port}`,
        ).rejects.toThrow(/alert|disconnected before secure TLS/i);
        // Of the machine's own OpenSSL, since that of the tests may be older.
        const said = await host.shell(
          `(sleep 0.5; echo a LOGOUT; echo QUIT) | timeout 9 openssl s_client -connect 127.0.0.1:${port} ${startTls.get(port) ?? ""} -crlf -ign_eof -brief`,
        );
        expect([port, said]).toEqual([
          port,
          expect.stringMatching(mlKem ? /group: X25519MLKEM768/ : /Temp Key: X25519,/),
        ]);
      }
    },
  );

  step("only the mail services' ports and SSH are reachable", async () => {
    expect(await scenario.host.openPorts()).toEqual([22, 25, 110, 143, 465, 587, 993, 995]);
    const filtered = await scenario.host.shell("ufw status | grep -c '^[0-9].*ALLOW'");
    expect(Number(filtered)).toBe(2 * 9);
  });

  step("postmaster, abuse, aliases, sub-addresses and the catch-all are delivered", async () => {
    const { domain, secondDomain } = release;
    const toAnna = [
      `postmaster@${domain}`,
      `abuse@${domain}`,
      `postmaster@${secondDomain}`,
      `Abuse@${secondDomain}`,
      `anything-at-all@${secondDomain}`,
      `anna+shop@${domain}`,
      `team@${domain}`,
    ];
    const subject = newSubject("for");
    for (const address of toAnna) {
      await foreign.send(
        `From: ${foreign.mailbox}\nTo: ${address}\nSubject: ${subject} ${address}\n\nHello.\n`,
        foreign.mailbox,
        [address],
      );
    }
    for (const address of toAnna) await awaitMail(route(), anna, `${subject} ${address}`);
    await awaitMail(route(), ben, `${subject} team@${domain}`);
    const carols = await sendFromAbroad([scenario.carol.address]);
    await awaitMail(route(), scenario.carol, carols);
  });

  step("what cron says to root and to a person arrives, with whatever is in its headers", async () => {
    for (const to of ["root", anna.address]) {
      const tag = `cron-${Date.now()}`;
      await host.shell(`printf 'To: %s\\nSubject: %s déjà vu ✓\\n\\ncafé\\n' ${to} ${tag} | sendmail -i ${to}`);
      expect((await awaitMail(route(), anna, tag)).toString()).toContain("déjà vu ✓");
    }
  });

  step("a mailbox has the folders that mail programs look for, and mail can be filed in them", async () => {
    await withImap(route("v6"), anna, async (session) => {
      const folders = await session.list();
      const uses = Object.fromEntries(folders.map(({ path, specialUse }) => [path, specialUse]));
      expect(uses).toMatchObject({
        Archive: "\\Archive",
        Drafts: "\\Drafts",
        Junk: "\\Junk",
        Sent: "\\Sent",
        Trash: "\\Trash",
      });
      const kept = await session.append("Sent", "Subject: kept\r\n\r\nHello.\r\n", ["\\Seen"]);
      expect(kept).toMatchObject({ destination: "Sent" });
    });
  });

  step("nobody learns more from the greeting than the name", async () => {
    const greeting = async (port: number, tls: boolean) => {
      const dialogue = await Dialogue.open(route(), port, tls ? verified(release.hostname) : undefined);
      const line = await dialogue.line();
      dialogue.close();
      return line;
    };
    expect(await greeting(25, false)).toBe(`220 ${release.hostname} ESMTP`);
    expect(await greeting(465, true)).toBe(`220 ${release.hostname} ESMTP`);
    for (const [port, tls] of [
      [993, true],
      [143, false],
      [110, false],
    ] as const)
      expect(await greeting(port, tls)).not.toMatch(/debian|ubuntu|dovecot|[0-9]+\.[0-9]+\.[0-9]/i);
  });
}
