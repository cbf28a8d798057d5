import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { OperatingSystem } from "../../../index";
import { checkout } from "../../../lab/paths";
import { parseMainCf, parseMasterCf } from "../../../policy/postfix";
import type { Rule } from "../../../policy/rule";
import { rules } from "../../../policy/rules";
import { noCleartextLogin } from "../../../policy/rules/login";
import { noOpenRelay } from "../../../policy/rules/relay";
import { modernTls } from "../../../policy/rules/tls";
import { said, serverResources } from "./fixtures";

/** What a stack may add to dovecot.conf, where it has the last word, and what is said of it. */
describe.each([
  [OperatingSystem.Debian12, "disable_plaintext_auth", "yes", "no"],
  [OperatingSystem.Debian13, "auth_allow_cleartext", "no", "yes"],
])("additions to dovecot.conf on %s", (operatingSystem, cleartext, safe, unsafe) => {
  const added = (rule: Rule, conf: string) => said(rule, serverResources({ operatingSystem, dovecot: { conf } }));

  test.each([
    ["ssl = yes", "dovecot.conf: ssl = yes; make it required"],
    ['ssl = "no" # for now', "dovecot.conf: ssl = no; make it required"],
    ["ssl = \\\n  no", "dovecot.conf: ssl = no; make it required"],
    [`${cleartext} = ${unsafe}`, `dovecot.conf: ${cleartext} = ${unsafe}; make it ${safe}`],
    [`${cleartext}=${unsafe.toUpperCase()}`, `dovecot.conf: ${cleartext} = ${unsafe.toUpperCase()}; make it ${safe}`],
    [
      `remote 192.0.2.0/24 {\n  ${cleartext} = ${unsafe}\n}`,
      `dovecot.conf, remote 192.0.2.0/24: ${cleartext} = ${unsafe}; make it ${safe}`,
    ],
    [
      "local 192.0.2.1 {\n  protocol imap {\n    ssl = yes\n  }\n}",
      "dovecot.conf, local 192.0.2.1, protocol imap: ssl = yes; make it required",
    ],
  ])("additions to dovecot.conf that ask for a password before TLS are found: %s", (conf, complaint) => {
    expect(added(noCleartextLogin, conf)).toEqual([complaint]);
  });

  test.each([
    ["ssl_min_protocol = TLSv1", "dovecot.conf: ssl_min_protocol = TLSv1; make it TLSv1.2"],
    [
      "local_name mail.example.org {\n  ssl_min_protocol = ANY\n}",
      "dovecot.conf, local_name mail.example.org: ssl_min_protocol = ANY; make it TLSv1.2",
    ],
  ])("additions to dovecot.conf that speak old TLS are found: %s", (conf, complaint) => {
    expect(added(modernTls, conf)).toEqual([complaint]);
  });

  test.each([
    `ssl = yes\nssl = required\n${cleartext} = ${unsafe}\n${cleartext} = ${safe}\nssl_min_protocol = TLSv1\nssl_min_protocol = TLSv1.3`,
    "service imap-login {\n  inet_listener other {\n    port = 1993\n    ssl = yes\n  }\n}",
    '# ssl = yes\nlogin_greeting = "# {"\nssl = required',
  ])(
    "additions to dovecot.conf that neither speak old TLS nor ask for a password before it are left alone: %s",
    (conf) => {
      expect([...added(noCleartextLogin, conf), ...added(modernTls, conf)]).toEqual([]);
    },
  );
});

describe("networks that Dovecot trusts", () => {
  const conf = "login_trusted_networks = 127.0.0.0/8 [::1] 192.0.2.0/24, 2001:db8::/64";
  const judged = (operatingSystem: OperatingSystem, text: string) =>
    said(noCleartextLogin, serverResources({ operatingSystem, dovecot: { conf: text } }));

  test("networks that Dovecot 2.3 trusts need no TLS", () => {
    expect(judged(OperatingSystem.Debian12, conf)).toEqual([
      "dovecot.conf: login_trusted_networks lets 192.0.2.0/24, 2001:db8::/64 log in without TLS; leave it out",
    ]);
    expect(judged(OperatingSystem.Debian12, `protocol imap {\n  ${conf}\n}`)).toEqual([
      expect.stringContaining("dovecot.conf, protocol imap: login_trusted_networks lets 192.0.2.0/24, 2001:db8::/64"),
    ]);
    expect(judged(OperatingSystem.Debian12, `${conf}\nlogin_trusted_networks = 127.0.0.1, ::1`)).toEqual([]);
  });

  test("networks that Dovecot 2.4 trusts need TLS as everybody does, and a webmail may so tell its users' addresses", () => {
    expect(judged(OperatingSystem.Debian13, conf)).toEqual([]);
  });
});

