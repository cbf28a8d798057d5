import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { comment, mark } from "../../ci/comment";
import { withoutCredentials } from "../../ci/withoutCredentials";
import { mailServerSchema, secretMembers } from "../../components/schema";
import { validate } from "../../components/validate";
import type { MailServerArgs } from "../../index";
import { checkout } from "../../lab/paths";
import { hostKey } from "./fixture";

const urn = (type: string, name: string) => `[urn=urn:pulumi:production::mail::${type}::${name}]`;
const file = (name: string, lines: string) => `    ~ mailserver:index:HostFile: (update)
        ${urn("mailserver:index:HostFile", name)}
        access : "root:root 0644"
      ~ content: 
${lines}
`;
const preview = (changes: string, counts = "    ~ 1 to update\n    40 unchanged") => `Previewing update (production):
  pulumi:pulumi:Stack: (same)
    ${urn("pulumi:pulumi:Stack", "mail-production")}
${changes}Resources:
${counts}

`;

describe("a comment", () => {
  test("a comment says that nothing changes", () => {
    expect(comment("production", preview("", "    48 unchanged"))).toBe(
      `${mark("production")}\n### \`pulumi up\` on \`production\`: nothing changes\n`,
    );
  });

  test("a comment shows the lines of a file, in the order of names, with the sign where it is coloured", () => {
    const lines = "            anna mailbox\n          + ben mailbox\n          - carl mailbox";
    const both =
      file("mail/etc/b", lines) +
      file("mail/etc/a", "          + service imap {\n          +   port = 143\n          + }");
    expect(comment("production", preview(both))).toContain(`\`\`\`diff
@@ update mail/etc/a @@
! content:
+     service imap {
+       port = 143
+     }
@@ update mail/etc/b @@
! content:
      anna mailbox
+     ben mailbox
-     carl mailbox
\`\`\``);
  });

  test("a comment only names a command by which the component changes a machine, and shows what else is run", () => {
    const command = (types: string, name: string, property: string) => `    ~ command:local:Command: (update)
        [id=1]
        ${urn(types, name)}
      ~ environment: {
          ~ ${property}: "before" => "after"
        }
`;
    const server = "mailserver:index:MailServer$command:local:Command";
    const text = comment(
      "production",
      preview(
        command(server, "mail-probe", "MANIFEST") +
          command(`my:index:Site$${server}`, "site-probe", "SERVER") +
          command(server, "mail-MX", "RECORD") +
          command("command:local:Command", "own", "MANIFEST"),
      ),
    );
    expect(text).toContain("- update `mail-MX`, `mail-probe`, `own`, `site-probe`");
    expect(text.match(/^@@ .*$/gm)).toEqual(["@@ update mail-MX @@", "@@ update own @@"]);
  });

  test("a comment puts a new record on a line, and says of a value that it is known later", () => {
    const records = `    + cloudflare:index/dnsRecord:DnsRecord: (create)
        ${urn("x", "mail-example.net-SRV-imaps")}
        data    : {
            port    : 993
            target  : "mail.example.org"
        }
        name    : "_imaps._tcp.example.net"
    ~ cloudflare:index/dnsRecord:DnsRecord: (update)
        [id=1]
        ${urn("x", "mail-mail.example.org-TLSA")}
        [provider=p]
      - data   : {
          - usage       : 3
        }
      + data   : [unknown]
        name   : "_25._tcp.mail.example.org"
`;
    expect(comment("production", preview(records))).toContain(`@@ create mail-example.net-SRV-imaps @@
+ data: { port: 993, target: "mail.example.org" }
@@ update mail-mail.example.org-TLSA @@
! data: known after the change
\`\`\``);
  });

  test("a comment names what is secret and what is hidden, and shows neither", () => {
    const secret = `    ~ command:remote:Command: (update)
        ${urn("x", "mail-host-command")}
      ~ stdin (hidden)
    ~ mailserver:index:HostRole: (update)
        ${urn("x", "mail-dovecot")}
        packages: "dovecot-core"
        secrets : [secret]
`;
    expect(comment("production", preview(secret))).toContain(`
- update \`mail-dovecot\`, \`mail-host-command\`

\`\`\`diff
@@ update mail-dovecot @@
! secrets: [secret]
\`\`\``);
  });

  // Signs that few stacks ever see; test/preview/ci/actions.test.ts asks the engine itself for the others.
  test.each([
    ["+-", "replace"],
    ["++", "create-replacement"],
    ["--", "delete-replaced"],
    ["=>", "import-replacement"],
    ["<<", "discard-replaced"],
    ["~ ", "remove-pending-replace"],
  ])("a comment tells one change from the next where the engine writes %s%s", (sign, action) => {
    const next = `    ${sign}ovh:Domain/zoneRecord:ZoneRecord: (${action}) 🔒\n        ${urn("x", "b")}\n`;
    const both = preview(file("a", "          + one") + next, `    ~ 1 to update\n    ${sign}1 to ${action}`);
    const said = comment("production", both);
    expect(said).toContain(`: 1 to update, 1 to ${action}\n`);
    expect(said.match(/^- .*/gm)?.sort()).toEqual([`- ${action} \`b\``, "- update `a`"].sort());
  });

  test.each([
    ["> ", "read"],
    [">>", "read-replacement"],
    ["< ", "discard"],
  ])("a comment leaves out what is only looked at, which the engine writes %s%s", (sign, action) => {
    const next = `    ${sign}ovh:Domain/zoneRecord:ZoneRecord: (${action})\n        ${urn("x", "b")}\n`;
    expect(comment("production", preview(file("a", "          + one") + next))).toBe(
      comment("production", preview(file("a", "          + one"))),
    );
  });

  test("a comment repeats why a preview was refused", () => {
    const refused = `${preview("")}error: The mail server's args have one problem:\n  hostname: "mail" has one label only\n`;
    expect(comment("production", refused)).toContain(
      ': refused\n\n```\nerror: The mail server\'s args have one problem:\n  hostname: "mail"',
    );
    const offence =
      "    pulumi-mailserver@v0.1.0 [mandatory] [severity: medium]  dmarc-strength  (ovh:Domain/zoneRecord:ZoneRecord: mail-example.org-DMARC)Why.\np=none\n";
    expect(comment("production", `${preview(offence)}error: preview failed\n`)).toContain(
      "refused\n\n```\n[mandatory] [severity: medium]  dmarc-strength  (ovh:Domain/zoneRecord:ZoneRecord: mail-example.org-DMARC)\nWhy.\np=none\n```",
    );
  });

  test("a comment says before the diff what happens to what, and first of all what goes", () => {
    const each = (sign: string, action: string, name: string) =>
      `    ${sign}command:local:Command: (${action})\n        ${urn("x", name)}\n`;
    const all = [
      each("+ ", "create", "a"),
      each("~ ", "update", "b"),
      each("- ", "delete", "c"),
      each("+-", "replace", "d"),
    ];
    expect(comment("production", preview([...all, each("- ", "delete", "e")].join("")))).toContain(
      "\n\n- delete `c`, `e`\n- replace `d`\n- update `b`\n- create `a`\n",
    );
  });

  describe("is never longer than GitHub allows", () => {
    const record = (action: string, name: string) =>
      `    ${action === "delete" ? "-" : "+"} ovh:Domain/zoneRecord:ZoneRecord: (${action})\n        ${urn("x", name)}\n`;
    const offence = (name: string) =>
      `    pack@v0.1.0 [mandatory]  ptr  (ovh:Domain/zoneRecord:ZoneRecord: ${name})Why.\nno PTR record\n`;
    const many = (what: (name: string) => string) =>
      Array.from({ length: 3000 }, (_, index) => what(`r${index}`)).join("");
    const diff = file("mail/etc/a", "          + a line\n".repeat(20_000));
    const error = `error: no\n${"    at a line\n".repeat(20_000)}`;

    test.each<[string, string, string[]]>([
      [
        "changes",
        preview(many((name) => record("create", name)) + record("delete", "z")),
        ["- delete `z`\n- create `r0`"],
      ],
      ["lines", preview(diff), ["- update `mail/etc/a`", "! content:\n+     a line\n"]],
      ["offences", preview(diff) + many(offence), ["ZoneRecord: r0)\nWhy.\nno PTR", "! content:\n+     a line\n"]],
      [
        "errors",
        preview(many(offence) + diff) + error,
        ["r0)\nWhy.", "error: no\n    at", "! content:\n+     a line\n"],
      ],
      [
        "words in one error",
        `${preview(diff)}error: ${"no ".repeat(100_000)}`,
        ["error: no no", "! content:\n+     a line\n"],
      ],
    ])("a comment is never longer than GitHub allows, however many %s there are", (_, printed, shown) => {
      const said = comment("production", printed);
      expect(said.length).toBeLessThanOrEqual(65_536);
      expect(said).toContain("\n… shortened: the log of the job shows the rest");
      for (const each of shown) expect(said).toContain(each);
    });

    test("a comment that was shortened is whole: no fence inside ends it", () => {
      const ticks = comment("production", preview(file("mail/etc/a", "          + ```\n".repeat(20_000))));
      expect(ticks.length).toBeLessThanOrEqual(65_536);
      expect(ticks).toMatch(/\n````diff\n[\s\S]*\n````\n/);
      const fences = comment("production", `${preview("")}error: ${"`".repeat(60_000)}`);
      expect(fences.length).toBeLessThanOrEqual(65_536);
    });
  });
});

describe("a stack file without credentials", () => {
  const production = {
    encryptionsalt: "v1:salt",
    config: {
      "mail:hostname": "mail.example.org",
      "mail:operatingSystem": "debian-13",
      "mail:host": { ovhVps: { serviceName: "vps-1.vps.ovh.net", hostKey, enableEdgeFirewall: true } },
      "mail:domains": [{ name: "example.org", dns: { cloudflare: { zoneId: "1".repeat(32) } } }],
      "mail:mailboxes": [
        { address: "anna@example.org", password: { secure: "v1:sealed" } },
        { address: "ben@example.org", passwordHash: { secure: "v1:sealed" } },
        { address: "carla@example.org", weakPasswordHash: { secure: "v1:sealed" } },
      ],
      "mail:certificate": { acme: { email: "postmaster@example.org" } },
      "mail:dns": { ovh: { ttl: 300 } },
      "mail:reverseDns": { ovh: {} },
    },
  };

  const validated = (config: Record<string, unknown>) =>
    validate(
      Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.replace("mail:", ""), value]),
      ) as unknown as MailServerArgs,
    );

  test("a stack file without credentials is valid, and holds nothing that only the owner knows or has", () => {
    const { config } = withoutCredentials(production);
    expect(() => validated(config)).not.toThrow();
    expect(JSON.stringify(config)).not.toMatch(/secure|sealed|ovh|cloudflare/i);
    expect(config["mail:certificate"]).toEqual(production.config["mail:certificate"]);
  });

  const secure = { secure: "v1:sealed" };

  test("a stack file without credentials keeps a machine that everybody may know, without its key", () => {
    const ssh = { ipv4Address: "198.51.100.7", hostKey, privateKey: secure };
    const { config } = withoutCredentials({ config: { "mail:host": { ssh } } });
    expect(config["mail:host"]).toEqual({ ssh: { ...ssh, privateKey: expect.stringContaining("PRIVATE KEY") } });
  });

  test.each(Object.keys(mailServerSchema.shape))(
    "a stack file in which all of %s is a secret is refused, as it is by the program",
    (member) => {
      const config = { [`mail:${member}`]: secure };
      expect(() => withoutCredentials({ config })).toThrow(`mail:${member} was set with --secret`);
    },
  );

  test("a stack file without credentials keeps what the program itself reads as a secret", () => {
    const { config } = withoutCredentials({ config: { "app:host": secure, "mail:word": secure } });
    expect(config).toEqual({ "app:host": expect.any(String), "mail:word": expect.any(String) });
  });

  test.each([null, {}, { config: null }])(
    "a stack file without credentials is empty where there is no config: %j",
    (file) => {
      expect(withoutCredentials(file)).toEqual({ config: {} });
    },
  );

  test("a stack file without credentials is valid whatever was a secret in it", () => {
    const config = {
      ...production.config,
      "mail:host": { ssh: { ipv4Address: "198.51.100.7", hostKey, privateKey: secure, privateKeyPassword: secure } },
      "mail:relayHost": { hostname: "relay.example.net", user: "mail", password: secure },
      "mail:dns": { rfc2136: { server: "198.51.100.53", keyName: "key", keySecret: secure } },
      "mail:mailboxes": [
        ...production.config["mail:mailboxes"],
        { address: "carl@example.org", weakPasswordHash: secure },
      ],
      "mail:certificate": { acme: { externalAccount: { keyId: "kid-1", hmacKey: secure } } },
      "mail:dnsAccounts": [
        { name: "a", cloudflare: { apiToken: secure } },
        { name: "b", hetzner: { token: secure } },
        { name: "c", ovh: { applicationKey: secure, applicationSecret: secure, consumerKey: secure } },
        { name: "d", ovh: { clientId: secure, clientSecret: secure } },
        { name: "e", ovh: { accessToken: secure } },
      ],
    };
    const sealed = [...JSON.stringify(config).matchAll(/"(\w+)":\{"secure"/g)].map(([, member]) => member);
    expect(new Set(sealed)).toEqual(secretMembers);
    expect(() => validated(withoutCredentials({ config }).config)).not.toThrow();
  });
});

