import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { Faults } from "../../components/role";
import { roles } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor } from "./fixture";

const domains = exampleArgs().domains.map((domain) => ({ ...domain, enableAutoconfig: true }));
const model = modelFor(validate(exampleArgs({ domains })));

/** The faults of each unit that has some. */
const faults = Object.fromEntries(
  roles(model).flatMap(({ units = [] }) =>
    units.flatMap(({ name, faults }): [string, Faults][] => (faults ? [[name, faults]] : [])),
  ),
);

/** Which of the lines refuse a reload of any unit, by Python's own expressions. */
function refused(lines: string[]): boolean[] {
  const judge = [
    "import json,re,sys",
    "faults,lines=json.load(sys.stdin)",
    "patterns=[one[kind] for one in faults for kind in ('broken','refusedReload') if kind in one]",
    "print(json.dumps([any(re.search(each,line) for each in patterns) for line in lines]))",
  ].join("\n");
  const input = JSON.stringify([Object.values(faults), lines]);
  const { stdout, stderr } = spawnSync("python3", ["-c", judge], { input, encoding: "utf8" });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as boolean[];
}

describe("what daemons log of a configuration that they do not take", () => {
  it("what daemons log of a configuration that they do not take is known of each daemon that reloads", () => {
    expect(Object.keys(faults).sort()).toEqual([
      "dovecot.service",
      "nginx.service",
      "opendkim.service",
      "postfix.service",
    ]);
  });

  it("what daemons log of a configuration that they do not take refuses a reload", () => {
    const lines = [
      "postfix/master[1]: fatal: bind 0.0.0.0 port 993: Address already in use",
      "postfix/qmgr[2]: fatal: bad time configuration: queue_run_delay = often",
      "postfix/submission/smtpd[2]: error: unsupported dictionary type: nosuch",
      "dovecot[1]: master: Error: service(imap-login): listen(*, 22) failed: Address already in use",
      "dovecot[1]: config: Fatal: Error in configuration file /etc/dovecot/dovecot.conf line 3",
      "opendkim[1]: fatal: no such file",
      "nginx[1]: 2026/11/21 12:00:00 [emerg] 1#1: bind() to 0.0.0.0:443 failed (98: Address already in use)",
    ];
    expect(refused(lines)).toEqual(lines.map(() => true));
  });

  it("what daemons log of a configuration that they do not take is not what they say about their clients", () => {
    const lines = [
      "postfix/smtpd[2]: fatal: no SASL authentication mechanisms",
      "postfix/smtpd[2]: warning: hostname x.example.net does not resolve to address 192.0.2.1",
      "dovecot[1]: imap-login: Error: SSL_accept() failed",
      "dovecot[1]: lmtp(anna@example.org): Error: quota",
      "nginx[2]: 2026/11/21 12:00:00 [error] 2#2: *1 client intended to send too large body: 20000 bytes",
    ];
    expect(refused(lines)).toEqual(lines.map(() => false));
  });
});
