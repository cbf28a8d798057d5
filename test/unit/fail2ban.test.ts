import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { failedAccounts, failedLogins } from "../../components/services/fail2ban/filter";
import { roles } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { accountLines, dovecotLines } from "../failedLogins";
import { exampleArgs, modelFor } from "./fixture";

const roleOf = (changes: Partial<MailServerArgs> = {}) =>
  roles(modelFor(validate(exampleArgs(changes)))).find(({ name }) => name === "fail2ban");

/** The settings of each jail. */
function jailsOf(changes: Partial<MailServerArgs> = {}): Record<string, Record<string, string>> {
  const file = roleOf(changes)?.files.find(({ path }) => path.includes("/jail.d/"));
  const sections = (file?.content ?? "").split(/^(?=\[)/m).map((section) => section.trim().split("\n"));
  return Object.fromEntries(
    sections.map(([head = "", ...lines]) => [
      head.slice(1, -1),
      Object.fromEntries(lines.map((line) => line.split(/ = (.*)/s) as [string, string])),
    ]),
  );
}

describe("the jails of fail2ban", () => {
  it("the jails shut out of the ports that the server offers, and never of port 25", () => {
    expect(jailsOf().mailserver?.port).toBe("143,465,587,993");
    expect(jailsOf({ enablePop3: true }).mailserver?.port).toBe("110,143,465,587,993,995");
    expect(jailsOf({ firewall: { additionalTcpPorts: [2525] } }).mailserver?.port).toBe("143,465,587,993,2525");
  });

  it("the jail of SSH has the ports that the firewall knows", () => {
    const ssh = { ipv4Address: "198.51.100.7", hostKey: exampleArgs().host.ssh?.hostKey ?? "", port: 2222 };
    expect(jailsOf().sshd?.port).toBe("22");
    expect(jailsOf({ host: { ssh } }).sshd?.port).toBe("2222");
    expect(jailsOf({ host: { ssh }, firewall: { sshPorts: [2200, 22] } }).sshd?.port).toBe("22,2200");
    expect(jailsOf({ firewall: { enabled: false, sshPorts: [2200] } }).sshd?.port).toBe("2200");
  });

  it("each jail leaves alone the machine itself and what the stack names, in canonical form", () => {
    const neverBanned = ["203.0.113.9/24", "2001:DB8::1/32", "192.0.2.1"];
    for (const jail of Object.values(jailsOf({ neverBanned }))) {
      expect(jail.ignoreip).toBe("127.0.0.0/8 ::1 203.0.113.0/24 2001:db8::/32 192.0.2.1");
      expect(jail.ignorecommand).toContain("/var/lib/pulumi-mailserver/own-addresses");
    }
    for (const jail of Object.values(jailsOf())) expect(jail.ignoreip).toBe("127.0.0.0/8 ::1");
  });

  it("a block that is none is refused with its place", () => {
    for (const block of ["203.0.113.0/33", "office.example.org", "203.0.113.9 192.0.2.1", "0.0.0.0/0", "::/0"])
      expect(() => validate(exampleArgs({ neverBanned: [block] }))).toThrow(/neverBanned\[0\]/);
  });

  it("every value stands in one line, without what fail2ban would fill in but the names of its own", () => {
    for (const jail of Object.values(jailsOf({ neverBanned: ["192.0.2.1"] })))
      for (const value of Object.values(jail))
        expect(value.replace('"%(port)s"', "").replace("<ip>", "")).not.toMatch(/[%<\n]/);
  });

  it("without fail2ban, nothing of it is wanted of the host, and all else is as it was", () => {
    const others = (changes: Partial<MailServerArgs>) =>
      roles(modelFor(validate(exampleArgs(changes)))).filter(({ name }) => name !== "fail2ban");
    expect(roleOf({ enableFail2ban: false })).toBeUndefined();
    expect(others({ enableFail2ban: false })).toEqual(others({}));
    expect(roleOf()?.packages).toEqual(expect.arrayContaining(["fail2ban", "nftables", "python3-systemd"]));
  });
});

describe("the filter of fail2ban", () => {
  const patterns = [...failedLogins, ...failedAccounts].map(
    (each) => new RegExp(each.replace("<ADDR>", "(?<address>[0-9A-Fa-f.:]+)")),
  );
  const counted = (line: string) =>
    patterns.flatMap((pattern) => pattern.exec(line.replace(/^\w+ \d+ \S+/, ""))?.groups?.address ?? []);

  it.each([...dovecotLines, ...accountLines])(
    "the filter counts what $of wrote as it should: $line",
    ({ line, counts }) => {
      expect(counted(line)).toEqual(counts === undefined ? [] : [counts]);
    },
  );

  it("no name of a mailbox puts another address into a line, not even where every character is allowed", () => {
    const forged = ["", ",<XVyNDlphS5HLAHEU>", ",sasl:plain"].flatMap((more) =>
      ["", "<XVyNDlphS5HLAHEU>", "<"].flatMap((id) =>
        ["Password mismatch", "passwd-file: unknown user"].map((end) => `,203.0.113.9${more})${id}: ${end}`),
      ),
    );
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 4 }),
      fc.constantFrom(...forged),
      fc.constantFrom(
        ",203.0.113.9,",
        ",203.0.113.9,sasl:plain)<",
        ")",
        "(",
        ": ",
        "<",
        ">",
        "?",
        "auth: passwd-file(",
        ",203.0.113.9)<1>: request [2]: pam: pam_authenticate() failed: ",
        ",203.0.113.9): pam_authenticate() failed: ",
        "auth(",
      ),
    );
    // Dovecot writes a question mark in place of control characters.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant.
    const name = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join("").replace(/[\0-\x1f\x7f]/g, "?"));
    const ends = fc.constantFrom("Password mismatch", "unknown user");
    const session = fc.constantFrom("<XVyNDlphS5HLAHEU>", "");
    fc.assert(
      fc.property(name, ends, session, (user, end, id) => {
        const old = `Nov 28 18:09:01 vps dovecot[1]: auth: passwd-file(${user},203.0.113.20${id && `,${id}`}): ${end}`;
        const present = `Nov 28 18:07:59 vps dovecot[1]: auth(${user},203.0.113.20,sasl:plain)${id}: passwd-file: ${end}`;
        const wrong = `Nov 28 18:07:59 vps dovecot[1]: auth: plain(?,203.0.113.20): Username character disallowed by auth_username_chars: 0x2c (username: ${user})`;
        const pam = "pam_authenticate() failed: Authentication failure (Password mismatch?)";
        const oldPam = `Nov 28 22:42:21 vps dovecot[1]: auth-worker(2): conn unix:auth-worker (pid=3,uid=103): auth-worker<4>: pam(${user},203.0.113.20${id && `,${id}`}): ${pam}`;
        const presentPam = `Nov 28 22:44:44 vps dovecot[1]: auth-worker(${user},203.0.113.20)<2>${id}: request [3]: pam: ${pam}`;
        for (const line of [old, present, wrong, oldPam, presentPam])
          expect(counted(line).filter((address) => address !== "203.0.113.20")).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(Object.values(OperatingSystem))(
    "the filter of %s knows both languages, so that an upgrade blinds it not",
    (operatingSystem) => {
      const filter = roleOf({ operatingSystem })?.files.find(({ path }) => path.includes("/filter.d/"));
      for (const expression of failedLogins) expect(filter?.content).toContain(expression);
    },
  );
});