describe("the page about pull requests", () => {
  const page = readFileSync(join(checkout, "docs/pull-requests.md"), "utf8");

  test.each(["github-preview.yml", "gitlab-ci.yml"])(
    "the page about pull requests says how %s is with the npm package",
    (file) => {
      const scripts = readFileSync(join(checkout, "docs/ci", file), "utf8").match(/npx --no tsx \S+/g) ?? [];
      expect(new Set(scripts).size).toBe(3);
      for (const script of scripts) expect(page).toContain(`| \`${script}\` `);
    },
  );

  test("the page about pull requests names each secret of the workflow", () => {
    const workflow = readFileSync(join(checkout, "docs/ci/github-preview.yml"), "utf8");
    const secrets = [...workflow.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name);
    expect(secrets).toContain("PULUMI_ACCESS_TOKEN");
    for (const name of secrets) expect(page).toContain(`\`${name}\``);
  });

  test("the page about pull requests names programs that are in the npm package", () => {
    const { include } = JSON.parse(readFileSync(join(checkout, "tsconfig.build.json"), "utf8")) as {
      include: string[];
    };
    const named = [...page.matchAll(/node_modules\/pulumi-mailserver\/dist\/(\w+)\/(\w+)\.js/g)];
    expect(named).toHaveLength(2);
    for (const [, folder = "", name] of named) {
      expect(include).toContain(folder);
      expect(existsSync(join(checkout, folder, `${name}.ts`))).toBe(true);
    }
  });
});

