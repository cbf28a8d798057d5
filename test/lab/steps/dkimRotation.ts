import { expect } from "vitest";
import type { DkimArgs, MailServerArgs } from "../../../index";
import { dns, foreign } from "../../../lab/lab";
import { Dialogue, judge, type Login, type Route, verified } from "../../../lab/mail";
import { newSubject } from "../scenario";
import { bound, type Story } from "../story";
import { changedLines } from "./changes";

/**
 * The key of a person's domain is rotated to a longer one by four small changes, and nobody who receives its mail notices.
 *
 * @param pause milliseconds between two messages
 */
export function rotatesKeys(story: Story, sender: Login, pause = 100): void {
  const { step, route } = bound(story);
  const { host } = story;
  const domain = sender.address.slice(sender.address.indexOf("@") + 1);
  const next = "next";
  const recordOf = async (selector: string) => {
    const found = await dns.records(`${selector}._domainkey.${domain}`, "TXT");
    return found.map(({ content }) => content.replaceAll('" "', ""));
  };
  const keysOnHost = async () =>
    (await host.shell("ls /etc/dkimkeys")).split("\n").filter((each) => each.endsWith(`_domainkey.${domain}.pem`));
  const withDkim = (dkim: DkimArgs): MailServerArgs => ({
    ...story.args,
    domains: story.args.domains.map((each) =>
      each.name === domain ? { ...each, dkim: { ...dkim, keySize: 4096, exactDomain: true } } : each,
    ),
  });
  const up = async (dkim: DkimArgs) => {
    story.args = withDkim(dkim);
    await story.stack.up(story.args);
  };

  step(
    "a DKIM key is rotated to a longer one while mail flows: every message arrives and passes, the first by the old key, the last by the new one",
    async () => {
      const daemons = await host.daemons();
      // Postfix 3.10 counts the addresses of an IPv6 network as one client.
      const routes = [route("v4", 0), route("v4", 1), route("v4", 2), route("v6", 0)];
      const stream = new Stream(routes, sender, pause);
      try {
        await stream.turn();
        await up({ standbySelectors: [next] });
        const keyOf = (bits: 2048 | 4096) =>
          expect.stringMatching(`^"v=DKIM1; h=sha256; k=rsa; s=email; t=s; p=.{${{ 2048: 392, 4096: 736 }[bits]}}"$`);
        expect(await recordOf("mail")).toEqual([keyOf(2048)]);
        expect(await recordOf(next)).toEqual([keyOf(4096)]);
        const published = await recordOf(next);
        expect(await signersOf(await stream.turn(), domain)).toEqual(["mail"]);

        const preview = await story.stack.preview(withDkim({ selector: next, standbySelectors: ["mail"] }));
        expect(changedLines(preview)).toEqual([
          `- *@${domain} mail._domainkey.${domain}`,
          `+ *@${domain} ${next}._domainkey.${domain}`,
        ]);
        const patient = await Session.open(route("v4", 2), sender);
        const awake = setInterval(() => void patient.stayAwake().catch(() => undefined), 5000);
        await up({ selector: next, standbySelectors: ["mail"] }).finally(() => clearInterval(awake));
        const late = newSubject("from a session that was open before the switch");
        await patient.send(late);
        await patient.close();
        expect(await recordOf(next)).toEqual(published);
        // Mail that the last key signed is judged while that key is published: what the person who rotates it waits for.
        expect(await signersOf(await stream.turn(), domain)).toEqual(["mail", next]);
        expect(await signersOf({ tag: late, count: 1 }, domain)).toEqual(["mail"]);
        expect(await keysOnHost()).toEqual([`mail._domainkey.${domain}.pem`, `${next}._domainkey.${domain}.pem`]);

        await up({ selector: next, revokedSelectors: ["mail"] });
        expect(await recordOf("mail")).toEqual(['"v=DKIM1; p="']);
        expect(await keysOnHost()).toEqual([`${next}._domainkey.${domain}.pem`]);

        await up({ selector: next });
        expect(await recordOf("mail")).toEqual([]);
        expect(await recordOf(next)).toEqual(published);
        expect(await signersOf(await stream.turn(), domain)).toEqual([next]);
        expect(await host.daemons()).toEqual(daemons);
      } finally {
        await stream.stop();
      }
    },
    { seconds: 600 },
  );
}

/** Messages that have a part of their subject in common. */
interface Batch {
  tag: string;
  count: number;
}

