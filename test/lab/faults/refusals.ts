import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { expect } from "vitest";
import { agentSource } from "../../../components/activation/agentSource";
import type { MailServerArgs } from "../../../index";
import { checkout } from "../../../lab/paths";
import { pause } from "../../../lab/progress";
import { parameterStep } from "./chance";
import { tell } from "./report";
import type { FaultyServer, Strike, Unusual } from "./server";
import type { Subject } from "./subject";
import { whole } from "./wholeness";

/** As much as one screen shows. */
const screen = 24;

/** The agent with shorter time limits than people have. */
function hasty(): string {
  const hastened = agentSource().replace(/(PROBE_TIMEOUT) = 300, 120, 20/, "$1 = 4, 120, 4");
  if (hastened === agentSource()) throw new Error("the agent has no such time limits any more");
  return hastened;
}

/** apt does not do what it should, on a machine that has none of the packages yet. */
export function hasTroubleWithPackages(subject: Subject): void {
  const { server } = subject;
  const { host } = server;
  const dpkgLock = "/var/lib/dpkg/lock-frontend";
  /** Holds the lock as apt and dpkg do, by fcntl(2), under a name of its own. */
  const holdLock = (seconds: number) =>
    host.shell(
      `(exec -a unattended-upgr python3 -c 'import fcntl,time; f=open("${dpkgLock}","w"); fcntl.lockf(f,fcntl.LOCK_EX); time.sleep(${seconds})' >/dev/null 2>&1 </dev/null &) ; sleep 0.5`,
    );

  server.step(
    "packages are installed in the end, after apt was busy, could not fetch, could not configure and had no room",
    async () => {
      await server.renew();
      subject.ledger.clear();
      const refused = async (what: string, wanted: RegExp, agent = agentSource(), strike?: Strike) => {
        const started = Date.now();
        const unusual: Unusual = { agent, instead: "install", ...(strike ? { strike } : {}) };
        const { exitCode, said } = await server.activate(server.args, unusual);
        expect(exitCode, said).not.toBe(0);
        expect(said).toMatch(wanted);
        await whole(server, subject.ledger, ["nothing"]);
        tell("package trouble", "refused, no server", what, (Date.now() - started) / 1000);
      };

      await holdLock(30);
      await refused("somebody else holds apt's lock", /lock.*held by process \d+/i, hasty());
      await host.shell("pkill -f '^unattended-upgr'");

      await host.shell(
        `echo 'Acquire::http::Proxy "http://127.0.0.1:9";' >/etc/apt/apt.conf.d/99nowhere; apt-get clean`,
      );
      await refused(
        "the archive does not answer",
        /could not be (installed|fetched)[\s\S]*(Failed to fetch|Could not connect|Unable to)/,
      );
      await host.shell("rm /etc/apt/apt.conf.d/99nowhere");

      await host.shell(
        "mount -t tmpfs -o size=200k full /var/cache/apt/archives; mkdir -p /var/cache/apt/archives/partial",
      );
      await refused("no room for the packages", /could not be installed[\s\S]*(space|No space)/);
      await host.shell("umount /var/cache/apt/archives");

      await host.shell(
        "mkdir -p /etc/systemd; mv /usr/sbin/adduser /usr/sbin/adduser.real; printf '#!/bin/sh\\nexit 1\\n' >/usr/sbin/adduser; chmod 755 /usr/sbin/adduser",
      );
      await refused("a package's own script fails", /could not be installed[\s\S]*dpkg: error processing package/);
      await host.shell("mv /usr/sbin/adduser.real /usr/sbin/adduser");

      const kill = () => host.shell("kill -9 $(sed -n 's/^process \\([0-9]*\\) .*/\\1/p' /run/pulumi-mailserver.lock)");
      // What the package's script has left is finished first.
      const line = "packages: finishing an installation that was interrupted";
      await refused("the agent is killed while apt works", new RegExp(line), agentSource(), {
        line,
        wait: 1000,
        blow: kill,
      });

      // As a `destroy` does where no activation came.
      const masked = () => host.shell("systemctl list-unit-files --state=masked --no-legend");
      const ours = /^(postfix|dovecot|opendkim|fail2ban)[.@]/m;
      expect(await masked()).toMatch(ours);
      const { exitCode, said: forgotten } = await server.activate(server.args, { instead: "forget" });
      expect(exitCode, forgotten).toBe(0);
      expect(forgotten).toContain("nothing was activated on this machine");
      expect(await masked()).not.toMatch(ours);
      expect(
        await host.shell("ls -d /usr/local/lib/pulumi-mailserver /var/lib/pulumi-mailserver 2>&1 || true"),
      ).not.toMatch(/^\//m);
      expect(await host.openPorts()).toEqual([22]);

      // What certbot leaves where it is cut off while it writes its first files.
      const { hostname } = server;
      await host.shell(
        `cd /etc/letsencrypt 2>/dev/null || mkdir -p /etc/letsencrypt && cd /etc/letsencrypt
         mkdir -p renewal live archive/${hostname}; touch renewal/${hostname}.conf archive/${hostname}/privkey1.pem`,
      );
      // What the command for packages did not come to, the activation does.
      // It looks at the machine before it comes to that.
      await holdLock(25);
      const started = Date.now();
      const { said } = await server.converge(server.args);
      expect(said).toMatch(/packages: .*lock.*process/i);
      subject.became(server.args);
      await whole(server, subject.ledger, [subject.generation]);
      tell(
        "package trouble",
        "waited, the new server",
        "somebody else held apt's lock for 25 s",
        (Date.now() - started) / 1000,
      );
    },
    { seconds: 400 },
  );
}

/** Two deployers, one machine. */
export function servesOneDeployerAtATime(subject: Subject): void {
  const { server } = subject;

  server.step("two ups at once: each waits for its turn and says for whom", async () => {
    const started = Date.now();
    const { next, present } = subject;
    const agent = agentSource();
    // A third holds the machine long enough for both to say that they wait.
    await server.host.shell(
      "(flock --no-fork /run/pulumi-mailserver.lock sleep 6 >/dev/null 2>&1 </dev/null &); sleep 0.3",
    );
    const one = server.activate(next);
    await pause(1000);
    const two = server.activate({ ...present }, { agent });
    const both = await Promise.all([one, two]);
    for (const { exitCode, said } of both) {
      expect(exitCode, said).toBe(0);
      expect(said).toMatch(/waiting for another activation: process \d+ for \S+, since/);
    }
    // Which of both came last is the kernel's choice.
    await server.converge(present);
    await whole(server, subject.ledger, [subject.generation]);
    tell("two ups at once", "one after the other", "of the same stack", (Date.now() - started) / 1000);
  });

  server.step("an up of another stack is refused in words, and so is one that loses its patience", async () => {
    const stranger = await subject.refuses("two ups at once", "of another stack", () =>
      server.activate(subject.next, { owner: "other/mail", identity: "stranger" }),
    );
    expect(stranger).toContain("this machine belongs to the mail server faults/mail, not to other/mail");
    await server.host.shell(
      "(flock --no-fork /run/pulumi-mailserver.lock sleep 30 >/dev/null 2>&1 </dev/null &); sleep 0.5",
    );
    const { exitCode, said } = await server.activate(subject.next, { agent: hasty() });
    await server.host.shell("pkill -f '^sleep 30$'");
    expect(exitCode).not.toBe(0);
    expect(said).toMatch(/another activation holds this machine for more than 4 s: process \d+ for \w+\/mail/);
    expect(said).toContain("This activation changed nothing.");
  });
}

/** Project, stack and component may get other names. */
export function staysItselfUnderAnotherName(subject: Subject): void {
  const { server } = subject;

  server.step("a server that was renamed keeps its machine", async () => {
    for (const owner of ["renamed/mail", "faults/mail"]) {
      const { exitCode, said } = await server.activate(subject.present, { owner });
      expect(exitCode, said).toBe(0);
      expect(JSON.parse(await server.host.shell("cat /var/lib/pulumi-mailserver/manifest.json"))).toMatchObject({
        owner,
      });
    }
    await whole(server, subject.ledger, [subject.generation]);
  });
}

/** Additions to the daemons' files that their daemons do not take, and what the error must say. */
const mistakes: [what: string, additions: Pick<MailServerArgs, "postfix" | "dovecot" | "opendkim">, said: RegExp][] = [
  [
    "main.cf: no such parameter",
    mainCf("no_such_parameter", "1"),
    /Postfix refuses.*\n.*\/etc\/postfix\/main\.cf.*no_such_parameter/,
  ],
  ["main.cf: no number", mainCf("smtpd_recipient_limit", "many"), /Postfix refuses.*smtpd_recipient_limit/s],
  [
    "main.cf: no number, of a program that is started when there is a message",
    mainCf("smtp_mx_address_limit", "many"),
    /Postfix refuses.*\n.*smtp_mx_address_limit = many/,
  ],
  [
    "main.cf: no number, of a transport",
    mainCf("lmtp_destination_recipient_limit", "few"),
    /Postfix refuses.*\n.*lmtp_destination_recipient_limit = few/,
  ],
  ["main.cf: no such word", mainCf("smtp_tls_security_level", "mayy"), /Postfix refuses.*\n.*smtp_tls_security_level/],
  [
    "master.cf: no number in an option",
    masterCf("2525 inet n - y - - smtpd\n  -o smtpd_recipient_limit=many"),
    /Postfix refuses.*\n.*smtpd_recipient_limit = many/,
  ],
  ["main.cf: no time", mainCf("queue_run_delay", "often"), /Postfix refuses.*queue_run_delay/s],
  ["main.cf: no yes or no", mainCf("smtpd_helo_required", "perhaps"), /Postfix refuses.*smtpd_helo_required/s],
  ["main.cf: no such table type", mainCf("virtual_alias_maps", "nosuch:/etc/aliases"), /postfix.*nosuch/s],
  ["main.cf: no network", mainCf("mynetworks", "127.0.0.0/33"), /postfix.*127\.0\.0\.0\/33/s],
  [
    "main.cf: another greeting",
    mainCf("smtpd_banner", "hello"),
    /postfix does not answer as it should: port (25|587).*220 hello/,
  ],
  ["master.cf: no such flag", masterCf("2525 inet x - y - - smtpd"), /Postfix refuses.*\n.*2525 inet x/],
  [
    "master.cf: no such option",
    masterCf("2525 inet n - y - - smtpd\n  -o nosuch_option=1"),
    /Postfix refuses.*\n.*master\.cf/,
  ],
  ["master.cf: a port in use", masterCf("22 inet n - y - - smtpd"), /postfix.*(22.*in use|in use.*22)/s],
  [
    "dovecot.conf: no such setting",
    dovecot("no_such_setting = 1"),
    /Dovecot refuses.*\n.*dovecot\.conf.*line \d+.*no_such_setting/,
  ],
  [
    "dovecot.conf: no number",
    dovecot("mail_max_userip_connections = many"),
    /Dovecot refuses.*\n.*dovecot\.conf.*line \d+.*many/,
  ],
  ["dovecot.conf: an open brace", dovecot("service imap {"), /Dovecot refuses.*\n.*dovecot\.conf/],
  ["dovecot.conf: no such protocol", dovecot("protocols = imap nosuch"), /Dovecot.*nosuch/s],
  [
    "dovecot.conf: no such file",
    dovecot("!include /etc/dovecot/nowhere.conf"),
    /Dovecot refuses.*\n.*dovecot\.conf line \d+: (No matches|.*nowhere)/,
  ],
  ["dovecot.conf: no such mechanism", dovecot("auth_mechanisms = plain nosuch"), apart(/auth.*NOSUCH/)],
  ["dovecot.conf: no such protocol of TLS", dovecot("ssl_min_protocol = TLSv9"), apart(/ssl_min_protocol/)],
  ["dovecot.conf: no such cipher", dovecot("ssl_cipher_list = NOSUCH"), apart(/ssl_cipher_list/)],
  ["dovecot.conf: no such group of TLS", dovecot("ssl_curve_list = nosuch"), apart(/ssl_curve_list/)],
  ["dovecot.conf: no such plugin", dovecot("mail_plugins = nosuch"), apart(/[Pp]lugin 'nosuch'/)],
  ["dovecot.conf: no such address", dovecot("listen = nosuch"), apart(/listen = nosuch/)],
  ["dovecot.conf: nobody can log in", dovecot("auth_username_chars = nosuch"), apart(/look-up of/)],
  ["dovecot.conf: no folder for long messages", dovecot("mail_temp_dir = /nosuch"), apart(/\/nosuch/)],
  ["dovecot.conf: no such user", dovecot("service lmtp {\n  user = nosuch\n}"), apart(/nosuch/)],
  [
    "dovecot.conf: a port in use",
    dovecot("service imap-login {\n  inet_listener other {\n    port = 22\n  }\n}"),
    /dovecot.*(22.*in use|in use.*22)/s,
  ],
  [
    "opendkim.conf: no such parameter",
    opendkim("NoSuchParameter yes"),
    /OpenDKIM refuses.*\n.*opendkim\.conf.*line \d+.*(unrecognized|NoSuchParameter)/i,
  ],
  [
    "opendkim.conf: no such canonicalization",
    opendkim("Canonicalization nonsense/simple"),
    /opendkim.*(canonicalization|nonsense)/is,
  ],
  ["opendkim.conf: no such table", opendkim("ExternalIgnoreList file:/etc/opendkim/nowhere"), /opendkim.*nowhere/is],
  ["opendkim.conf: no such action", opendkim("On-Default explode"), word("On-Default explode")],
  ["opendkim.conf: no such user", opendkim("UserID nosuch"), word("UserID nosuch")],
  ["opendkim.conf: no such kind of socket", opendkim("Socket explode"), word("Socket explode")],
  ["opendkim.conf: no address", opendkim("Nameservers explode"), word("Nameservers explode")],
  ["opendkim.conf: no network", opendkim("PeerList 192.0.2.0/99"), word("PeerList 192.0.2.0/99")],
  ["opendkim.conf: no such folder", opendkim("TemporaryDirectory /nowhere"), word("TemporaryDirectory /nowhere")],
  ["opendkim.conf: a port in use", opendkim("Socket inet:22@127.0.0.1"), /opendkim.*(bind|in use|socket)/is],
];

/** What a daemon does not take is refused in its own words, and the old configuration goes on. */
export function refusesInvalidSettings(subject: Subject): void {
  const { server } = subject;
  for (const [what, additions, wanted] of mistakes) {
    server.step(`an invalid setting is refused: ${what}`, async () => {
      const present = { ...subject.present };
      const next = { ...present, ...additions };
      const said = await subject.refuses("invalid setting", what, () => server.activate(next, { agent: hasty() }));
      const error = said.split("\n").filter((line) => !/^ *[\d.]+s /.test(line));
      expect(error.join("\n")).toMatch(wanted);
      expect(said.split("\n").length, said).toBeLessThanOrEqual(screen);
      expect(error.at(-1)).toMatch(/^The previous configuration is running/);
    });
  }
  server.step("after all invalid settings, the old server takes mail and sends it", () => subject.isWhole());
}

/** Not only the settings that somebody thought of: whatever Postfix lists with a number, a time or yes or no. */
export function refusesEachWrongValue(subject: Subject): void {
  const { server } = subject;
  server.step(
    "an invalid setting is refused: a wrong value of each parameter of Postfix, or of some of them",
    async () => {
      bring(server, "parameters.py");
      const [tried, ...through] = (
        await server.host.shell(`python3 -B /root/judge/parameters.py ${parameterStep}`)
      ).split(" ");
      expect(through).toEqual([]);
      expect(Number(tried)).toBeGreaterThan(450 / parameterStep);
      tell("invalid setting", "refused", `a wrong value of ${tried} parameters`, 0);
    },
    { seconds: 1800 },
  );
}

/** Likewise whatever Dovecot and OpenDKIM list that is not any text. */
export function refusesEachWrongWord(subject: Subject): void {
  const { server } = subject;
  const least = { dovecot: 150 / Math.max(1, Math.floor(parameterStep / 10)), opendkim: 80 };
  for (const daemon of ["dovecot", "opendkim"] as const)
    server.step(
      `an invalid setting is refused: a wrong value of each setting of ${daemon}, or of some of them, unless it takes any text`,
      async () => {
        bring(server, "words.py");
        const said = await server.host.shell(`python3 -B /root/judge/words.py ${daemon} ${parameterStep}`);
        const [tried, free, ...through] = said.split(" ");
        expect(through).toEqual([]);
        expect(Number(tried), said).toBeGreaterThan(least[daemon]);
        tell("invalid setting", "refused", `a wrong value of ${tried} settings of ${daemon}; ${free} take any text`, 0);
      },
      { seconds: 1800 },
    );
}

/** Brings a script to the machine, beside the agent's modules. */
function bring(server: FaultyServer, script: string): void {
  const folder = server.path("/root/judge");
  mkdirSync(folder, { recursive: true });
  const agent = join(checkout, "components", "activation", "agent");
  const modules = readdirSync(agent).filter((name) => name.endsWith(".py"));
  for (const path of [...modules.map((name) => join(agent, name)), join(__dirname, script)])
    copyFileSync(path, join(folder, basename(path)));
}

function mainCf(name: string, value: string) {
  return { postfix: { mainCf: { [name]: value } } };
}

function masterCf(entry: string) {
  return { postfix: { masterCf: [entry] } };
}

function dovecot(conf: string) {
  return { dovecot: { conf } };
}

/** Refused by a Dovecot that is started apart, before anything was changed. */
function apart(said: RegExp): RegExp {
  return new RegExp(`Dovecot refuses.*started apart\\)\n.*${said.source}[\\s\\S]*nothing was changed`);
}

/** Refused by what opendkim.conf(5) has, likewise. */
function word(line: string): RegExp {
  return new RegExp(`OpenDKIM refuses.*\n.*opendkim\\.conf: line \\d+: ${line}: [\\s\\S]*nothing was changed`);
}

function opendkim(conf: string) {
  return { opendkim: { conf } };
}