/** What sets a job up at GitLab, with a stand-in for the network. */
describe("the workflow for GitLab", () => {
  const folder = mkdtempSync(join(tmpdir(), "gitlab-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const gitlab = parse(readFileSync(join(checkout, "docs/ci/gitlab-ci.yml"), "utf8"));
  const isFetching = (line: string) => !/^(apt-get|npm) /.test(line);
  const script = ["set -eo pipefail", ...gitlab.default.before_script.filter(isFetching), "pulumi version"].join("\n");

  /** Runs it where GitHub has an archive, and Pulumi's site a checksum of this content. */
  const setUp = (published: (archive: Buffer, name: string) => string) => {
    const net = mkdtempSync(join(folder, "net-"));
    mkdirSync(join(net, "pulumi"));
    writeFileSync(join(net, "pulumi", "pulumi"), "#!/bin/sh\necho this is pulumi $1\n", { mode: 0o755 });
    const name = `pulumi-v${gitlab.variables.PULUMI_VERSION}-linux-${process.arch}.tar.gz`;
    execFileSync("tar", ["-czf", join(net, name), "-C", net, "pulumi"]);
    writeFileSync(
      join(net, `pulumi-${gitlab.variables.PULUMI_VERSION}-checksums.txt`),
      published(readFileSync(join(net, name)), name),
    );
    const curl = `#!/bin/sh\n[ "$2" = --output ] && exec cp "$NET/\${4##*/}" "$3"\nexec cat "$NET/\${2##*/}"\n`;
    writeFileSync(join(net, "curl"), curl);
    chmodSync(join(net, "curl"), 0o755);
    const env = { ...process.env, ...gitlab.variables, NET: net, TMPDIR: folder, PATH: `${net}:${process.env.PATH}` };
    return execFileSync("bash", ["-c", script], { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  };
  const checksum = (content: Buffer) => createHash("sha256").update(content).digest("hex");

  test("the workflow for GitLab runs the Pulumi whose checksum Pulumi's own site publishes", () => {
    expect(setUp((archive, name) => `${"0".repeat(64)}  other\n${checksum(archive)}  ${name}\n`)).toBe(
      "this is pulumi version\n",
    );
  });

  test.each([
    ["another archive", (name: string) => `${"0".repeat(64)}  ${name}\n`],
    ["another version", () => `${"0".repeat(64)}  pulumi-v3.0.0-linux-x64.tar.gz\n`],
    ["nothing", () => ""],
  ])("the workflow for GitLab runs none where that says of %s", (_, published) => {
    expect(() => setUp((__, name) => published(name))).toThrow();
  });

  test("the workflow for GitLab has an image of one whole version", () => {
    expect(gitlab.default.image).toMatch(/^node:\d+\.\d+\.\d+-\w+$/);
  });
});

test("the workflows have a Node.js that is maintained: 20 is not, since April 2026", () => {
  const texts = ["github-preview.yml", "gitlab-ci.yml"].map((name) => join(checkout, "docs/ci", name));
  const versions = texts.flatMap((path) => [
    ...readFileSync(path, "utf8").matchAll(/(?:node-version: |image: node:)(\d+)/g),
  ]);
  expect(versions).toHaveLength(4);
  for (const [, major] of versions) expect(Number(major)).toBeGreaterThanOrEqual(22);
});
