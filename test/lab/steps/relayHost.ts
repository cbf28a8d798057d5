import { expect } from "vitest";
import type { MailServerArgs, RelayHostArgs } from "../../../index";
import { foreign } from "../../../lab/lab";
import { awaitMail, judge, submit } from "../../../lab/mail";
import { newSubject, type Scenario } from "../scenario";
import { bound } from "../story";
import { changedLines } from "./changes";

/** Mail for others takes the way over somebody else's server, which wants a login. */
export function sendsThroughRelayHost(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, ben, host, release } = scenario;
  const port = release.machine === "debian12" ? 587 : 465;
  const through = (relayHost: RelayHostArgs): MailServerArgs => ({ ...scenario.args, relayHost });
  const relayHost = { hostname: "mail.example.net", port, ...foreign.relayLogin };

  step(
    `mail for others goes through a relay host on ${port}: by verified TLS, with a login, signed as ever`,
    async () => {
      const preview = await scenario.stack.preview(through(relayHost));
      expect(changedLines(preview)).toContain(`+ relayhost = [mail.example.net]:${port}`);
      expect(preview.stdout + preview.stderr).not.toContain(relayHost.password);
      const before = await host.cursor();
      await scenario.stack.up(through(relayHost));
      const subject = newSubject("by relay");
      expect(await submit(route(), 465, anna, { to: foreign.mailbox, subject })).toMatch(/^250/);
      const { raw } = await foreign.awaitDelivery(subject);
      expect(raw.toString()).toMatch(/with ESMTPSA id/);
      expect((await judge(raw)).dkim).toEqual([`pass ${release.domain}`]);
      const log = (await host.journal({ after: before })).join("\n");
      expect(log).toMatch(new RegExp(`Verified TLS connection established to mail\\.example\\.net\\S+:${port}`));
      const theirs = await foreign.mailLog();
      expect(theirs).toContain(`sasl_username=${relayHost.user}`);
      const local = newSubject("not by relay");
      expect(await submit(route(), 465, anna, { to: ben.address, subject: local })).toMatch(/^250/);
      await awaitMail(route(), ben, local);
      expect(await host.shell("stat -c '%U:%G %a' /etc/postfix/tables/relay-login")).toBe("root:root 600");
    },
  );

  step("a relay host that refuses the login gets no mail, which waits and leaves when the login is right", async () => {
    await scenario.stack.up(through({ ...relayHost, password: "not the password" }));
    const subject = newSubject("by relay, later");
    expect(await submit(route(), 465, anna, { to: foreign.mailbox, subject })).toMatch(/^250/);
    await expect.poll(() => host.shell("postqueue -p"), { timeout: 30_000 }).toMatch(/SASL authentication failed/);
    await scenario.stack.up(through(relayHost));
    await host.shell("postqueue -f");
    await foreign.awaitDelivery(subject);
  });

  step("a relay host that knows the server by its address gets mail without a login, until there is none", async () => {
    const before = await host.cursor();
    await scenario.stack.up(through({ hostname: relayHost.hostname, port: 25 }));
    expect(await host.shell("ls /etc/postfix/tables")).not.toContain("relay-login");
    expect(await host.shell("postconf -h smtp_sasl_auth_enable")).toBe("no");
    const subject = newSubject("by relay, unnamed");
    expect(await submit(route(), 465, anna, { to: foreign.mailbox, subject })).toMatch(/^250/);
    const { raw } = await foreign.awaitDelivery(subject);
    expect(raw.toString()).toMatch(/with ESMTPS id/);
    expect(await judge(raw)).toEqual({ spf: "pass", dkim: [`pass ${release.domain}`], dmarc: "pass" });
    expect((await host.journal({ after: before })).join("\n")).toMatch(
      /Verified TLS connection established to mail\.example\.net\S+:25/,
    );

    await scenario.stack.up(scenario.args);
    expect(await host.shell("ls /etc/postfix/tables")).not.toContain("relay-login");
    expect(await host.shell("postconf -h smtp_tls_security_level")).toBe("may");
  });
}
