import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { platforms } from "../../../components/platforms";
import { OperatingSystem } from "../../../index";
import type { Resource, Rule } from "../../../policy/rule";
import { rules } from "../../../policy/rules";
import { ageProblems, dkimKeyAge, dkimKeySize } from "../../../policy/rules/dkim";
import { dmarc } from "../../../policy/rules/dmarc";
import { edgeFirewall } from "../../../policy/rules/edgeFirewall";
import { noCleartextLogin } from "../../../policy/rules/login";
import { noOpenRelay } from "../../../policy/rules/relay";
import { noPlainSecret } from "../../../policy/rules/secrets";
import { spf } from "../../../policy/rules/spf";
import { modernTls } from "../../../policy/rules/tls";
import { file, hostCommand, ovhRecord, resource, said, serverResources } from "./fixtures";

describe.each(Object.values(OperatingSystem))("a server on %s", (operatingSystem) => {
  const webbed = [{ name: "example.org", enableAutoconfig: true }, { name: "example.com" }];
  const resources = serverResources({ operatingSystem, domains: webbed, enablePop3: true });

  test.each(rules)("a server of this component gives $name nothing to say", (rule) => {
    expect(said(rule, resources)).toEqual([]);
  });

  /** What somebody might write into a file, and the rule that must find it. */
  test.each<[Rule, string, RegExp, string, RegExp]>([
    [
      noOpenRelay,
      "main.cf",
      /(relay_restrictions = permit_mynetworks),\n +reject_unauth_destination/,
      "$1",
      /main\.cf: .*lets strangers/,
    ],
    [
      noOpenRelay,
      "main.cf",
      /smtpd_relay_restrictions = /,
      "$&permit, ",
      /main\.cf: .* = permit, permit_mynetworks, reject/,
    ],
    [noOpenRelay, "main.cf", /mynetworks = /, "$&0.0.0.0/0 ", /trusts 0\.0\.0\.0\/0 without a login/],
    [
      noOpenRelay,
      "master.cf",
      /(relay_restrictions=.*),reject\n(.*),reject\n/,
      "$1\n$2\n",
      /master\.cf, submission: .* lets strangers/,
    ],
    [
      noOpenRelay,
      "master.cf",
      /-o smtpd_helo_restrictions=/,
      "-o mynetworks=10.0.0.0/8",
      /submission: mynetworks trusts 10\.0\.0\.0\/8/,
    ],
    [
      modernTls,
      "main.cf",
      /(\nsmtpd_tls_protocols = ).*/,
      "$1>=TLSv1.1",
      /smtpd_tls_protocols = >=TLSv1\.1; make it >=TLSv1\.2/,
    ],
    [modernTls, "main.cf", /\nsmtp_tls_protocols = .*/, "", /smtp_tls_protocols = \(Postfix' default\)/],
    [modernTls, "main.cf", /(\nsmtp_tls_protocols = ).*/, "$1!SSLv2, !SSLv3", /smtp_tls_protocols = !SSLv2, !SSLv3/],
    [
      modernTls,
      "master.cf",
      /-o smtpd_tls_wrappermode=yes/,
      "$& -o smtpd_tls_mandatory_protocols=TLSv1",
      /submissions: smtpd_tls_mandatory_protocols = TLSv1;/,
    ],
    [modernTls, "dovecot.conf", /(ssl_min_protocol = ).*/, "$1TLSv1", /ssl_min_protocol = TLSv1; make it TLSv1\.2/],
    [modernTls, "nginx.conf", /(ssl_protocols) /, "$1 TLSv1 ", /ssl_protocols TLSv1 TLSv1\.2 TLSv1\.3/],
    [noCleartextLogin, "main.cf", /smtpd_tls_auth_only = yes\n/, "", /smtpd_tls_auth_only = no/],
    [
      noCleartextLogin,
      "master.cf",
      /-o smtpd_tls_security_level=encrypt/,
      "-o smtpd_tls_security_level=may",
      /submission: .* = may where people log in/,
    ],
    [
      noCleartextLogin,
      "master.cf",
      /^smtp +inet .* smtpd$/m,
      "$&\n  -o smtpd_tls_auth_only=no",
      /smtp: smtpd_tls_auth_only = no/,
    ],
    [noCleartextLogin, "dovecot.conf", /\nssl = required/, "\nssl = yes", /ssl = yes; make it required/],
    [
      noCleartextLogin,
      "dovecot.conf",
      /\n(disable_plaintext_auth) = yes|\n(auth_allow_cleartext) = no/,
      platforms[operatingSystem].dovecot.dialect === "2.3" ? "\n$1 = no" : "\n$2 = yes",
      /(disable_plaintext_auth = no; make it yes|auth_allow_cleartext = yes; make it no)/,
    ],
  ])("$0.name finds %5$s", (rule, name, found, instead, complaint) => {
    const spoilt = resources.map((each) => {
      if (!each.name.endsWith(`/${name}`) && !(name === "nginx.conf" && each.name.includes("/nginx/"))) return each;
      const content = String(each.inputs.content);
      return { ...each, inputs: { content: content.replace(found, instead) } };
    });
    expect(spoilt).not.toEqual(resources);
    expect(said(rule, spoilt)).toEqual([expect.stringMatching(complaint)]);
  });
});

const server = serverResources();

test.each(["!SSLv2, !SSLv3, !TLSv1, !TLSv1.1", "TLSv1.2 TLSv1.3", ">=TLSv1.3"])(
  "TLS that is modern in other words is modern: %s",
  (value) => {
    const main = file(
      "/etc/postfix/main.cf",
      ["smtpd_tls", "smtpd_tls_mandatory", "smtp_tls", "smtp_tls_mandatory"]
        .map((each) => `${each}_protocols = ${value}`)
        .join("\n"),
    );
    expect(said(modernTls, [main])).toEqual([]);
  },
);

describe("SPF", () => {
  test("two SPF records at a name are one too many, whoever publishes them", () => {
    const cloudflare = resource("cloudflare:index/dnsRecord:DnsRecord", "theirs", {
      name: "example.org",
      type: "TXT",
      content: '"v=spf1 include:_spf.example.net" " ~all"',
    });
    const complaint = 'theirs: example.org has another SPF record already; join "v=spf1 include:_spf.example.net ~all"';
    expect(said(spf, [...server, cloudflare])).toEqual([expect.stringContaining(complaint)]);
    const underItsOldName = { ...cloudflare, type: "cloudflare:index/record:Record" };
    expect(said(spf, [...server, underItsOldName])).toEqual([expect.stringContaining(complaint)]);
  });

  test("more than ten look-ups of SPF are too many", () => {
    const includes = Array.from({ length: 10 }, (_, index) => `include:spf${index}.example.net`).join(" ");
    expect(said(spf, [ovhRecord("", "TXT", `"v=spf1 ${includes} -all"`)])).toEqual([]);
    expect(said(spf, [ovhRecord("", "TXT", `"v=spf1 mx ${includes} -all"`)])).toEqual([
      expect.stringContaining("example.org: 11 look-ups"),
    ]);
  });
});

describe("DMARC", () => {
  test.each([
    ["p=none", "quarantine", "p=none, weaker than quarantine"],
    ["p=quarantine", "reject", "p=quarantine, weaker than reject"],
    ["p=reject; sp=none", "quarantine", "sp=none, weaker"],
    ["p=reject; np=quarantine", "reject", "np=quarantine, weaker"],
    ["p=quarantine; t=y", "quarantine", "p=quarantine with t=y, weaker"],
    ["p=reject; pct=10", "reject", "p=reject with pct=10, weaker"],
    ["rua=mailto:postmaster@example.org", "quarantine", "no p, weaker"],
  ])("the DMARC record %s is weaker than %s", (tags, weakest, complaint) => {
    const record = ovhRecord("_dmarc", "TXT", `"v=DMARC1; ${tags}"`);
    expect(said(dmarc, [record], { weakest })).toEqual([expect.stringContaining(complaint)]);
  });

  test.each([
    ["p=none", "none"],
    ["p=reject; t=y", "quarantine"],
    ["p=reject; pct=10", "quarantine"],
    ["p=quarantine; pct=100", "quarantine"],
    ["p=reject; sp=quarantine", "quarantine"],
  ])("the DMARC record %s is not weaker than %s", (tags, weakest) => {
    expect(said(dmarc, [ovhRecord("_dmarc", "TXT", `"v=DMARC1; ${tags}"`)], { weakest })).toEqual([]);
  });
});

test("of two DMARC records at a name, the second is one too many", () => {
  const records = ["_dmarc", "_DMARC", "_dmarc.shop"].map((name) => ovhRecord(name, "TXT", '"v=DMARC1; p=reject"'));
  expect(said(dmarc, records)).toEqual([
    expect.stringContaining("_DMARC-TXT: _dmarc.example.org has another DMARC record already"),
  ]);
});

describe("DKIM", () => {
  const record = (bits: number) => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: bits });
    const key = publicKey.export({ type: "spki", format: "der" }).toString("base64");
    return ovhRecord("old._domainkey", "DKIM", `v=DKIM1; k=rsa; p=${key}`);
  };

  test("a short DKIM key is found by its resource and by its record", () => {
    const key = resource("tls:index/privateKey:PrivateKey", "mail-dkim-a-example.org", {
      algorithm: "RSA",
      rsaBits: 1024,
    });
    expect(said(dkimKeySize, [key, record(1024)])).toEqual([
      expect.stringContaining("mail-dkim-a-example.org: has 1024 bits"),
      expect.stringContaining("old._domainkey-DKIM: has 1024 bits"),
    ]);
  });

  test("a short DKIM key is found in a record with white space in it", () => {
    const { inputs, ...others } = record(1024);
    const target = String(inputs.target).replace(/p=(.{60})/, "p=\n $1 ");
    expect(said(dkimKeySize, [{ ...others, inputs: { ...inputs, target } }])).toEqual([
      expect.stringContaining("has 1024 bits"),
    ]);
  });

  test("a long DKIM key, a revoked one and one that is no RSA key are left alone", () => {
    const others = ["v=DKIM1; p=", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="];
    const texts = others.map((text) => ovhRecord("old._domainkey", "TXT", `"${text}"`));
    expect(said(dkimKeySize, [record(2048), ...texts])).toEqual([]);
  });

  test.each([
    ["2024", "at least 690 days", 400],
    ["s202511", "at least 356 days", 300],
    ["mail-20251101", "at least 385 days", 300],
    ["mail-2025-11-01", "at least 385 days", 300],
  ])("the DKIM key of the selector %s is %s old", (selector, age, mostDays) => {
    const table = file("/etc/opendkim/signing-table", `*@example.org ${selector}._domainkey.example.org\n`);
    expect(ageProblems(table, { mostDays }, new Date("2026-11-21"))).toEqual([expect.stringContaining(age)]);
  });

  test("the DKIM policies have their defaults without a configuration", () => {
    const table = file("/etc/opendkim/signing-table", "*@example.org s20260101._domainkey.example.org\n");
    expect(ageProblems(table, {}, new Date("2027-02-05"))).toEqual([]);
    expect(ageProblems(table, {}, new Date("2027-02-06"))).toEqual([expect.stringContaining("allowed are 400")]);
  });

  test.each(["20250100", "mail-2025-01-32", "s20250231", "20250431"])(
    "the date in the DKIM selector %s is none",
    (selector) => {
      const table = file("/etc/opendkim/signing-table", `*@example.org ${selector}._domainkey.example.org\n`);
      expect(ageProblems(table, {}, new Date("2026-11-21"))).toEqual([]);
      expect(ageProblems(table, { datedSelectors: true }, new Date("2026-11-21"))).toEqual([
        expect.stringContaining(`the selector ${selector} does not tell its key's age`),
      ]);
    },
  );

  test.each(["mail", "s2026", "2027", "k12026", "s20261301"])(
    "the DKIM selector %s tells no age, or a young one",
    (selector) => {
      const table = file("/etc/opendkim/signing-table", `*@example.org ${selector}._domainkey.example.org\n`);
      expect(ageProblems(table, {}, new Date("2026-11-21"))).toEqual([]);
    },
  );

  test("a DKIM selector without a date is an offence where one is asked for", () => {
    const table = file("/etc/opendkim/signing-table", "*@example.org mail._domainkey.example.org\n");
    expect(said(dkimKeyAge, [table], { datedSelectors: true })).toEqual([
      expect.stringContaining("the selector mail does not tell its key's age"),
    ]);
  });
});

