import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLocalAddress } from "../../components/addresses";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import type { PackagesOfRole } from "../../components/role";
import { type HostSecrets, roles, wantedHost, wantedPackages } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, hostKey, modelFor, passwordHash } from "./fixture";
import { validArgs } from "./validArgs";

const secrets: HostSecrets = {
  certbot: { account: { id: "0a1b", privateKey: "KEY OF the account" } },
  dovecot: { passwdFile: { "anna@example.org": passwordHash, "ben@example.com": passwordHash } },
  opendkim: {
    "mail._domainkey.mail.example.org": "KEY OF THE MACHINE",
    "mail._domainkey.example.org": "KEY OF ORG",
    "mail._domainkey.example.com": "KEY OF COM",
    "next._domainkey.example.org": "NEXT KEY OF ORG",
  },
};
const modelOf = (changes: Partial<MailServerArgs> = {}) => modelFor(validate(exampleArgs(changes)));
const filesOf = (changes: Partial<MailServerArgs> = {}) =>
  Object.fromEntries(
    wantedHost(modelOf(changes), "test", secrets)
      .roles.flatMap(({ files }) => files)
      .map((file) => [file.path, file]),
  );

describe.each(Object.values(OperatingSystem))("the files of %s", (operatingSystem) => {
  it("the files of the host are as in the snapshot", () => {
    const files = Object.values(filesOf({ operatingSystem, enablePop3: true }));
    const text = files
      .filter(({ secret }) => !secret)
      .map(({ path, owner, group, mode, content }) => `==> ${path} ${owner}:${group} ${mode}\n${content}`);
    expect(text.join("\n")).toMatchSnapshot();
  });
});

describe("secrets", () => {
  it("secrets stand only in files that their daemon alone can read", () => {
    for (const file of Object.values(filesOf())) {
      const holdsSecret = /\$2y\$|KEY OF/.test(file.content);
      expect([file.path, file.secret]).toEqual([file.path, holdsSecret]);
      if (holdsSecret) expect([file.path, file.mode]).toEqual([file.path, expect.stringMatching(/^06[04]0$/)]);
    }
  });

  it("secrets are not in what anybody may see: no file that is shown depends on one", () => {
    const model = modelOf({ relayHost: { hostname: "smtp.example.net", user: "anna", password: "KEY OF the relay" } });
    const all = wantedHost(model, "test", { ...secrets, postfix: "KEY OF the relay" }).roles;
    const shown = new Map(roles(model).flatMap(({ files }) => files.map((file) => [file.path, file])));
    const files = all.flatMap((role) => role.files);
    const secret = files.filter((file) => file.secret);
    expect(secret.length).toBeGreaterThanOrEqual(5);
    for (const file of files.filter((each) => !each.secret)) expect(shown.get(file.path)).toEqual(file);
    for (const { path, content } of secret) {
      expect([path, content]).toEqual([path, expect.stringMatching(/\$2y\$|KEY OF/)]);
      expect(shown.get(path)?.content ?? "").not.toMatch(/\$2y\$|KEY OF/);
    }
  });

  it("the secret of an external account goes to the agent alone, and nowhere without it", () => {
    const certificate = { acme: { externalAccount: { keyId: "kid-1", hmacKey: "KEY-OF-the-customer" } } };
    const hosted = (externalAccountKey?: string) =>
      wantedHost(modelOf({ certificate }), "test", {
        ...secrets,
        certbot: { ...secrets.certbot, externalAccountKey },
      }).roles;
    const wanted = hosted("KEY-OF-the-customer");
    const [first] = wanted.flatMap(({ certificates = [] }) => certificates);
    expect(first?.externalAccount).toEqual({ keyId: "kid-1", hmacKey: "KEY-OF-the-customer" });
    expect(JSON.stringify(wanted.flatMap(({ files }) => files))).not.toContain("KEY-OF-the-customer");
    expect(JSON.stringify([hosted(), roles(modelOf({ certificate }))])).not.toContain("hmacKey");
  });
});

