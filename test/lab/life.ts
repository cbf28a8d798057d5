import { beforeAll, describe, expect } from "vitest";
import { marks } from "../../components/activation/reported";
import type { MailServerArgs } from "../../index";
import { foreign, machine } from "../../lab/lab";
import { awaitMail, judge, submit } from "../../lab/mail";
import { differences, type Fingerprint, fingerprint } from "./fingerprint";
import type { History } from "./histories";
import { expectUnchanged, newSubject, Scenario, sendFromAbroad } from "./scenario";
import { counts, type ExportedResource, transcript } from "./stack";
import { bound } from "./story";

/** What the packages of a mail server bring along and leave: nothing of it runs, and no file of it was the host's. */
const stays = [
  /^accounts: (postfix|postdrop|dovecot|dovenull|opendkim|vmail|sasl|_?dovecot\w*|policyd-spf|ssl-cert|nginx)\b/,
  /^files: \/var\/mail\/vhosts\/|^files: \/home\/admin\/\.sudo_as_admin_successful /,
  /^files: \/etc\/(mime\.types|aliases(\.db)?|dkimkeys\/README|mail\/m4|alternatives|apparmor\.d|apt|ca-certificates|cron\.(d|daily)|default|init\.d|initramfs-tools|letsencrypt|logcheck|logrotate\.d|pam\.d|postfix|postfix-policyd-spf-python|ppp|python3[.\d]*|rc[S\d]\.d|resolvconf|rsyslog\.d|ssl|systemd\/system|tmpfiles\.d|ufw|dovecot|dpkg|opendkim|opendkim\.conf|perl|emacs|network|insserv\.conf\.d|profile\.d|bash_completion\.d|modules-load\.d|sysctl\.d|dbus-1|vim|firewalld|fail2ban|monit|nftables\.conf)\b/,
  /^units: enabled /,
  /^directories: /,
];

/** What the packages change of what was there: ssl-cert, which Postfix depends on, lets its group into the folder. */
const changedByPackages = /^directories: \/etc\/ssl\/private\/ /;

