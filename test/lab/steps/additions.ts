import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";
import { foreign } from "../../../lab/lab";
import { awaitMail, judge, submit, withImap } from "../../../lab/mail";
import { checkout } from "../../../lab/paths";
import { newSubject, type Scenario, sendFromAbroad } from "../scenario";
import { bound } from "../story";

/** What `docs/additions.md` has to copy, as it stands there. */
export function takesAdditions(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, ben, host, release } = scenario;
  const example = examplesFor(release.domain);

  step("additions work: checked headers, a copy of all mail, a further port, a folder for everybody", async () => {
    const parts = [example("Headers"), example("Senders"), example("A copy of all mail")];
    const mainCf = Object.assign({}, ...parts.map(({ postfix }) => postfix?.mainCf));
    const port = example("A further port");
    await scenario.stack.up({
      ...scenario.args,
      ...example("A folder for everybody"),
      ...port,
      postfix: { ...port.postfix, mainCf },
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
    expect((await host.journal({ after: before })).join("\n")).toMatch(
      new RegExp(`postfix/relay/smtp\\[\\d+\\]: \\w+: to=<${foreign.mailbox}>.* status=sent`),
    );
    const bens = newSubject("copied to anna");
    expect(await submit(route(), 465, ben, { to: ben.address, subject: bens })).toMatch(/^250/);
    await awaitMail(route(), anna, bens);
    await expect(submit(route("v4", 2), 2525, { ...anna, password: "wrong" }, letter("never"))).rejects.toThrow(/535/);
    expect(await withImap(route(), anna, async (session) => (await session.list()).map(({ path }) => path))).toContain(
      "Receipts",
    );
  });

  step("additions make a server that writes to nobody, and then is as before", async () => {
    await scenario.stack.up({ ...scenario.args, ...example("A server that writes to nobody") });
    const subject = newSubject("to somebody else");
    expect(await submit(route(), 465, ben, { to: foreign.mailbox, subject })).toMatch(/^250/);
    await awaitMail(route(), anna, subject);
    await awaitMail(route(), anna, await sendFromAbroad([`whoever@${release.domain}`]));
    await scenario.stack.up(scenario.args);
    const taken = "recipient_canonical_maps sender_canonical_maps nested_header_checks always_bcc";
    expect(await host.shell(`postconf -h ${taken}`)).toBe("");
  });
}

interface Additions {
  postfix?: { mainCf?: Record<string, string>; masterCf?: string[] };
  dovecot?: { conf: string };
  firewall?: { additionalTcpPorts: number[] };
}

/** The block below a heading that begins so, with a domain in the place of the example's. */
function examplesFor(domain: string): (heading: string) => Additions {
  const text = readFileSync(join(checkout, "docs", "additions.md"), "utf8").replaceAll("example.org", domain);
  return (heading) => {
    const section = text.slice(text.indexOf(`\n## ${heading}`));
    const block = /```yaml\n([\s\S]*?)```/.exec(section)?.[1];
    if (!block) throw new Error(`docs/additions.md has nothing to copy below ${heading}`);
    const members = Object.entries(parse(block) as Record<string, unknown>);
    return Object.fromEntries(members.map(([name, value]) => [name.replace("mail:", ""), value]));
  };
}
