import { expect } from "vitest";
import { pause, until } from "../../../lab/progress";
import { draw, messages } from "./chance";
import { note, tell } from "./report";
import type { Subject } from "./subject";
import { whole } from "./wholeness";

/** Mail comes in without a pause, whatever happens. */
export function keepsEachMessage(subject: Subject): void {
  const { server, ledger } = subject;
  const { host } = server;
  const kill = (pattern: string) => host.shell(`pkill -9 -o -f '${pattern}'`);
  /** What befalls the server meanwhile; a master of daemons that is killed is brought back by the next activation. */
  const troubles: [string, () => Promise<unknown>][] = [
    ["an activation", () => change(subject)],
    ["Postfix reloads", () => host.shell("systemctl reload postfix")],
    ["Dovecot reloads", () => host.shell("systemctl reload dovecot")],
    ["smtpd is killed", () => kill("^smtpd -n")],
    ["cleanup is killed", () => kill("^cleanup ")],
    ["qmgr is killed", () => kill("^qmgr ")],
    ["the LMTP client is killed", () => kill("^lmtp ")],
    ["the LMTP server is killed", () => kill("^dovecot/lmtp")],
    ["the login server is killed", () => kill("^dovecot/auth")],
    ["OpenDKIM is killed", () => kill("/usr/sbin/opendkim").then(() => change(subject))],
    ["Dovecot's master is killed", () => kill("^/usr/sbin/dovecot").then(() => change(subject))],
    ["Postfix's master is killed", () => kill("^/usr/lib/postfix/sbin/master").then(() => change(subject))],
  ];

  server.step(
    `${messages} messages flow in during activations, reloads and kills: none that was accepted is lost`,
    async () => {
      const started = Date.now();
      const before = ledger.count;
      const doubles = ledger.doubles;
      const sent = () => ledger.count - before;
      // Each kind of trouble once, then by chance; with each comes its share of the messages.
      const rounds = Math.max(troubles.length, Math.ceil(messages / 100));
      const chosen = draw("troubles", rounds, troubles.length).map((kind, round) =>
        round < troubles.length ? round : kind,
      );
      let due = 0;
      const clients = ([0, 1, 2] as const).map(async (client) => {
        while (sent() < messages) {
          if (sent() >= due || (await ledger.send(5, client)) === 0) await pause(50);
        }
      });
      for (const [round, kind] of chosen.entries()) {
        const [what, happen] = troubles[kind] as (typeof troubles)[number];
        due = Math.ceil((messages * (round + 1)) / rounds);
        await until(
          60,
          () => `No mail is accepted: ${ledger.lastReply}`,
          () => sent() > (messages * round) / rounds,
        );
        note(`${sent()} messages accepted, then: ${what}`);
        await happen();
        await until(
          120,
          () => `No mail is accepted: ${ledger.lastReply}`,
          () => sent() >= due,
        );
      }
      await Promise.all(clients);
      await whole(server, ledger, [subject.generation]);
      const outcome = `none lost of ${sent()} accepted, ${ledger.doubles - doubles} came twice`;
      tell("messages during changes and kills", outcome, `${messages} messages`, (Date.now() - started) / 1000);
    },
    { seconds: 180 + messages },
  );
}

/** Where Dovecot is away, smtpd ends as soon as somebody comes, and Postfix's master starts it again after a minute only. */
export function bringsBackWhatIsHeldBack(subject: Subject): void {
  const { server, ledger } = subject;
  const { host } = server;
  server.step("an activation brings back a service that Postfix's master holds back", async () => {
    const { next } = subject;
    const after = await host.cursor();
    // An smtpd that runs already knows what Dovecot offers.
    await host.shell(
      "systemctl kill -s KILL dovecot; pkill -f '^smtpd '; timeout 5 openssl s_client -connect 127.0.0.1:465 </dev/null >/dev/null 2>&1",
    );
    await until(
      20,
      () => "Postfix's master holds nothing back",
      async () => (await host.journal({ after })).some((line) => line.includes("bad command startup -- throttling")),
    );
    const { said } = await server.converge(next);
    expect(said).toMatch(/restarting postfix\.service, which holds a service back: port (465|587)/);
    subject.became(next);
    await whole(server, ledger, [subject.generation]);
  });
}

/** The other configuration. An activation may be what notices that a daemon is gone; then it says so, and the next one has its way. */
async function change(subject: Subject): Promise<void> {
  const { next } = subject;
  const { exitCode, said } = await subject.server.activate(next);
  if (exitCode !== 0) {
    note(said.split("\n").slice(-4).join(" | "));
    await subject.server.converge(next);
  }
  subject.became(next);
}
