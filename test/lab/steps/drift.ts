import { expect } from "vitest";
import { dns, machine, privateKeyPath } from "../../../lab/lab";
import { awaitMail } from "../../../lab/mail";
import type { Run } from "../../../lab/stack";
import { watchingProcesses } from "../host";
import { type Scenario, sendFromAbroad } from "../scenario";
import { transcript } from "../stack";
import { bound } from "../story";

/** A size that no other step gives. */
const rolledBack = 31_457_280;

/** What was changed behind Pulumi's back is named, put right when asked for, and a change is taken back in seconds. Right after an up. */
export function namesDrift(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { anna, host, release } = scenario;

  const mailserver = async (exitCode: number, ...words: string[]): Promise<Run> => {
    const run = await scenario.stack.mailserver(...words);
    expect(run.exitCode, transcript(run)).toBe(exitCode);
    return run;
  };
  /** A line each, as `area subject problem`. */
  const differences = async (): Promise<string[]> => {
    const run = await scenario.stack.mailserver("drift", "--json");
    expect([0, 2], transcript(run)).toContain(run.exitCode);
    const { drift, differences, unknown } = JSON.parse(run.stdout) as {
      drift: boolean;
      differences: Record<"area" | "subject" | "problem", string>[];
      unknown: string[];
    };
    expect(unknown).toEqual([]);
    expect([drift, run.exitCode]).toEqual(differences.length > 0 ? [true, 2] : [false, 0]);
    return differences.map(({ area, subject, problem }) => `${area} ${subject} ${problem}`);
  };
  const reapply = async () => {
    scenario.args = { ...scenario.args, triggers: [new Date().toISOString()] };
    return scenario.stack.up(scenario.args);
  };

  step("right after an up there is no drift, and looking changes nothing on the machine", async () => {
    const [tree, place] = [await everyFile(scenario), await host.cursor()];
    const processes = new Set<string>();
    const run = await watchingProcesses(processes, () => mailserver(0, "drift"));
    expect(run.stdout).toContain("as activated");
    expect([...processes].filter((line) => line.includes("StrictHostKeyChecking=yes"))).not.toEqual([]);
    expect([...processes].filter((line) => line.includes("PRIVATE KEY"))).toEqual([]);
    expect(await host.connections(place)).toBe(1);
    const later = await everyFile(scenario);
    expect(later.filter((line) => !tree.includes(line))).toEqual([]);
    expect(later).toHaveLength(tree.length);
    const writers = (await host.journal({ after: place })).map((line) => line.split(/[[:]/)[0]);
    expect(
      writers.filter((name) => !/^(sshd|sudo|systemd|\(systemd\)|\(sd-pam\)|postfix\/|dovecot|nginx)/.test(name ?? "")),
    ).toEqual([]);
  });

  step("an upgrade of the daemons' packages, and newaliases, are no drift", async () => {
    await host.shell(
      "DEBIAN_FRONTEND=noninteractive apt-get -y --reinstall install postfix dovecot-core opendkim; newaliases",
    );
    expect(await differences()).toEqual([]);
    const { stdout } = await scenario.stack.mailserver("drift");
    expect(stdout).toContain("as activated");
    expect(await host.shell("postmap -q root $(postconf -hx alias_maps)")).toBe(anna.address);
    await awaitMail(route(), anna, await sendFromAbroad([`postmaster@${release.hostname}`]), 60);
  });

  step("drift is found without a stack where the machine is named, and no other host key is believed", async () => {
    const { v4, hostPublicKey } = machine(release.machine);
    const named = ["--host", `${release.user}@${v4}`, "--identity", privateKeyPath];
    await mailserver(0, "drift", ...named, "--host-key", hostPublicKey);
    const place = await host.cursor();
    const refused = await mailserver(1, "drift", ...named, "--host-key", machine("foreign").hostPublicKey);
    expect(refused.stderr).toMatch(/host key verification failed/i);
    expect(await host.connections(place)).toBe(0);
  });

  step("every kind of drift is named in a line of its own", async () => {
    await host.shell(
      [
        "echo '# by hand' >>/etc/postfix/main.cf",
        "chmod 0644 /etc/dovecot/passwd",
        "rm /etc/opendkim/signing-table",
        "apt-mark hold dovecot-core",
        "apt-get -y remove postfix-policyd-spf-python",
        "systemctl mask --now opendkim",
        "systemctl stop dovecot",
        "systemctl disable certbot.timer",
        "iptables -P INPUT ACCEPT; iptables -F",
        "ip6tables -I INPUT -p tcp --dport 3306 -j ACCEPT",
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=x -keyout /tmp/x -out /tmp/y",
        "cat /tmp/x /tmp/y >/etc/ssl/mailserver/server.pem; rm /tmp/x /tmp/y",
      ].join("\n"),
    );
    await dns.delete(release.domain, "MX");
    await dns.set(`_dmarc.${release.domain}`, "TXT", ['"v=DMARC1; p=none"']);
    // smtpd may or may not have read the other certificate by now.
    const found = (await differences()).filter((line) => !line.startsWith("certificate port 465"));
    const expected = [
      /^file \/etc\/dovecot\/passwd has mode 0644, not 0640$/,
      /^file \/etc\/opendkim\/signing-table is missing$/,
      /^file \/etc\/postfix\/main.cf has another content$/,
      /^package dovecot-core is on hold/,
      /^package postfix-policyd-spf-python is not installed$/,
      /^unit opendkim.service is masked and does not run$/,
      /^unit dovecot.service does not run$/,
      /^unit certbot.timer is disabled/,
      /^firewall the kernel IPv4: the rules of UFW are not loaded$/,
      /^firewall the kernel IPv6: a rule that is not UFW's: .*3306/,
      /^certificate \S+ in \S+ is not the one of certbot and has another key than the TLSA record says and was not renewed and ends 20/,
      /^dns \S+ MX is missing: 10 /,
      /^dns _dmarc\S+ TXT is missing: v=DMARC1; p=quarantine/,
      /^dns _dmarc\S+ TXT should not be there: v=DMARC1; p=none$/,
    ];
    for (const line of expected) expect(found).toContainEqual(expect.stringMatching(line));
    expect(found).toHaveLength(expected.length);
    const { stdout } = await mailserver(2, "drift");
    expect(stdout).toMatch(/unit\s+opendkim\.service\s+is masked/);
    expect(stdout).toContain("pulumi config set --path 'mail:triggers[0]'");
  });

  step("an up puts all drift right once triggers say so", async () => {
    // Not the stack's to undo.
    await host.shell("apt-mark unhold dovecot-core");
    await dns.delete(`_dmarc.${release.domain}`, "TXT");
    await reapply();
    expect(await differences()).toEqual([]);
    expect(await host.shell("ip6tables -S INPUT; iptables -S ufw-user-input")).not.toContain("3306");
    await awaitMail(route(), anna, await sendFromAbroad([anna.address]), 60);
  });

  step("a rollback takes seconds, mail flows, and drift says that the stack is ahead", async () => {
    const before = scenario.args;
    const limit = () => host.shell("postconf -h message_size_limit");
    const limitBefore = await limit();
    await scenario.stack.up({
      ...before,
      messageSizeLimit: rolledBack,
      mailboxes: [...(before.mailboxes ?? []), scenario.dora],
    });
    expect(await differences()).toEqual([]);
    const asked = await mailserver(1, "rollback");
    expect(asked.stdout).toContain("/etc/postfix/main.cf");
    expect(asked.stderr).toContain("--yes");

    const started = Date.now();
    await mailserver(0, "rollback", "--yes");
    const seconds = (Date.now() - started) / 1000;
    process.stderr.write(`… ${release.machine}: rollback ${seconds.toFixed(1)} s\n`);
    expect(seconds).toBeLessThan(30);
    expect(await limit()).toBe(limitBefore);
    await awaitMail(route(), anna, await sendFromAbroad([anna.address]), 60);
    expect(await differences()).toEqual([expect.stringMatching(/^generation the machine was rolled back: holds/)]);

    await scenario.stack.up(before);
    expect(await differences()).toEqual([]);
    expect(await limit()).toBe(limitBefore);
  });

  step("a second rollback takes the first one back", async () => {
    expect((await mailserver(1, "rollback", "--yes")).stderr).toContain("say --forward");
    await mailserver(0, "rollback", "--yes", "--forward");
    expect(await host.shell("postconf -h message_size_limit")).toBe(String(rolledBack));
    expect((await mailserver(1, "rollback", "--yes", "--forward")).stderr).toContain("no way forward");
    await mailserver(0, "rollback", "--yes");
    expect(await differences()).toEqual([]);
  });
}

/** A line for every file of the machine but logs, and what the running daemons keep for themselves. */
async function everyFile({ host }: Scenario): Promise<string[]> {
  const daemons = ["/var/lib/postfix", "/var/spool/postfix", "/var/lib/dovecot", "/var/lib/fail2ban"];
  const aside = ["/run", "/var/log", ...daemons, "/tmp", "/var/tmp"];
  const pruned = aside.map((path) => `-path ${path}`).join(" -o ");
  const listed = await host.shell(`find / -xdev \\( ${pruned} \\) -prune -o -printf '%p %y %m %U %G %s %T@ %l\\n'`);
  return listed.split("\n");
}
