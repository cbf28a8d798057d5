import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { foreign, machine, privateKeyPath, tsig } from "../../../lab/lab";
import { withImap } from "../../../lab/mail";
import { mailUnits } from "../host";
import { newSubject, type Scenario } from "../scenario";
import { bound } from "../story";

const flood = 1000;

/** Much mail at once is no trouble. */
export function takesManyMessages(scenario: Scenario): void {
  const { step, route } = bound(scenario);
  const { ben, host, release } = scenario;

  step(`${flood} messages at once for one mailbox: none is deferred, all are there`, async () => {
    const subject = newSubject("flood");
    const before = await host.cursor();
    const source = `smtp-source -4 -s 10 -m ${flood} -l 2000 -S '${subject}' -M mail.example.net -f ${foreign.mailbox} -t ${ben.address} 127.0.0.1:25`;
    const started = Date.now();
    const sent = await machine("foreign").ssh(`PATH=$PATH:/usr/sbin; ${source}`);
    expect(sent.stderr).toBe("");
    const count = await withImap(route(), ben, async (session) => {
      await session.mailboxOpen("INBOX", { readOnly: true });
      const arrived = async () => {
        await session.noop();
        return ((await session.search({ subject }, { uid: true })) || []).length;
      };
      for (const deadline = Date.now() + 180_000; (await arrived()) < flood && Date.now() < deadline; ) {
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      return arrived();
    });
    expect(count).toBe(flood);
    process.stderr.write(
      `… ${release.machine}: ${flood} messages in ${((Date.now() - started) / 1000).toFixed(1)} s\n`,
    );
    const theirs = (await foreign.mailLog(20_000)).split("\n").filter((line) => line.includes(`to=<${ben.address}>`));
    expect(theirs.filter((line) => !line.includes("status=sent"))).toEqual([]);
    const ours = (await host.journal({ after: before })).filter((line) => /status=(deferred|bounced)/.test(line));
    expect(ours).toEqual([]);
  });
}

/** After all that happened, the journals are quiet. */
export function keepsQuiet(scenario: Scenario): void {
  scenario.step("no daemon has written a warning or an error, but those that a step provoked", async () => {
    const lines = await scenario.host.journal({ units: mailUnits });
    expect(lines.length).toBeGreaterThan(100);
    const loud = lines.filter((line) => /\b(warning|error|fatal|panic|failed|failure)\b/i.test(line));
    expect(loud.filter((line) => !Object.values(provoked).some((pattern) => pattern.test(line)))).toEqual([]);
  });
}

/** Lines that steps of this story cause on purpose, and one that is no fault of the server, by what causes them. */
const provoked: Record<string, RegExp> = {
  "a kernel since 6.13, whose file times are finer than its time(2), at the turn of a second":
    /warning: (file system clock is 1 seconds ahead of local clock|resetting file time stamps - this hurts performance)$/,
  "a client that speaks TLS 1.1 only or none of our groups, to Postfix":
    /SSL_accept error from client10\.example\.com\S+ (lost connection|-1)$/,
  "what OpenSSL has to say about it": /TLS library problem: .*:(unsupported protocol|no suitable key share):/,
  "a client that speaks TLS 1.1 only or none of our groups, to Dovecot":
    /-login: .*SSL_accept\(\) failed: .*:(unsupported protocol|no suitable key share)/,
  "a client that leaves during the handshake":
    /-login: .*no auth attempts.* SSL_accept\(\) syscall failed: Invalid argument/,
  "a password before TLS": /-login: Login failed: (Clear|Plain)text authentication disabled/,
  "a login that failed": /-login: (Login aborted|Disconnected): Connection closed \(auth failed, 1 attempts/,
  "a login by an account of the machine that may not, or by a wrong password":
    /auth-worker.*\bpam.*: pam_authenticate\(\) failed: Authentication failure/,
  "a wrong password for submission": /SASL PLAIN authentication failed: .*sasl_username=/,
  "a wrong password at the relay host": /SASL authentication failed; server mail\.example\.net/,
  "a reload of Postfix while a client is there":
    /warning: problem talking to service rewrite: Connection reset by peer/,
  "a session that is ended, as Dovecot 2.3 says it":
    /imap\(\d+\): Warning: Killed with signal 15 \(by pid=\d+ uid=0 code=kill\)$/,
  "a restart of Dovecot, as for a further protocol":
    /dovecot\[\d+\]: [\w-]+(\(\d+\))?: (Warning: Killed with signal 15 \(by pid=\d+ uid=0 code=kill\)|Warning: Shutting down logging for .* with \d+ clients|Error: read\(anvil\) failed: EOF|Error: conn unix:\/run\/dovecot\/stats-writer .* failed: Connection refused)$/,
  "a client with more connections, messages or logins than one may have":
    /warning: (Connection concurrency|Connection rate|Message delivery request rate|AUTH command rate) limit exceeded: \d+ from /,
  "an address of the envelope without brackets on port 25":
    /warning: Illegal address syntax from client10\.example\.com\S+ in MAIL command: someone@client10\.example\.com$/,
  "a way to log in that there is not": /SASL NONE authentication failed: Invalid authentication mechanism/,
  "a client that makes ten mistakes": /: too many errors after UNKNOWN from /,
  "51 MB": /queue file size limit exceeded|mail_stream_cleanup: close error/,
  "a renewed certificate, which Dovecot reads by a reload":
    /master: Warning: SIGHUP received - reloading configuration/,
};

/** What must not be read by anybody is nowhere to be read. */
export function keepsSecrets(scenario: Scenario, processes: Set<string>): void {
  scenario.step("no secret stands in clear text in state, output, journals or process lists", async () => {
    const { host, release, stack } = scenario;
    const places: Record<string, string> = {
      "what the command line printed": stack.printed,
      "the machine's journal": (await host.journal()).join("\n"),
      "the machine's log files": await host.shell("find /var/log -type f -not -path '*/journal/*' -exec cat {} +"),
      "process lists": [...processes].join("\n"),
    };
    for (const { path, content } of stack.stateFiles()) places[path] = content;
    expect(processes.size).toBeGreaterThan(100);
    expect(Object.keys(places).length).toBeGreaterThan(5);

    const dkimKey = await host.read(`/etc/dkimkeys/mail._domainkey.${release.domain}.pem`);
    const hashes = await host.read("/etc/dovecot/passwd");
    const secrets: Record<string, string | undefined> = {
      "a password": "Zq81vK",
      "a password hash": /\$2[aby]\$\d\d\$.{20}/.exec(hashes ?? "")?.[0],
      "the DKIM key": dkimKey?.trim().split("\n").at(-3),
      "the TSIG secret": tsig.secret,
      "the SSH key": readFileSync(privateKeyPath, "utf8").split("\n")[2],
    };
    for (const [what, secret] of Object.entries(secrets)) {
      expect(secret?.length, what).toBeGreaterThanOrEqual(6);
      for (const [place, text] of Object.entries(places))
        expect(text.includes(secret ?? ""), `${what} in ${place}`).toBe(false);
    }
  });
}