test.each(Object.values(OperatingSystem))(
  "on %s, only a proxy of the machine itself says that a login has TLS",
  (operatingSystem) => {
    const judged = (conf: string) => said(noCleartextLogin, serverResources({ operatingSystem, dovecot: { conf } }));
    expect(judged("haproxy_trusted_networks = 127.0.0.1 ::1")).toEqual([]);
    expect(judged("haproxy_trusted_networks = 127.0.0.1 10.0.0.0/8")).toEqual([
      expect.stringContaining("dovecot.conf: haproxy_trusted_networks lets 10.0.0.0/8 say that a connection has TLS"),
    ]);
  },
);

describe("a service of the stack where people log in", () => {
  const judged = (mainCf: Record<string, string>, options: string) => {
    const masterCf = [`2525 inet n - y - - smtpd -o smtpd_sasl_auth_enable=yes ${options}`];
    return said(noCleartextLogin, serverResources({ postfix: { mainCf, masterCf } }));
  };

  test.each([
    [{}, "-o smtpd_tls_wrappermode=yes"],
    [{}, "-o smtpd_tls_wrappermode=YES -o smtpd_tls_security_level=may -o smtpd_tls_auth_only=no"],
    [{}, "-o smtpd_tls_security_level=encrypt"],
    [{ level: "encrypt" }, "-o smtpd_tls_security_level=$level"],
    [{ smtpd_tls_security_level: "encrypt" }, ""],
  ])("a service of the stack where people log in has TLS first with %j in main.cf and %s", (mainCf, options) => {
    expect(judged(mainCf, options)).toEqual([]);
  });

  test.each(["", "-o smtpd_tls_wrappermode=no", "-o smtpd_tls_security_level=may", "-o smtpd_sasl_auth_enable=YES"])(
    "a service of the stack where people log in has no TLS first with %s",
    (options) => {
      expect(judged({}, options)).toEqual([
        expect.stringContaining("master.cf, 2525: smtpd_tls_security_level = may where people log in; make it encrypt"),
      ]);
    },
  );
});

test("people may log in on port 25, as long as TLS comes before", () => {
  const judged = (mainCf: Record<string, string>) => said(noCleartextLogin, serverResources({ postfix: { mainCf } }));
  expect(judged({ smtpd_sasl_auth_enable: "yes" })).toEqual([]);
  expect(judged({ smtpd_sasl_auth_enable: "yes", smtpd_tls_auth_only: "no" })).toEqual([
    expect.stringContaining("main.cf: smtpd_tls_auth_only = no offers a login before TLS; make it yes"),
  ]);
});

describe("the password for a relay host", () => {
  const login = { smtp_sasl_auth_enable: "yes", smtp_sasl_security_options: "noanonymous" };
  const options = Object.entries(login).map(([name, value]) => `-o ${name}=${value}`);
  const judged = (mainCf: Record<string, string>, ...more: string[]) =>
    said(
      noCleartextLogin,
      serverResources({
        relayHost: { hostname: "smtp.example.net", user: "anna", password: "correct-horse" },
        postfix: { mainCf, masterCf: more.map((each) => `out unix - - y - - smtp ${each}`) },
      }),
    );

  test.each(["may", "dane", "none", ""])(
    "the password for a relay host may travel without TLS where the level is %j",
    (level) => {
      expect(judged({ smtp_tls_security_level: level })).toEqual([
        expect.stringContaining(
          `main.cf: smtp_tls_security_level = ${level || "(none)"} lets the password for a relay host travel without TLS`,
        ),
      ]);
    },
  );

  test("the password for a relay host may travel without TLS in a service of its own", () => {
    const direct = { smtp_sasl_auth_enable: "no", smtp_tls_security_level: "may" };
    expect(judged(direct, options.join(" "))).toEqual([
      expect.stringContaining("master.cf, out: smtp_tls_security_level = may lets the password"),
    ]);
    expect(judged(direct, [...options, "-o smtp_tls_security_level=encrypt"].join(" "))).toEqual([]);
    expect(judged(direct, "-o smtp_sasl_auth_enable=yes -o smtp_sasl_security_options=noplaintext")).toEqual([]);
  });

  test.each<Record<string, string>>([
    {},
    { smtp_tls_security_level: "dane-only" },
    { smtp_tls_security_level: "Encrypt" },
  ])("the password for a relay host may not travel with %j", (mainCf) => {
    expect(judged(mainCf)).toEqual([]);
  });
});