describe("what decides about packages", () => {
  const wanted = (changes: Partial<MailServerArgs> = {}) => wantedPackages(modelOf(changes), "test", "0a1b");

  it("what decides about packages changes with packages and with the firewall's ports, and with no other setting", () => {
    const same: Partial<MailServerArgs>[] = [
      { messageSizeLimit: 10_000_000 },
      { mailboxes: [...(exampleArgs().mailboxes ?? []), { address: "dora@example.org", passwordHash }] },
      { postmaster: "anna@example.org" },
      { postfix: { mainCf: { default_process_limit: "50" } } },
      { domains: [{ name: "example.org" }, { name: "example.com" }, { name: "lists.example.org" }] },
    ];
    for (const changes of same) expect(wanted(changes)).toEqual(wanted());
    const web = (...names: string[]) =>
      wanted({ domains: names.map((name) => ({ name, enableAutoconfig: true, catchAll: undefined })) });
    expect(web("example.org", "example.com")).toEqual(web("example.com", "example.org", "lists.example.org"));
    for (const other of [
      web("example.org", "example.com"),
      wanted({ enablePop3: true }),
      wanted({ relayHost: { hostname: "smtp.example.net", user: "anna", password: "a password at the relay" } }),
      wanted({ firewall: { additionalTcpPorts: [8080] } }),
    ])
      expect(other).not.toEqual(wanted());
  });

  it("what decides about packages holds no secret, and all packages, units and ports of the host", () => {
    const { roles: parts, ...rest } = wanted({ enablePop3: true });
    const { roles: all, addresses: _, ...host } = wantedHost(modelOf({ enablePop3: true }), "test", secrets);
    expect(rest).toEqual(host);
    expect(rest.ports).toEqual(expect.arrayContaining([25, 110, 143, 465, 587, 993, 995]));
    const told = (roles: PackagesOfRole[]) =>
      roles.map(({ packages, debconf, units = [] }) => ({ packages, debconf, units: units.map(({ name }) => name) }));
    expect(told(parts)).toEqual(told(all));
    expect(JSON.stringify(parts)).not.toMatch(/\$2y\$|KEY OF/);
    expect(JSON.stringify(parts).length).toBeLessThan(2000);
  });
});

describe("one change changes little", () => {
  const changed = (changes: Partial<MailServerArgs>) => {
    const before = filesOf();
    const after = filesOf(changes);
    return Object.keys({ ...before, ...after }).filter((path) => before[path]?.content !== after[path]?.content);
  };

  it("one more mailbox changes its tables and its password, none of which needs a reload", () => {
    const mailboxes = [...(exampleArgs().mailboxes ?? []), { address: "carla@example.org", passwordHash }];
    const paths = changed({ mailboxes });
    expect(paths).toEqual(["/etc/dovecot/passwd", "/etc/postfix/tables/mailboxes", "/etc/postfix/tables/senders"]);
    const reacting = wantedHost(modelOf(), "test", secrets)
      .roles.flatMap(({ units }) => units ?? [])
      .flatMap((unit) => [...(unit.reloadOn ?? []), ...(unit.restartOn ?? [])]);
    expect(reacting.filter((path) => paths.includes(path))).toEqual([]);
  });

  it("another size limit changes one line of main.cf", () => {
    expect(changed({ messageSizeLimit: 70000 })).toEqual(["/etc/postfix/main.cf"]);
    const lines = (changes: Partial<MailServerArgs>) =>
      (filesOf(changes)["/etc/postfix/main.cf"]?.content ?? "").split("\n");
    const before = new Set(lines({}));
    expect(lines({ messageSizeLimit: 70000 }).filter((line) => !before.has(line))).toEqual([
      "message_size_limit = 70000",
    ]);
  });
});

describe("IPv6 is all or nothing", () => {
  const v4 = filesOf({ host: { ssh: { ipv4Address: "198.51.100.7", hostKey } } });

  it("without an IPv6 address nothing listens, sends or is let in by IPv6", () => {
    expect(v4["/etc/postfix/main.cf"]?.content).toContain("inet_protocols = ipv4\n");
    expect(v4["/etc/dovecot/dovecot.conf"]?.content).toContain("listen = *\n");
    expect(v4["/etc/ufw/user6.rules"]?.content.match(/--dport \d+/g)).toEqual(["--dport 22"]);
  });

  it("with an IPv6 address each service listens, sends and is let in by IPv6", () => {
    const v6 = filesOf();
    expect(v6["/etc/postfix/main.cf"]?.content).toContain("inet_protocols = all\n");
    expect(v6["/etc/dovecot/dovecot.conf"]?.content).toContain("listen = *, ::\n");
    expect(v6["/etc/ufw/user6.rules"]?.content.match(/--dport \d+/g)).toEqual(
      v6["/etc/ufw/user.rules"]?.content.match(/--dport \d+/g),
    );
  });
});

