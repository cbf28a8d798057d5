import { expect } from "vitest";
import { FirewallManager, type MailServerArgs } from "../../../index";
import { awaitMail, Dialogue, withImap } from "../../../lab/mail";
import type { Scenario } from "../scenario";
import { sendFromAbroad } from "../scenario";
import { transcript } from "../stack";
import { bound } from "../story";

/** Of a daemon that nothing asks for. */
const stray = 3306;

/** Each firewall lets in what is in use, by both protocols, and nothing else; what somebody changes in the kernel is named and put right. */
export function changesFirewalls(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, host } = scenario;
  const before = scenario.args.firewall;
  const withManager = (manager?: FirewallManager): MailServerArgs => ({
    ...scenario.args,
    firewall: { ...before, ...(manager ? { manager } : {}) },
  });
  const reaches = async (port: number) => {
    const outcomes = (["v4", "v6"] as const).map((family) => Dialogue.open(route(family), port));
    const settled = await Promise.allSettled(outcomes);
    for (const each of settled) if (each.status === "fulfilled") each.value.close();
    return settled.map(({ status }) => status === "fulfilled");
  };
  const drift = async () => {
    const run = await scenario.stack.mailserver("drift", "--json");
    expect([0, 2], transcript(run)).toContain(run.exitCode);
    const { differences } = JSON.parse(run.stdout) as { differences: { area: string; problem: string }[] };
    return differences.map(({ area, problem }) => `${area}: ${problem}`);
  };
  const works = async () => {
    expect(await reaches(stray)).toEqual([false, false]);
    expect(await reaches(25)).toEqual([true, true]);
    for (const family of ["v4", "v6"] as const) await withImap(route(family), anna, async () => undefined);
    expect(await drift()).toEqual([]);
  };

  step(
    "nftables takes the place of UFW: what is in use is let in by a table of its own, a daemon beside is not",
    async () => {
      await host.shell(`systemd-run --unit=stray python3 -m http.server ${stray} --bind ::`);
      scenario.args = withManager(FirewallManager.Nftables);
      const preview = await scenario.stack.preview(scenario.args);
      expect(preview.stdout).toContain("mail/etc/pulumi-mailserver/firewall.nft]");
      await scenario.stack.up(scenario.args);
      await works();
      expect(await host.shell("systemctl is-active ufw; iptables -S INPUT; ip6tables -S INPUT; true")).toBe(
        "inactive\n-P INPUT ACCEPT\n-P INPUT ACCEPT",
      );
    },
  );

  step("a table of nftables that somebody flushed is named, and put right by the next up that is told to", async () => {
    await host.shell("nft flush ruleset");
    expect(await reaches(stray)).toEqual([true, true]);
    expect(await drift()).toEqual(["firewall: the table inet mailserver is not loaded"]);
    scenario.args = { ...scenario.args, triggers: [new Date().toISOString()] };
    await scenario.stack.up(scenario.args);
    await works();
    await awaitMail(route(), anna, await sendFromAbroad([anna.address]), 60);
  });

  step("firewalld takes the place of nftables: what is in use is let in by the names of services", async () => {
    scenario.args = withManager(FirewallManager.Firewalld);
    await scenario.stack.up(scenario.args);
    await works();
    expect((await host.shell("firewall-cmd --list-services")).split(" ")).toEqual(
      expect.arrayContaining(["imaps", "smtp", "smtp-submission", "smtps", "ssh"]),
    );
    expect(await host.shell("nft list tables")).not.toContain("mailserver");
  });

  step("a port that somebody opened in firewalld is named, and shut by the next up that is told to", async () => {
    await host.shell(`firewall-cmd --add-port=${stray}/tcp`);
    expect(await reaches(stray)).toEqual([true, true]);
    expect(await drift()).toEqual(
      ["IPv4", "IPv6"].map((family) => `firewall: ${family}: port ${stray} is open, which nothing asks for`),
    );
    scenario.args = { ...scenario.args, triggers: [new Date().toISOString()] };
    await scenario.stack.up(scenario.args);
    await works();
  });

  step("UFW comes back where nothing else is said, and leaves nothing of the others in the kernel", async () => {
    scenario.args = withManager();
    await scenario.stack.up(scenario.args);
    await works();
    expect(await host.shell("systemctl stop stray; nft list tables")).not.toMatch(/mailserver|firewalld/);
    expect(await host.shell("systemctl is-enabled firewalld pulumi-mailserver-firewall 2>&1 || true")).not.toMatch(
      /^enabled$/m,
    );
  });
}
