import { readdirSync, readFileSync } from "node:fs";
import { type MachineName, machine } from "../../lab/lab";
import { run } from "../../lab/processes";

/** Which lines of a journal: those after a place, of some units, of some programs. @default - all since boot */
interface JournalPart {
  after?: string;
  units?: string[];
  programs?: string[];
}

/** What can be seen on a machine of the lab, from the outside: no SSH connection is made, so that those of the deployer can be counted. */
export class Host {
  /** Folder of the mailboxes. */
  mailStore = "/var/mail/vhosts";

  constructor(readonly name: MachineName) {}

  /** Runs a shell command on the machine as root, and gives what it printed. A command that fails is no error. */
  async shell(command: string): Promise<string> {
    const { leaderPid } = machine(this.name);
    if (leaderPid === undefined) throw new Error(`The machine ${this.name} is off.`);
    const inside = ["nsenter", "--target", String(leaderPid), "--mount", "--uts", "--ipc", "--net", "--pid", "--"];
    const environment = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "HOME=/root"];
    const { stdout, stderr } = await run([...inside, ...environment, "bash", "-c", command]);
    return (stdout + stderr).trimEnd();
  }

  /** Renews every certificate at once. certbot's timer would come back twice a day; here it may be refused a nonce twice in a row. */
  async renewCertificates(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const said = await this.shell("certbot renew --force-renewal --no-random-sleep-on-renew");
      if (/all renewals succeeded/i.test(said)) return;
      if (attempt === 3 || !said.includes("acme:error:badNonce")) throw new Error(`The renewal failed:\n${said}`);
    }
  }

  /** A place in the journal: what is written from now on comes after it. */
  cursor(): Promise<string> {
    return this.shell("date +%s.%6N");
  }

  /** Lines of the journal after a place, as `program[pid]: text`; of all since boot without one. */
  async journal({ after, units = [], programs = [] }: JournalPart = {}): Promise<string[]> {
    const place = after === undefined ? "-b" : `--since=@${after}`;
    const sources = [...units.map((unit) => `-u '${unit}'`), ...programs.map((program) => `-t '${program}'`)].join(" ");
    const text = await this.shell(
      `journalctl --sync; journalctl -q --no-pager --no-hostname -o short ${place} ${sources}`,
    );
    return text
      .split("\n")
      .filter(Boolean)
      .map((line) => line.replace(/^\w{3} +\d+ [\d:]+ /, ""));
  }

  /** What sshd wrote after a place: nothing at all where nobody came. */
  sshdLines(after: string): Promise<string[]> {
    return this.journal({ after, programs: ["sshd", "sshd-session", "sshd-auth"] });
  }

  /** How many SSH connections were let in after a place in the journal. */
  async connections(after: string): Promise<number> {
    return (await this.sshdLines(after)).filter((line) => / Accepted \w+ for /.test(line)).length;
  }

  /** Process id and start time of each daemon's first process: the same as before, it was not restarted. Undefined for one that does not run. */
  async daemons(): Promise<Record<Daemon, string | undefined>> {
    const entries = Object.entries(pidFiles).map(
      ([name, file]) => `pid=$(tr -d ' \\n' <${file} 2>/dev/null)
      [ -n "$pid" ] && [ -r /proc/$pid/stat ] && echo ${name} $pid $(sed 's/.*) //' /proc/$pid/stat | cut -d' ' -f20)`,
    );
    const rows = (await this.shell(entries.join("\n"))).split("\n").map((row) => row.split(" "));
    const found = new Map(rows.map(([name, ...identity]) => [name, identity.join(" ")]));
    return { postfix: found.get("postfix"), dovecot: found.get("dovecot"), opendkim: found.get("opendkim") };
  }

  /** Lines in which Postfix or Dovecot say, after a place in the journal, that they read their configuration again. */
  async reloads(after: string): Promise<string[]> {
    const lines = await this.journal({ after });
    return lines.filter((line) =>
      /postfix\/master\S*: reload|dovecot\S*: master: .*SIGHUP|: Reload(ing|ed) /.test(line),
    );
  }

  /** TCP ports on which something listens for the world, in order. */
  async openPorts(): Promise<number[]> {
    const listed = await this.shell("ss -Hltn | awk '{print $4}'");
    const far = listed.split("\n").filter((each) => each !== "" && !/^(127\.|\[::1\])/.test(each));
    return [...new Set(far.map((each) => Number(each.slice(each.lastIndexOf(":") + 1))))].sort((a, b) => a - b);
  }

  /** Content of a file; undefined where there is none. */
  async read(path: string): Promise<string | undefined> {
    const text = await this.shell(`[ -f '${path}' ] && echo yes && cat '${path}'`);
    return text.startsWith("yes") ? text.slice(4) : undefined;
  }

  /** Owner, group, mode and path of a file, as `root:dovecot 640 /etc/dovecot/passwd`. */
  mode(path: string): Promise<string> {
    return this.shell(`stat -c '%U:%G %a %n' '${path}'`);
  }

  /** How many messages lie in a mailbox on disk. */
  async mailOnDisk(address: string): Promise<number> {
    const [user, domain] = address.split("@");
    return Number(
      await this.shell(`find ${this.mailStore}/${domain}/${user}/Maildir/{new,cur} -type f 2>/dev/null | wc -l`),
    );
  }

  /** The last lines that the mail services wrote, for the text of a failure. */
  async lastWords(lines = 25): Promise<string> {
    const { stdout } = {
      stdout: await this.shell(
        `journalctl -q --no-pager --no-hostname -n ${lines} ${mailUnits.map((unit) => `-u '${unit}'`).join(" ")}`,
      ),
    };
    return stdout;
  }
}

export type Daemon = keyof typeof pidFiles;

const pidFiles = {
  postfix: "/var/spool/postfix/pid/master.pid",
  dovecot: "/run/dovecot/master.pid",
  opendkim: "/run/opendkim/opendkim.pid",
};

/** The units of a mail server. */
export const mailUnits = [
  "postfix.service",
  "postfix@-.service",
  "dovecot.service",
  "opendkim.service",
  "ufw.service",
  "fail2ban.service",
  "certbot.service",
  "certbot.timer",
];

/**
 * Command lines of all processes, of the deployer and of every machine, looked at again and again while something happens; with `environments` also
 * what stands in their environments, a variable an entry.
 */
export async function watchingProcesses<T>(
  seen: Set<string>,
  work: () => Promise<T>,
  { environments = false } = {},
): Promise<T> {
  const look = () => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " "));
        if (environments) for (const each of readFileSync(`/proc/${pid}/environ`, "latin1").split("\0")) seen.add(each);
      } catch {}
    }
  };
  const clock = setInterval(look, 150);
  try {
    return await work();
  } finally {
    clearInterval(clock);
  }
}