/** A machine that somebody lived in becomes a mail server and is given back as it was. */
export function describeLife(history: History): void {
  describe(`${history.title} (${history.machine})`, () => {
    const scenario = new LivedIn(history);
    const { step, route } = bound(scenario);
    const { anna, host, release } = scenario;
    let before: Fingerprint;
    let started: number;
    const isLost = (line: string) => [changedByPackages, ...(history.lost ?? [])].some((pattern) => pattern.test(line));

    beforeAll(async () => {
      await scenario.prepare();
      await live(scenario, history);
      before = await fingerprint(host);
      started = Date.now();
    });

    for (const { args = (same: MailServerArgs) => same, error, remedy } of history.refused ?? [])
      step(`a machine is refused, and nothing is changed: ${error.source}`, async () => {
        const refused = await scenario.stack.tryUp(args(scenario.args));
        expect(refused.exitCode, transcript(refused)).not.toBe(0);
        expect(refused.stdout + refused.stderr).toMatch(error);
        const { gone } = differences(before, await fingerprint(host));
        expect(gone.filter((line) => !isLost(line))).toEqual([]);
        if (remedy === undefined) return;
        await host.shell(remedy);
        before = await fingerprint(host);
      });

    step(
      "a machine that was in use becomes a mail server",
      async () => {
        await scenario.stack.preview(scenario.args);
        await scenario.stack.up(scenario.args);
      },
      { essential: true },
    );

    step("a second up changes nothing", async () => expectUnchanged(await scenario.stack.up(scenario.args)));

    if (history.greetsLater)
      step("what an earlier version kept of a greeting shell is replaced by the next up", async () => {
        await host.shell("sed -i '1i echo Welcome' /root/.bashrc");
        await scenario.stack.rewrite(beforeTheMarks);
        expect(counts(await scenario.stack.up(scenario.args))).toMatchObject({ updated: 3 });
        const { resources } = await scenario.stack.exported();
        const answer = new RegExp(`^Welcome\\s+${marks.begin}[^]*${marks.end}\\s*$`);
        const answers = resources.filter(isCommand).map(printedBy);
        expect(answers).toEqual(Array(3).fill(expect.stringMatching(answer)));
        expectUnchanged(await scenario.stack.up(scenario.args));
        await host.shell("sed -i 1d /root/.bashrc");
      });

    step("mail comes in, and goes out with a signature", async () => {
      await awaitMail(route(), anna, await sendFromAbroad([anna.address]), 60);
      const subject = newSubject("from the old machine");
      expect(await submit(route(), 465, anna, { to: foreign.mailbox, subject })).toMatch(/^250/);
      const verdict = await judge((await foreign.awaitDelivery(subject)).raw);
      expect(verdict).toEqual({ spf: "pass", dkim: [`pass ${release.domain}`], dmarc: "pass" });
    });

    step("a setting that the daemon refuses is taken back", async () => {
      const refused = await scenario.stack.tryUp({
        ...scenario.args,
        postfix: { mainCf: { default_process_limit: "many" } },
      });
      expect(refused.exitCode, transcript(refused)).not.toBe(0);
      expect(refused.stdout + refused.stderr).toContain("The previous configuration is running");
    });

    step("destroy gives the machine back as it was", async () => {
      await scenario.stack.destroy();
      const { gone, more } = differences(before, await fingerprint(host));
      expect(gone.filter((line) => !isLost(line))).toEqual([]);
      expect(more.filter((line) => !isLost(line) && !stays.some((pattern) => pattern.test(line)))).toEqual([]);
      process.stderr.write(`… ${history.machine}: ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
    });
  });
}

const isCommand = ({ type }: ExportedResource) => type === "command:remote:Command";

/** What a command printed; the state holds a secret one as JSON in `plaintext`. */
function printedBy({ outputs }: ExportedResource): string {
  const stdout = outputs?.stdout;
  return typeof stdout === "string" ? stdout : (JSON.parse((stdout as { plaintext: string }).plaintext) as string);
}

/** What a version wrote that knew no marks: other commands, and all that was printed, the greeting first. */
function beforeTheMarks(resource: ExportedResource): void {
  const { inputs, outputs } = resource;
  if (!isCommand(resource) || !outputs) return;
  for (const part of [inputs, outputs])
    for (const member of ["create", "update"]) if (typeof part?.[member] === "string") part[member] += " # earlier";
  const printed = printedBy(resource).replace(marks.begin, "Welcome\n").replace(marks.end, "");
  const { stdout } = outputs;
  outputs.stdout = typeof stdout === "string" ? printed : { ...(stdout as object), plaintext: JSON.stringify(printed) };
}

/** The scenario of a history: its own names on its own machine. */
class LivedIn extends Scenario {
  constructor(private readonly history: History) {
    const { machine: name, operatingSystem, user } = history;
    super({
      machine: name,
      operatingSystem,
      user,
      hostname: `mail-${name}.example.com`,
      domain: `${name}.example.com`,
      secondDomain: `${name}-second.example.com`,
    });
    this.args = this.firstArgs();
  }

  override firstArgs(): MailServerArgs {
    const args = super.firstArgs();
    return this.history?.args?.(args) ?? args;
  }
}

async function live({ host, release }: Scenario, { packages, files = {}, commands = [] }: History): Promise<void> {
  const written = Object.entries(files).map(
    ([path, content]) => `mkdir -p "$(dirname '${path}')"; cat >'${path}' <<'END'\n${content.replace(/\n$/, "")}\nEND`,
  );
  const install = `DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Options::=--force-confold install --no-install-recommends ${packages.join(" ")}`;
  const script = ["set -e", ...written, ...(packages.length > 0 ? [install] : []), ...commands].join("\n");
  const { exitCode, stdout, stderr } = await machine(release.machine).ssh(`bash -c "$(cat)"`, script);
  if (exitCode !== 0) throw new Error(`The history of ${host.name} failed:\n${stdout.slice(-1500)}${stderr}`);
}
