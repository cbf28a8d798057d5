import { beforeAll, describe, expect } from "vitest";
import { isWithin } from "../../components/dns/names";
import type { DnsRecord } from "../../components/dns/record";
import { type MailServerArgs, OperatingSystem } from "../../index";
import { dns, foreign, machine } from "../../lab/lab";
import { awaitMail, Dialogue, judge, type Login, type Route, submit } from "../../lab/mail";
import { reverseName } from "../../lab/zones";
import { expectUnchanged, lab, newSubject, Scenario, sendFromAbroad } from "./scenario";
import { transcript } from "./stack";
import { keepsQuiet } from "./steps/endurance";
import { bound } from "./story";

/** What a running stack may be told to become, and taken back from: only `npm run test:long` has the time. */
describe.runIf(process.env.RARE_CHANGES)("a running server is changed, and changed back", () => {
  const scenario = new Scenario({
    machine: "lived12",
    operatingSystem: OperatingSystem.Debian12,
    user: "root",
    hostname: "mail-changing.example.com",
    domain: "changing.example.com",
    secondDomain: "changed.example.com",
  });
  const { step, route } = bound(scenario);
  const { host, anna, carol, release } = scenario;
  const renamed = "mail-renamed.example.com";
  const { v4, v6 } = machine(release.machine);

  beforeAll(async () => {
    for (const name of [renamed, `_25._tcp.${renamed}`]) await dns.delete(name);
    await scenario.prepare();
  });

  /** Mail comes in, and goes out as the server that `at` names, with a signature that everybody believes; and DNS has the certificate's key. */
  async function mailFlows(at: Route = route(), login: Login = anna): Promise<void> {
    await awaitMail(at, login, await sendFromAbroad([login.address]), 60);
    const subject = newSubject("changed");
    expect(await submit(at, 465, login, { to: foreign.mailbox, subject })).toMatch(/^250/);
    const { raw } = await foreign.awaitDelivery(subject);
    expect(raw.toString()).toMatch(new RegExp(`^Received: from ${at.hostname} \\(${at.hostname} \\[`, "m"));
    const key = await host.shell(
      "openssl x509 -in /etc/ssl/mailserver/server.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum",
    );
    expect(await scenario.published([`_25._tcp.${at.hostname}`])).toEqual([
      `_25._tcp.${at.hostname}. TLSA 3 1 1 ${key.split(" ")[0]}`,
    ]);
    const domain = login.address.split("@")[1];
    // A resolver may remember a key that was replaced, for as long as its record said.
    const verdict = { spf: "pass", dkim: [`pass ${domain}`], dmarc: "pass" };
    await expect.poll(() => judge(raw), { timeout: 90_000, interval: 3000 }).toEqual(verdict);
  }

  const up = (args: MailServerArgs) => scenario.stack.up(args);

  /** The stack as it was; nothing is left to be done after that. */
  async function back(): Promise<void> {
    await up(scenario.args);
    expectUnchanged(await up(scenario.args));
  }

  const ssh = () => {
    const { ssh: way } = scenario.args.host;
    if (!way) throw new Error("the scenario has no host");
    return way;
  };

  step(
    "a server is made that will be changed",
    async () => {
      await up(scenario.args);
      await mailFlows();
    },
    { essential: true },
  );

  step(
    "certificate, greeting, records and PTR follow another hostname, and so back",
    async () => {
      const before = (await scenario.published()).sort();
      const [own, new_] = [release.hostname, renamed].map((name) => [name, `_25._tcp.${name}`]);
      await up({ ...scenario.args, hostname: renamed });
      expect(await scenario.published(own)).toEqual([]);
      expect((await scenario.published(new_)).map((line) => line.split(" ")[1]).sort()).toEqual([
        "A",
        "AAAA",
        "TLSA",
        "TXT",
      ]);
      const pointing = await scenario.published([release.domain, reverseName(v4), reverseName(v6)]);
      expect(pointing.filter((line) => / (MX|PTR) /.test(line) && line.endsWith(` ${renamed}.`))).toHaveLength(3);
      expect(await host.shell("postconf -h myhostname")).toBe(renamed);
      await mailFlows({ ...route(), hostname: renamed });
      const greeting = await Dialogue.open(route("v6"), 25);
      expect(await greeting.reply()).toMatch(new RegExp(`^220 ${renamed} `));
      greeting.close();

      await back();
      expect(await scenario.published(new_)).toEqual([]);
      expect((await scenario.published()).sort().map(withoutKey)).toEqual(before.map(withoutKey));
      await mailFlows();
    },
    { seconds: 600 },
  );

  step(
    "the only domain is replaced by another, and comes back",
    async () => {
      const only = (name: string, login: Login): MailServerArgs => {
        const { aliases: _none, ...args } = scenario.args;
        return { ...args, domains: [{ name }], mailboxes: [login] };
      };
      await up(only(release.domain, anna));
      const kept = await host.mailOnDisk(anna.address);
      await up(only(release.secondDomain, carol));
      expect(await scenario.published(scenario.names.filter((name) => isWithin(name, release.domain)))).toEqual([]);
      expect(await host.mailOnDisk(anna.address)).toBe(kept);
      await mailFlows(route(), carol);
      await expect(submit(route(), 465, anna, { to: foreign.mailbox, subject: "never" })).rejects.toThrow(/535/);

      await back();
      await mailFlows();
      await mailFlows(route(), carol);
    },
    { seconds: 600 },
  );

  step(
    "sshd moves to another port, and back, and the door is never shut",
    async () => {
      const at = (port: number, sshPorts?: number[]): MailServerArgs => ({
        ...scenario.args,
        host: { ssh: { ...ssh(), port } },
        ...(sshPorts ? { firewall: { sshPorts } } : {}),
      });
      const listensOn = (port: number) =>
        host.shell(
          `sed -i '/^Port /d' /etc/ssh/sshd_config; echo 'Port ${port}' >>/etc/ssh/sshd_config; systemctl restart ssh`,
        );
      for (const [from, to] of [
        [22, 2222],
        [2222, 22],
      ] as const) {
        // To shut the port that the deployer comes in by is refused.
        const refused = await scenario.stack.tryUp(at(from, [to]));
        expect(refused.exitCode, transcript(refused)).not.toBe(0);
        expect(refused.stdout + refused.stderr).toContain(`add ${from} to \`firewall.sshPorts\``);
        await up(at(from, [22, 2222]));
        await listensOn(to);
        await up(at(to));
        expect(await host.shell(`iptables-save | grep -cE -- '--dport (22|2222) '`)).toBe("1");
        await mailFlows();
      }
    },
    { seconds: 600 },
  );

  step(
    "another DKIM selector is taken, and so back",
    async () => {
      const selected = {
        ...scenario.args,
        domains: scenario.args.domains.map((each) => ({ ...each, dkim: { selector: "next" } })),
      };
      for (const [args, selector] of [
        [selected, "next"],
        [scenario.args, "mail"],
      ] as const) {
        await up(args);
        expect(await host.shell("cd /etc/dkimkeys; ls *.pem")).toBe(
          [
            `mail._domainkey.${release.hostname}.pem`,
            ...[release.secondDomain, release.domain].map((name) => `${selector}._domainkey.${name}.pem`),
          ]
            .sort()
            .join("\n"),
        );
        await mailFlows();
      }
    },
    { seconds: 600 },
  );

  step(
    "records are pasted by hand instead of RFC 2136, and so back",
    async () => {
      const { reverseDns: _none, ...rest } = scenario.args;
      const before = (await scenario.published()).sort();
      await up({ ...rest, dns: { zoneFile: {} } });
      // The stack takes what it published away, also where the person's records would stand in the same zone.
      expect(await scenario.published()).toEqual([]);
      await paste(await scenario.stack.outputs());
      expect((await scenario.published()).sort()).toEqual(before);
      await mailFlows();

      await back();
      expect((await scenario.published()).sort()).toEqual(before);
      await mailFlows();
    },
    { seconds: 600 },
  );

  // Of all changes before: the machine is installed anew now.
  keepsQuiet(scenario);

  step(
    "the machine is installed anew with another Debian, which the error names, and back",
    async () => {
      for (const [installed, stated, operatingSystem] of [
        ["trixie", "debian 12", OperatingSystem.Debian13],
        ["bookworm", "debian 13", OperatingSystem.Debian12],
      ] as const) {
        await lab("reset", release.machine, "--new-host-keys", "--release", installed);
        // With the same args, nothing is to be done; with the new host key, the machine is asked.
        scenario.args = {
          ...scenario.args,
          host: { ssh: { ...ssh(), hostKey: machine(release.machine).hostPublicKey } },
        };
        const refused = await scenario.stack.tryUp(scenario.args);
        expect(refused.exitCode, transcript(refused)).not.toBe(0);
        expect(refused.stdout + refused.stderr).toMatch(
          new RegExp(
            `this machine runs Debian.* but the state was made for ${stated}; set \`operatingSystem\` to what the machine runs`,
          ),
        );
        expect(await host.openPorts()).toEqual([22]);
        scenario.args = { ...scenario.args, operatingSystem };
        await up(scenario.args);
        await mailFlows();
      }
    },
    { seconds: 900 },
  );

  step("destroy takes all of a changed server back", async () => {
    await scenario.stack.destroy();
    expect(await scenario.published()).toEqual([]);
  });
});

/** Enters the records that a stack asks for, as a person does at a provider. */
async function paste(outputs: Record<string, unknown>): Promise<void> {
  const sets = new Map<string, string[]>();
  const lines = String(outputs.zoneFile).trim().split("\n");
  for (const line of lines.filter((each) => !each.startsWith(";"))) {
    const [, name = "", type = "", content = ""] = /^(\S+) \d+ IN (\S+) (.*)$/.exec(line) ?? [];
    sets.set(`${name} ${type}`, [...(sets.get(`${name} ${type}`) ?? []), content]);
  }
  for (const { name, value } of Object.values(outputs.reverseRecords as Record<string, DnsRecord>))
    sets.set(`${name} PTR`, [`${value}.`]);
  for (const [at, contents] of sets) {
    const [name = "", type = ""] = at.split(" ");
    await dns.set(name, type, contents, 60);
  }
}

/** A record without a key that is made anew with its name: that of the certificate, or the one by which the hostname signs. */
const withoutKey = (line: string) =>
  line.replace(/ TLSA .*/, " TLSA").replace(/^(\w+\._domainkey\.mail-\S+ TXT ).*/, "$1");
