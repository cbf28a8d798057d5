import { describe, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { platforms } from "../../components/platforms";
import { wantedHost } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor, noSecrets } from "./fixture";

const releases = Object.values(OperatingSystem);

const filesOf = (changes: Partial<MailServerArgs> = {}) =>
  wantedHost(modelFor(validate(exampleArgs(changes))), "test", noSecrets).roles.flatMap(({ files }) => files);
const contentOf = (path: string, changes: Partial<MailServerArgs> = {}) =>
  filesOf(changes).find((file) => file.path === path)?.content ?? "";

/** Whether a regexp_table(5) of Postfix takes a header out; its syntax is close enough to that of JavaScript here. */
const takesOut = (table: string, header: string) =>
  table
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => /^\/(.*)\/ IGNORE$/.exec(line)?.[1] ?? "unreadable(")
    .some((pattern) => new RegExp(pattern.replaceAll("[[:space:]]", "\\s"), "is").test(header));

describe("headers in which others speak in the server's name", () => {
  const table = contentOf("/etc/postfix/tables/result-headers");

  it.each([
    "Authentication-Results: mail.example.org; dmarc=pass",
    "authentication-results:MAIL.Example.ORG; spf=pass",
    "Authentication-Results:\n\tmail.example.org;\n\tspf=pass",
    "Authentication-Results : mail.example.org; spf=pass",
    "Authentication-Results: mail.example.org/1; spf=pass",
    "Authentication-Results: mail.example.org 1; spf=pass",
    "Authentication-Results: mail.example.org",
    "Authentication-Results: mail.example.org.; spf=pass",
    "Authentication-Results: mail.example.org(x); spf=pass",
    "Authentication-Results: (x) mail.example.org; spf=pass",
    "Authentication-Results: (;(x)\\)) mail.example.org; spf=pass",
    'Authentication-Results: "mail.example.org"; spf=pass',
    'Authentication-Results: "mail\\.example.org"; spf=pass',
  ])("headers in which others speak in the server's name are taken out: %j", (header) =>
    expect(takesOut(table, header)).toBe(true),
  );

  it.each([
    "Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=anna@mail.example.org",
    "Authentication-Results: mail.example.org.example.net; spf=pass",
    "Authentication-Results: mailxexample.org; spf=pass",
    "Authentication-Results: webmail.example.org; spf=pass",
    "ARC-Authentication-Results: i=1; mail.example.org; spf=pass",
    "X-Authentication-Results: mail.example.org; spf=pass",
    "Received-SPF: Pass (mailfrom) identity=mailfrom; receiver=mail.example.org",
    "Subject: Authentication-Results: mail.example.org; spf=pass",
  ])("headers in which nobody speaks in the server's name stay: %j", (header) =>
    expect(takesOut(table, header)).toBe(false),
  );
});

describe.each(releases)("what people send on %s", (operatingSystem) => {
  const path = "/etc/postfix/tables/submission-headers";
  const table = contentOf(path, { operatingSystem });
  const kept = contentOf(path, { operatingSystem, submission: { keepClientHeaders: true } });

  it("what people send tells nothing of their mail program and computer, unless the stack says so", () => {
    for (const name of [
      "User-Agent",
      "x-mailer",
      "X-Originating-IP",
      "X-Originating-Client",
      "X-Enigmail-Version",
      "X-Sender",
    ]) {
      expect([name, takesOut(table, `${name}: what it is`)]).toEqual([name, true]);
      expect([name, takesOut(kept, `${name}: what it is`)]).toEqual([name, false]);
    }
    for (const name of ["From", "Sender", "Subject", "X-Priority", "List-Unsubscribe", "X-Mailer-Note"])
      expect([name, takesOut(table, `${name}: what it is`)]).toEqual([name, false]);
  });

  it("what people send tells nothing of their address, whatever the stack says", () => {
    const master = contentOf("/etc/postfix/master.cf", { operatingSystem });
    const hidden = [table, kept].map((each) => takesOut(each, "Received: from laptop.invalid (client10)"));
    if (platforms[operatingSystem].postfix.hidesClientSession)
      expect(master.match(/-o smtpd_hide_client_session=yes/g)).toHaveLength(2);
    else expect(hidden).toEqual([true, true]);
    expect(master.match(/-o cleanup_service_name=submission-cleanup/g)).toHaveLength(2);
  });
});