describe("secrets in clear", () => {
  test.each([
    [file("/etc/dovecot/passwd", "anna@example.org:{BLF-CRYPT}$2y$10$abcdef::::::\n"), "content holds"],
    [file("/etc/postfix/key", "-----BEGIN RSA PRIVATE KEY-----\n"), "content holds"],
    [resource("command:local:Command", "c", { create: "echo -----BEGIN PRIVATE KEY-----" }), "create holds"],
    [resource("command:local:Command", "c", { environment: { HASH: "$6$salt$hash" } }), "environment holds"],
    [hostCommand({ stdin: "{}" }), "stdout and stderr may repeat"],
    [{ ...hostCommand({ stdin: "{}" }), secretOutputs: ["stdout"] }, "stderr may"],
    [resource("command:remote:Command", "c", { stdin: "$6$salt$hash" }), "stdout and stderr may repeat"],
    [
      resource("cloudflare:index/record:Record", "c", {
        name: "k",
        type: "TXT",
        content: "-----BEGIN PRIVATE KEY-----",
      }),
      "content holds",
    ],
    [
      file("/etc/postfix/main.cf", "smtp_sasl_password_maps = static:anna:correct-horse\n"),
      "smtp_sasl_password_maps holds a password in clear",
    ],
    [
      file("/etc/postfix/master.cf", "out unix - - y - - smtp -o smtp_sasl_password_maps=inline:{a=b:c}\n"),
      "smtp_sasl_password_maps holds a password in clear",
    ],
    [
      file("/etc/dovecot/dovecot.conf", "service doveadm {\n}\ndoveadm_password = correct-horse\n"),
      "dovecot.conf: doveadm_password stands there in clear",
    ],
  ])("secrets in clear are found in a preview", (seen, complaint) => {
    expect(said(noPlainSecret, [seen])).toEqual([expect.stringContaining(complaint)]);
  });

  test("secrets in clear are not looked for where the engine keeps them", () => {
    const connection = { host: "mail", privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----" };
    expect(said(noPlainSecret, [resource("command:remote:Command", "c", { connection })])).toEqual([]);
  });

  test("secrets in clear are not suspected where a file of the machine has them", () => {
    const dovecot = 'doveadm_password = </etc/dovecot/doveadm\nimapc_password = %{password}\ndoveadm_password = ""\n';
    const postfix = "smtp_sasl_password_maps = texthash:/etc/postfix/logins\n";
    const files = [file("/etc/dovecot/dovecot.conf", dovecot), file("/etc/postfix/main.cf", postfix)];
    expect(said(noPlainSecret, files)).toEqual([]);
  });

  test("secrets in clear are not suspected in the standard input of other commands", () => {
    expect(said(noPlainSecret, [resource("command:remote:Command", "c", { stdin: "set -e\nuptime\n" })])).toEqual([]);
  });
});

describe("the edge firewall", () => {
  const edge = server.filter(({ type }) => type === "ovh:Ip/firewallRule:FirewallRule");
  const rule = (sequence: number, inputs: object) =>
    resource("ovh:Ip/firewallRule:FirewallRule", `more-${sequence}`, {
      ipOnFirewall: "198.51.100.7",
      sequence,
      ...inputs,
    });
  const without = (port: number) => edge.filter(({ inputs }) => inputs.destinationPort !== port);

  test.each<[string, Resource[], string[]]>([
    ["nobody may send mail", without(25), ["lets in nobody on port 25"]],
    ["nobody may log in", without(22), ["lets in nobody on port 22"]],
    ["there is no end", edge.slice(0, -1), ["must end with the only denial"]],
    [
      "the end comes first",
      [...edge.slice(0, -1), rule(0, { action: "deny", protocol: "ipv4" })],
      ["must end", "port 25", "port 22"],
    ],
    [
      "everything may pass before",
      [...edge, rule(-1, { action: "permit", protocol: "ipv4" })],
      ["must end with the only denial"],
    ],
    ["all of a protocol may", [...edge, rule(-1, { action: "permit", protocol: "tcp" })], ["permits all of tcp"]],
    [
      "a port is shut before it is opened",
      [...edge, rule(-1, { action: "deny", protocol: "tcp", destinationPort: 25 })],
      ["lets in nobody on port 25"],
    ],
    [
      "only some may send mail",
      [
        ...without(25),
        rule(4.1, { action: "permit", protocol: "tcp", destinationPort: 25, source: "203.0.113.0/24" }),
        rule(4.2, { action: "permit", protocol: "tcp", destinationPort: 25, tcpOption: "established" }),
        rule(4.3, { action: "permit", protocol: "tcp", destinationPort: 25, sourcePort: 25 }),
      ],
      ["lets in nobody on port 25"],
    ],
    [
      "there are too many rules",
      [
        ...Array.from({ length: 12 }, (_, index) =>
          rule(-1 - index, { action: "permit", protocol: "udp", sourcePort: index }),
        ),
        ...edge,
      ],
      ["allowed are 20"],
    ],
  ])("the policy of the edge firewall says so where %s", (_, rules, complaints) => {
    const reached = resource("command:remote:Command", "host", { connection: { host: "198.51.100.7", port: 22 } });
    expect(said(edgeFirewall, [...rules, reached])).toEqual(complaints.map((each) => expect.stringContaining(each)));
  });

  test("the edge firewall may refuse some, and let some only in by SSH", () => {
    const some = "203.0.113.0/24";
    const office = rule(0.5, { action: "permit", protocol: "tcp", destinationPort: 22, source: some });
    const refused = [
      rule(-1, { action: "deny", protocol: "ipv4", source: some }),
      rule(-2, { action: "deny", protocol: "tcp", fragments: true }),
    ];
    const reached = resource("command:remote:Command", "host", { connection: { host: "198.51.100.7" } });
    expect(said(edgeFirewall, [...without(22), office, ...refused, reached])).toEqual([]);
  });

  test("the edge firewall lets the stack reach this machine, however it reaches others", () => {
    const reached = (host: string, connection: object) =>
      resource("command:remote:Command", host, { connection: { host, ...connection } });
    const others = [reached("198.51.100.8", { port: 2222 }), reached("backup.example.org", {})];
    expect(said(edgeFirewall, [...edge, reached("198.51.100.7", {}), ...others])).toEqual([]);
    expect(said(edgeFirewall, [...without(22), ...others])).toEqual([]);
    expect(said(edgeFirewall, [...edge, reached("198.51.100.7", { port: 2222 })])).toEqual([
      expect.stringContaining("lets in nobody on port 2222"),
    ]);
  });

  test("the edge firewall of each machine is judged by itself, and where the address is not known yet, not at all", () => {
    const inFrontOf = (ipOnFirewall?: string) =>
      edge.map((each) => ({ ...each, inputs: { ...each.inputs, ip: undefined, ipOnFirewall } }));
    expect(said(edgeFirewall, [...inFrontOf(), ...inFrontOf()])).toEqual([]);
    expect(said(edgeFirewall, [...inFrontOf("198.51.100.7"), ...inFrontOf("198.51.100.8")])).toEqual([]);
  });
});