/** The selectors that signed the messages, in the order of their first use; each message must have arrived and pass, and none goes back to a selector before. */
async function signersOf({ tag, count }: Batch, domain: string): Promise<string[]> {
  expect(count).toBeGreaterThan(0);
  const deadline = Date.now() + 120_000;
  let arrived = await foreign.deliveries(tag);
  while (arrived.length < count && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    arrived = await foreign.deliveries(tag);
  }
  expect(arrived).toHaveLength(count);
  const numbered = arrived.map(({ raw }) => ({
    raw,
    number: Number(/^Subject: .* (\d+)\r?$/m.exec(raw.toString())?.[1]),
  }));
  const signers: string[] = [];
  for (const { raw, number } of numbered.sort((a, b) => a.number - b.number)) {
    const signature = /^DKIM-Signature:(?:.*\r?\n[ \t])*.*\bs=([a-z0-9]+);/m.exec(raw.toString())?.[1] ?? "unsigned";
    expect([number, signature, await judge(raw)]).toEqual([
      number,
      signature,
      { spf: "pass", dkim: [`pass ${domain}`], dmarc: "pass" },
    ]);
    if (signers.at(-1) !== signature) signers.push(signature);
  }
  return signers;
}

/** Milliseconds that a session lasts. */
const sessionLength = 2000;

/** Submits messages at regular intervals, in a new session every other second, from one address of the clients after the other: nobody may log in as often as that. */
class Stream {
  private batch: Batch = { tag: newSubject("rotation"), count: 0 };
  private running = true;
  private turning: ((batch: Batch) => void) | undefined;
  private readonly ended: Promise<void>;
  private failure: unknown;

  constructor(
    private readonly routes: Route[],
    private readonly login: Login,
    private readonly pause: number,
  ) {
    this.ended = this.run().catch((error: unknown) => {
      this.failure = error ?? new Error("The stream of mail ended.");
    });
  }

  /** Ends a batch at the end of a session that has begun after this, and begins another. */
  async turn(): Promise<Batch> {
    const turned = new Promise<Batch>((resolve) => {
      this.turning = resolve;
    });
    await Promise.race([turned, this.ended]);
    if (this.failure !== undefined) throw this.failure;
    return turned;
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.ended;
    if (this.failure !== undefined) throw this.failure;
  }

  private async run(): Promise<void> {
    for (let turn = 0; this.running; turn++) {
      const turning = this.turning;
      const session = await Session.open(this.routes[turn % this.routes.length] as Route, this.login);
      for (let sent = 0; sent < sessionLength / this.pause; sent++) {
        const rest = new Promise((resolve) => setTimeout(resolve, this.pause));
        await session.send(`${this.batch.tag} ${++this.batch.count}`);
        await rest;
      }
      await session.close();
      if (!turning) continue;
      turning(this.batch);
      this.batch = { tag: newSubject("rotation"), count: 0 };
      this.turning = undefined;
    }
  }
}

/** A session on 465, logged in, for one message after the other. */
class Session {
  private constructor(
    private readonly dialogue: Dialogue,
    private readonly login: Login,
  ) {}

  static async open(route: Route, login: Login): Promise<Session> {
    const session = new Session(await Dialogue.open(route, 465, verified(route.hostname)), login);
    await session.dialogue.reply();
    await session.ask("EHLO client10.example.com", "250");
    const secret = Buffer.from(`\0${login.address}\0${login.password}`).toString("base64");
    await session.ask(`AUTH PLAIN ${secret}`, "235");
    return session;
  }

  async send(subject: string): Promise<void> {
    const from = this.login.address;
    await this.ask(`MAIL FROM:<${from}>`, "250");
    await this.ask(`RCPT TO:<${foreign.mailbox}>`, "250");
    await this.ask("DATA", "354");
    const head = [
      `From: <${from}>`,
      `To: <${foreign.mailbox}>`,
      `Subject: ${subject}`,
      `Date: ${new Date().toUTCString()}`,
    ];
    await this.ask(
      [...head, `Message-ID: <${subject.replace(/\W+/g, ".")}@${from.split("@")[1]}>`, "", "Hello.", "."].join("\r\n"),
      "250",
    );
  }

  stayAwake(): Promise<void> {
    return this.ask("NOOP", "250");
  }

  close(): Promise<void> {
    return this.dialogue.closeAfterAnswer();
  }

  private async ask(line: string, expected: string): Promise<void> {
    const answer = await this.dialogue.ask(line);
    if (!answer.startsWith(expected)) throw new Error(`${line.slice(0, 9)} is answered with: ${answer || "silence"}`);
  }
}