describe("opendkim.conf", () => {
  const text = contentOf("/etc/opendkim.conf");
  const listOf = (name: string) => (new RegExp(`^${name} +(.*)$`, "m").exec(text)?.[1] ?? "").split(",");

  it("opendkim.conf signs what a reader sees once more than it is there, so that nobody adds another", () => {
    for (const name of [
      "From",
      "Reply-To",
      "To",
      "Cc",
      "Subject",
      "Date",
      "Message-ID",
      "MIME-Version",
      "Content-Type",
    ])
      expect(listOf("OversignHeaders")).toContain(name);
    expect(listOf("SignHeaders")).toEqual(expect.arrayContaining(listOf("OversignHeaders")));
  });

  it("opendkim.conf leaves to mailing lists what they add", () => {
    for (const name of ["Sender", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"]) {
      expect(listOf("SignHeaders")).toContain(name);
      expect(listOf("OversignHeaders")).not.toContain(name);
    }
  });

  it("opendkim.conf notes what it found in every foreign message", () => {
    expect(text).toMatch(/^AlwaysAddARHeader +yes$/m);
  });

  it("opendkim.conf has keys that the daemon reads and cannot change", () => {
    const keys = filesOf().filter((file) => file.path.startsWith("/etc/dkimkeys/"));
    expect(keys).not.toHaveLength(0);
    for (const { owner, group, mode } of keys) expect([owner, group, mode]).toEqual(["root", "opendkim", "0640"]);
    expect(text).toMatch(/^RequireSafeKeys +yes$/m);
  });
});

describe("the script that binds From to the login", () => {
  const script = (changes: Partial<MailServerArgs> = {}) => contentOf("/etc/opendkim/final.lua", changes);

  it("the script that binds From to the login asks the table by which Postfix binds the sender of the envelope, cut at the same delimiters", () => {
    expect(script()).toContain('io.open("/etc/postfix/tables/senders")');
    expect(script()).toContain('address:match("^(.[^@%+]*)[^@]*(@.*)$")');
    expect(script({ recipientDelimiter: "-+" })).toContain('address:match("^(.[^@%-%+]*)[^@]*(@.*)$")');
    expect(script({ recipientDelimiter: "" })).toContain('address:match("^([^@]+)(@.*)$")');
  });

  it("the script that binds From to the login asks for the whole domain where an address has no entry of its own, as Postfix does", () => {
    const own = script().indexOf('lines:find("\\n" .. name .. domain .. " ", 1, true)');
    expect(own).toBeGreaterThan(0);
    expect(script().indexOf('lines:find("\\n" .. domain .. " ", 1, true)')).toBeGreaterThan(own);
  });

  it("the script that binds From to the login excepts whom the stack names, who must have a mailbox", () => {
    expect(script()).toContain("local free = {  }\n");
    const submission = { freeSenders: ["Ben@example.com", "anna@example.org"] };
    expect(script({ submission })).toContain(
      'local free = { ["anna@example.org"] = true, ["ben@example.com"] = true }\n',
    );
    expect(() => script({ submission: { freeSenders: ["team@example.org"] } })).toThrow(
      /submission\.freeSenders\[0\]: "team@example\.org" is no mailbox of this server/,
    );
  });

  it("the script that binds From to the login is whole where OpenDKIM passes a message by: Postfix refuses what it marks so", () => {
    const table = contentOf("/etc/postfix/tables/milter-headers");
    const pattern = new RegExp(/^\/(.*)\/ REJECT 5\.7\.1 /.exec(table)?.[1] ?? "none");
    for (const space of ["", " "])
      expect(`Authentication-Results:${space}mail.example.org; dkim=permerror (bad message/signature format)`).toMatch(
        pattern,
      );
    expect("Authentication-Results: mail.example.org; dkim=none").not.toMatch(pattern);
    expect(contentOf("/etc/postfix/master.cf")).toContain(
      "milter_header_checks = regexp:/etc/postfix/tables/milter-headers",
    );
  });
});

describe("the script that decides what is signed", () => {
  const script = (changes: Partial<MailServerArgs> = {}) => contentOf("/etc/opendkim/setup.lua", changes);

  it("the script that decides what is signed leaves out what programs of the machine write, but for what they write in its own name", () => {
    expect(contentOf("/etc/opendkim.conf")).toMatch(/^SetupPolicyScript +\/etc\/opendkim\/setup\.lua$/m);
    expect(script()).toContain('if not (address and (address:match("@(.*)$") == "mail.example.org")) then\n');
  });

  it("the script that decides what is signed knows the machine's own senders only where its name is a domain of mailboxes", () => {
    const domains = [{ name: "mail.example.org" }];
    expect(script({ domains, mailboxes: [], aliases: [], postmaster: "someone@example.net" })).toContain(
      'address == "root@mail.example.org" or address == "mailer-daemon@mail.example.org"',
    );
  });
});

describe.each(releases)("what Postfix reports on %s", (operatingSystem) => {
  const master = contentOf("/etc/postfix/master.cf", { operatingSystem });
  /** Options of a service of master.cf. */
  const optionsOf = (name: string) => new RegExp(`^${name} +unix .*\\n((?: .*\\n)*)`, "m").exec(master)?.[1] ?? "";

  it("what Postfix reports is signed, and kept from what would refuse it", () => {
    expect(contentOf("/etc/postfix/main.cf", { operatingSystem })).toContain(
      "\ninternal_mail_filter_classes = bounce, notify\n",
    );
    for (const service of ["bounce", "defer", "trace", "smtp", "relay", "lmtp"])
      expect([service, optionsOf(service)]).toEqual([
        service,
        expect.stringContaining("cleanup_service_name=report-cleanup\n"),
      ]);
    for (const parameter of ["header_checks=", "body_checks=", "content_filter=", "milter_default_action=accept"])
      expect(optionsOf("report-cleanup")).toContain(`  -o ${parameter}\n`);
  });
});

describe("lines that are longer than RFC 5321 allows", () => {
  it("lines that are longer than RFC 5321 allows are not folded once they are signed", () => {
    for (const name of ["smtp_line_length_limit", "lmtp_line_length_limit"])
      expect(contentOf("/etc/postfix/main.cf")).toContain(`\n${name} = 0\n`);
  });
});
