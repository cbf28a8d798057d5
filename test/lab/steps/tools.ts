import { expect } from "vitest";
import { awaitMail } from "../../../lab/mail";
import { newSubject, type Scenario } from "../scenario";
import { transcript } from "../stack";
import { bound } from "../story";

/** What of the machine is not the mail server: its name, its updates, and tools for people. */
export function looksAfterTheMachine(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, host, release } = scenario;
  const timers = "apt-daily.timer apt-daily-upgrade.timer";
  let before = "";
  /** The machine's name, whether it updates itself, and files of ours. */
  const state = () =>
    host.shell(
      `hostname; systemctl is-active ${timers}; ls /etc/apt/apt.conf.d/51* /etc/needrestart/conf.d/pulumi* /usr/local/lib/pulumi-mailserver/report 2>/dev/null; true`,
    );

  step("the machine gets its name, security updates and tools by one up", async () => {
    before = await state();
    await scenario.stack.up({
      ...scenario.args,
      setHostname: true,
      unattendedUpgrades: { automaticRebootTime: "04:00" },
      tools: { enableMailx: true, enableMailLog: true, pflogsumm: { enableDailyReport: true } },
    });
    expect(await host.shell("hostname; hostname -f")).toBe(`${release.hostname}\n${release.hostname}`);
    const rehearsal = await host.shell("unattended-upgrade --dry-run --debug 2>&1");
    expect(rehearsal).toMatch(/Allowed origins are: origin=Debian,codename=\w+-security,label=Debian-Security$/m);
    expect(await host.shell("apt-config dump | grep -c 'Automatic-Reboot-Time \"04:00\"'")).toBe("1");
    expect(await host.shell("needrestart -b -r l 2>&1 | grep -ci error || true")).toBe("0");
  });

  step("`mail` delivers, /var/log/mail.log has the line and rotates, and the postmaster gets sums", async () => {
    const log = (subject: string) => host.shell(`grep -h 'to=<${subject}' /var/log/mail.log || true`);
    const write = async () => {
      const subject = newSubject("by mail");
      await host.shell(`echo Hello | mail -s '${subject}' ${anna.address}`);
      await awaitMail(route(), anna, subject);
    };
    await write();
    expect(await log(anna.address)).toMatch(/postfix\/lmtp\[\d+\]: .*status=sent/);
    await host.shell("logrotate -f /etc/logrotate.d/rsyslog; ls /var/log/mail.log.1");
    await write();
    await expect.poll(() => log(anna.address)).toMatch(/status=sent/);

    await host.shell("sed 's/yesterday --until today/today/' /usr/local/lib/pulumi-mailserver/report | sh");
    const sums = await awaitMail(route(), anna, `Mail of ${release.hostname} on`);
    expect(sums.toString()).toMatch(/^\s*\d+\s+delivered$/m);
    await host.shell("systemctl start mailserver-report.service");
  });

  step("updates that are not installed are drift", async () => {
    const drift = async () => {
      const found = await scenario.stack.mailserver("drift");
      return [found.exitCode, transcript(found)] as const;
    };
    expect(await drift()).toEqual([0, expect.any(String)]);
    const lists = "/var/lib/apt/lists /var/lib/apt/lists/partial";
    await host.shell(`systemctl stop apt-daily.timer; touch -d '4 days ago' ${lists}`);
    const [exitCode, said] = await drift();
    expect(exitCode).toBe(2);
    expect(said).toMatch(/^update +security +the package lists are 4 days old$/m);
    expect(said).toMatch(/^unit +apt-daily\.timer +does not run/m);
    await host.shell(`systemctl start apt-daily.timer; touch ${lists}`);
  });

  step(
    "the machine has its own name and timers again when the stack has nothing to do with them any more",
    async () => {
      await scenario.stack.up(scenario.args);
      expect(await state()).toBe(before);
      expect(await host.shell("systemctl is-active mailserver-report.timer rsyslog.service || true")).toBe(
        "inactive\ninactive",
      );
    },
  );
}