describe("whatever the args say, once they are accepted", () => {
  it("a table has one clean line an entry, and no file has a line that nobody meant", () => {
    const judged = { args: 0, lines: 0, odd: 0, domains: 0 };
    fc.assert(
      fc.property(validArgs, (args) => {
        const model = modelFor(validate(args));
        judged.args += 1;
        const hashes = Object.fromEntries(model.mailboxes.map((address) => [address, passwordHash]));
        const { roles } = wantedHost(model, "test", { ...secrets, dovecot: { passwdFile: hashes }, opendkim: {} });
        judged.domains += model.domains.filter(({ name }) => /xn--|-|\d/.test(name)).length;
        for (const { path, content, mode } of roles.flatMap(({ files }) => files)) {
          expect(path).toMatch(/^\/[A-Za-z0-9/._=-]+$/);
          // An MTA-STS policy has the line ends of RFC 8461.
          expect(content.replaceAll("\r\n", "\n")).toMatch(/^[\n\x20-\x7e]*$/);
          if (/^\/etc\/postfix\/tables\/(domains|mailboxes|aliases|senders|local-aliases)$/.test(path)) {
            for (const line of content.split("\n").slice(0, -1)) {
              expect(line).toMatch(/^[a-z0-9@._=-]+ [A-Za-z0-9@.!#$%&'*+/=?^_`{|}~, -]+$/);
              judged.lines += 1;
              if (/^[a-z0-9]*[._=-][a-z0-9._=-]*@|['#!%&*+?^`{|}~]/.test(line)) judged.odd += 1;
            }
          }
          if (path === "/etc/dovecot/passwd") {
            for (const line of content.split("\n").slice(0, -1))
              expect(line).toMatch(/^[a-z0-9._=-]+@[a-z0-9.-]+:\{BLF-CRYPT\}\$2y\$10\$[a-z]{53}::::::$/);
          }
          if (mode === "0755") expect(content).not.toMatch(/\$\(/);
        }
      }),
      { numRuns: 200 },
    );
    expect(judged.args).toBeGreaterThanOrEqual(200);
    expect(judged.lines).toBeGreaterThan(1000);
    expect(judged.odd).toBeGreaterThan(200);
    expect(judged.domains).toBeGreaterThan(50);
  });

  it("what is refused is refused by name, and nothing that is not understood gets into a file", () => {
    const count = { refused: 0 };
    const odd = fc.constantFrom(
      "x'y",
      "$(id)",
      "a;b",
      "a\nb",
      "ünï",
      "-o",
      "a,b",
      "a b",
      "{stage}",
      "%u",
      "~x",
      ".a",
      "a..b",
    );
    const allowed = /^[a-z0-9]([.]?[a-z0-9_=-])*$/i;
    const refusable = fc
      .oneof(odd, fc.string({ unit: "binary", maxLength: 20 }))
      .filter((local) => !allowed.test(local));
    fc.assert(
      fc.property(refusable, (local) => {
        const mailboxes = [{ address: `${local}@example.org`, passwordHash }];
        expect(() => validate(exampleArgs({ mailboxes, aliases: [], postmaster: "someone@example.net" }))).toThrow(
          "mailboxes[0].address: ",
        );
        count.refused += 1;
      }),
      { numRuns: 200 },
    );
    expect(count.refused).toBeGreaterThanOrEqual(200);
  });
});

describe.each([
  [OperatingSystem.Debian12, "X25519 prime256v1 secp384r1"],
  [OperatingSystem.Debian13, "X25519MLKEM768 X25519 prime256v1 secp384r1"],
  [OperatingSystem.Ubuntu2404, "X25519 prime256v1 secp384r1"],
])("TLS on %s", (operatingSystem, groups) => {
  const files = filesOf({
    operatingSystem,
    domains: [{ name: "example.org", enableAutoconfig: true }, { name: "example.com" }],
  });
  const values = (path: string, setting: RegExp) =>
    [...(files[path]?.content ?? "").matchAll(setting)].map(([, value]) => value?.split(/[,: ]+/).join(" "));

  it("TLS has the same groups, ciphers and order of them in every daemon", () => {
    expect(values("/etc/postfix/main.cf", /^tls_eecdh_auto_curves = (.*)$/gm)).toEqual([groups]);
    expect(values("/etc/dovecot/dovecot.conf", /^ssl_curve_list = (.*)$/gm)).toEqual([groups]);
    expect(values("/etc/nginx/nginx.conf", /^ +ssl_ecdh_curve (.*);$/gm)).toEqual([groups]);
    const ciphers = values("/etc/postfix/main.cf", /^tls_high_cipherlist = (.*)$/gm);
    expect(ciphers).toEqual([expect.stringMatching(/^(ECDHE-(ECDSA|RSA)-\S*(GCM|POLY1305)\S* ?)+$/)]);
    expect(values("/etc/dovecot/dovecot.conf", /^ssl_cipher_list = (.*)$/gm)).toEqual(ciphers);
    expect(values("/etc/nginx/nginx.conf", /^ +ssl_ciphers (.*);$/gm)).toEqual(ciphers);
    expect(values("/etc/postfix/main.cf", /^tls_preempt_cipherlist = (.*)$/gm)).toEqual(["yes"]);
    expect(files["/etc/dovecot/dovecot.conf"]?.content).toMatch(
      /^ssl_(prefer_server_ciphers = yes|server_prefer_ciphers = server)$/m,
    );
    expect(values("/etc/nginx/nginx.conf", /^ +ssl_prefer_server_ciphers (.*);$/gm)).toEqual(["on"]);
  });
});

describe.each(Object.values(OperatingSystem))("names for Dovecot of %s", (operatingSystem) => {
  const conf = (changes: Partial<MailServerArgs> = {}) =>
    filesOf({ operatingSystem, ...changes })["/etc/dovecot/dovecot.conf"]?.content ?? "";

  it("names for Dovecot may have every character that the args take", () => {
    const allowed = /^auth_username_chars = "(.*)"$/m.exec(conf())?.[1] ?? "";
    const printable = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at));
    const taken = printable.filter((character) => "value" in parseLocalAddress(`a${character}b@example.org`));
    expect([...allowed].sort()).toEqual([...taken, "@"].sort());
  });

  it("names for Dovecot are cut at delimiters that are no comments", () => {
    expect(conf({ recipientDelimiter: "#+" })).toContain('\nrecipient_delimiter = "#+"\n');
  });
});

describe("what one address may hold", () => {
  it("what one address may hold leaves most processes of a port to others, and a Postfix under stress is stricter", () => {
    const content = filesOf()["/etc/postfix/main.cf"]?.content ?? "";
    const connections = Number(/^smtpd_client_connection_count_limit = (\d+)$/m.exec(content)?.[1]);
    // default_process_limit
    expect(connections * 3).toBeLessThan(100);
    expect(content).toMatch(/^smtpd_hard_error_limit = \$\{stress\?\{1\}:\{\d+\}\}$/m);
    const unlimited = /^policyd-spf\s+unix(\s+\S+){4}\s+0\s/m;
    expect(filesOf()["/etc/postfix/master.cf"]?.content).not.toMatch(unlimited);
  });
});

describe("sessions of those whose password changes", () => {
  const commands = (masterCf: string[] = []) =>
    wantedHost(modelOf({ postfix: { masterCf } }), "test", secrets)
      .roles.flatMap(({ files }) => files)
      .flatMap(({ endSessions }) => endSessions ?? [])
      .map((words) => words.join(" "));

  it("sessions of those whose password changes end at Dovecot, and on each port on which clients log in", () => {
    expect(commands()).toEqual([
      "doveadm kick {name}",
      "ss --kill --tcp state established ( sport = :submission or sport = :submissions )",
    ]);
    const added = [
      "2525 inet n - y - - smtpd",
      "[::1]:2526 inet n - y - - smtpd",
      "10025 inet n - y - - qmqpd",
      "smtp inet n - y - - smtpd",
    ];
    expect(commands(added)[1]).toMatch(/submissions or sport = :2525 or sport = :2526 \)$/);
  });
});

describe("notifications of success", () => {
  it("notifications of success are for those who log in, not for strangers", () => {
    const files = filesOf();
    const keywords = (path: string) =>
      [...(files[path]?.content ?? "").matchAll(/smtpd_discard_ehlo_keywords ?= ?(.*)/g)].map(([, value]) =>
        value?.split(/, ?/).includes("dsn"),
      );
    expect(keywords("/etc/postfix/main.cf")).toEqual([true]);
    expect(keywords("/etc/postfix/master.cf")).toEqual([false, false]);
  });
});

describe("a relay host", () => {
  const relayHost = { hostname: "smtp.example.net", port: 465, user: "anna", password: "over: hill" };
  const hosted = () => wantedHost(modelOf({ relayHost }), "test", { ...secrets, postfix: relayHost.password });
  const postfix = () => hosted().roles.find(({ name }) => name === "postfix");

  it("a relay host gets all mail for others, by TLS with a certificate for its name, and a login that root alone may read", () => {
    const files = new Map(postfix()?.files.map((file) => [file.path, file]));
    const mainCf = files.get("/etc/postfix/main.cf")?.content ?? "";
    for (const line of [
      "relayhost = [smtp.example.net]:465",
      "smtp_tls_security_level = secure",
      "smtp_tls_wrappermode = yes",
      "smtp_sasl_password_maps = texthash:/etc/postfix/tables/relay-login",
    ])
      expect(mainCf.split("\n")).toContain(line);
    expect(files.get("/etc/postfix/tables/relay-login")).toMatchObject({
      content: "[smtp.example.net]:465 anna:over: hill\n",
      mode: "0600",
      secret: true,
    });
    expect(postfix()?.packages).toContain("libsasl2-modules");
  });

  it("a relay host that asks for no login is given none", () => {
    const files = filesOf({ relayHost: { hostname: "smtp.example.net" } });
    expect(files["/etc/postfix/main.cf"]?.content).toMatch(/^relayhost = \[smtp\.example\.net\]:587$/m);
    expect(files["/etc/postfix/main.cf"]?.content).not.toContain("smtp_sasl");
    expect(files["/etc/postfix/tables/relay-login"]).toBeUndefined();
  });
});
