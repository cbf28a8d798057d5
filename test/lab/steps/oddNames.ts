import { expect } from "vitest";
import type { MailServerArgs } from "../../../index";
import { type Login, submit, withImap } from "../../../lab/mail";
import { type Scenario, sendFromAbroad } from "../scenario";
import { bound } from "../story";

/** Destinations of the large alias, more than Postfix expands by itself. */
const crowd = 1100;

/** Whatever the args accept as an address, every daemon takes: mail comes in, and its owner logs in. */
export function takesOddNames(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { ben, release } = scenario;
  const odd: Login[] = ["a.b_c-d=e", "0123456789", "x".repeat(64)].map((name) => ({
    address: `${name}@${release.domain}`,
    password: "odd-Zq81vK",
  }));
  const arrived = (login: Login, subject: string) =>
    withImap(route(), login, async (session) => {
      await session.mailboxOpen("INBOX", { readOnly: true });
      await session.noop();
      return ((await session.search({ subject }, { uid: true })) || []).length;
    });

  step(`odd names receive and log in, and so do ${crowd} destinations of an alias`, async () => {
    const destinations = Array.from({ length: crowd }, (_, at) => `${at % 2 ? "ben+" : "ben#"}${at}@${release.domain}`);
    const args: MailServerArgs = {
      ...scenario.args,
      recipientDelimiter: "+~#",
      mailboxes: [...(scenario.args.mailboxes ?? []), ...odd],
      aliases: [...(scenario.args.aliases ?? []), { address: `crowd@${release.domain}`, destinations }],
    };
    await scenario.stack.up(args);
    for (const login of odd) {
      const [local, domain] = login.address.split("@");
      const to = [login.address, ...["+", "~", "#"].map((delimiter) => `${local}${delimiter}sub@${domain}`)];
      const short = to.filter((address) => address.indexOf("@") <= 64);
      const subject = await sendFromAbroad(short, "odd");
      await expect.poll(() => arrived(login, subject), { timeout: 30_000 }).toBe(short.length);
      expect(await submit(route(), 465, login, { to: ben.address, subject: "from odd" })).toMatch(/^250/);
    }
    const subject = await sendFromAbroad([`crowd@${release.domain}`], "crowd");
    await expect.poll(() => arrived(ben, subject), { timeout: 180_000, interval: 1000 }).toBe(crowd);
  });

  step("each other delimiter separates, and the server is as before", async () => {
    const [, , plain] = odd;
    if (plain === undefined) throw new Error("there is a third");
    await scenario.stack.up({
      ...scenario.args,
      recipientDelimiter: "=_.-",
      mailboxes: [...(scenario.args.mailboxes ?? []), plain],
    });
    const to = ["=", "_", ".", "-"].map((delimiter) => `ben${delimiter}sub@${release.domain}`);
    const subject = await sendFromAbroad(to, "delimiters");
    await expect.poll(() => arrived(ben, subject), { timeout: 30_000 }).toBe(to.length);
    await scenario.stack.up(scenario.args);
  });
}