/** The ways in which master.cf takes an option, as master(5) and getopt(3) say. */
describe.each<[string, (name: string, value: string) => string]>([
  ["-o name=value", (name, value) => `-o ${name}=${value}`],
  ["-oname=value", (name, value) => `-o${name}=${value}`],
  ["-o { name = value }", (name, value) => `-o { ${name} = ${value} }`],
  ["{ -o name = value }", (name, value) => `{ -o ${name} = ${value} }`],
  ["-vo name=value", (name, value) => `-vo ${name}=${value}`],
  ["a second -o, which counts", (name, value) => `-o ${name}=reject -o ${name}=${value}`],
  ["an -o on a line of its own", (name, value) => `-o\n  # a comment\n\t${name}=${value}`],
])("a service of the stack with %s", (_, option) => {
  const added = (rule: Rule, ...options: string[]) =>
    said(rule, serverResources({ postfix: { masterCf: [["2525 inet n - y - - smtpd", ...options].join("\n  ")] } }));

  test("a service of the stack is found where it spoils something", () => {
    expect(added(noOpenRelay, option("smtpd_relay_restrictions", "permit"))).toEqual([
      expect.stringContaining("master.cf, 2525: smtpd_relay_restrictions = permit lets strangers"),
    ]);
    expect(added(noCleartextLogin, option("smtpd_tls_auth_only", "no"))).toEqual([
      expect.stringContaining("master.cf, 2525: smtpd_tls_auth_only = no"),
    ]);
    expect(added(modernTls, option("smtpd_tls_protocols", ">=TLSv1"))).toEqual([
      expect.stringContaining("master.cf, 2525: smtpd_tls_protocols = >=TLSv1;"),
    ]);
  });

  test("a service of the stack is left alone where it spoils nothing", () => {
    const login = ["-o smtpd_sasl_auth_enable=yes", option("smtpd_tls_security_level", "encrypt")];
    expect(added(noCleartextLogin, ...login)).toEqual([]);
    expect(added(noOpenRelay, option("smtpd_relay_restrictions", "permit_sasl_authenticated,reject"))).toEqual([]);
    expect(added(modernTls, option("smtpd_tls_protocols", ">=TLSv1.3"))).toEqual([]);
  });
});

test("a value in braces has spaces and braces of its own", () => {
  const [service] = parseMasterCf(
    "x inet n - y - - smtpd -o { smtpd_relay_restrictions = check_policy_service { unix:a, timeout=1s } , reject }",
  );
  expect(service?.overrides).toEqual(
    new Map([["smtpd_relay_restrictions", "check_policy_service { unix:a, timeout=1s } , reject"]]),
  );
});

test("what a stack adds to main.cf is judged, and of a parameter the last value", () => {
  const mainCf = { smtpd_relay_restrictions: "permit", mynetworks: "0.0.0.0/0" };
  expect(said(noOpenRelay, serverResources({ postfix: { mainCf } }))).toEqual([
    expect.stringContaining("main.cf: smtpd_relay_restrictions = permit lets strangers"),
    expect.stringContaining("main.cf: mynetworks trusts 0.0.0.0/0"),
  ]);
  const twice = parseMainCf("a = 1\na =\n  2\n# no\n\n\t3\n");
  expect(twice).toEqual(new Map([["a", "2 3"]]));
});

describe.each(["docs/additions.md", "docs/rules.md"])("what %s has to copy", (page) => {
  const text = readFileSync(join(checkout, page), "utf8");
  const blocks = [...text.matchAll(/^## (.+)$[^#]*?^```yaml\n([\s\S]*?)^```/gm)];
  test.each(blocks.map(([, heading, block]) => [heading, block] as const))(
    "what a page has to copy gives no policy anything to say: %s",
    (_, block) => {
      const members = Object.entries(parse(block ?? "") as object).map(([name, value]) => [
        name.replace("mail:", ""),
        value,
      ]);
      const mailboxes = ["anna", "ben", "team"].map((user) => ({
        address: `${user}@example.org`,
        password: "correct-horse",
      }));
      const resources = serverResources({ mailboxes, ...Object.fromEntries(members) });
      expect(rules.flatMap((rule) => said(rule, resources))).toEqual([]);
    },
  );
});
