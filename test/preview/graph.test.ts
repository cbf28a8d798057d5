import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MailServerArgs } from "../../components/args";
import { type PreviewStep, Stack } from "../lab/stack";
import { exampleArgs } from "../unit/fixture";
import { directly, waitsFor } from "./waits";

/** The resource graph as the real engine sees it in a preview, which needs neither a machine nor a network. */
describe("the resource graph", () => {
  let stack: Stack;
  let all: PreviewStep[];
  let steps: Map<string, PreviewStep>;

  const published: MailServerArgs = exampleArgs({
    dns: { rfc2136: { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" } },
    reverseDns: { rfc2136: { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" } },
  });
  const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";
  const step = (name: string) => {
    const found = steps.get(name);
    if (!found?.newState) throw new Error(`no resource ${name}; there are ${[...steps.keys()].join(", ")}`);
    return found.newState;
  };
  const waits = (name: string) => waitsFor(name, new Map([...steps].map(([each, { newState }]) => [each, newState])));

  beforeAll(async () => {
    stack = await Stack.create("graph");
    all = await stack.previewSteps(published);
    steps = new Map(all.map((each) => [nameOf(each.urn), each]));
  });

  afterAll(() => stack?.forget());

  it("the resource graph has these resources and no others", () => {
    const shown = all
      .filter(({ newState }) => newState && !newState.type.startsWith("pulumi:"))
      .map(({ urn, newState }) => `${newState?.type} ${nameOf(urn)}`)
      .filter((line) => !line.startsWith("mailserver:index:HostFile "));
    expect(shown.sort()).toMatchInlineSnapshot(`
      [
        "command:local:Command mail-confirmed",
        "command:local:Command mail-example.com-DKIM-mail",
        "command:local:Command mail-example.com-DMARC",
        "command:local:Command mail-example.com-MX",
        "command:local:Command mail-example.com-SPF",
        "command:local:Command mail-example.com-SRV-imap",
        "command:local:Command mail-example.com-SRV-imaps",
        "command:local:Command mail-example.com-SRV-pop3",
        "command:local:Command mail-example.com-SRV-pop3s",
        "command:local:Command mail-example.com-SRV-submission",
        "command:local:Command mail-example.com-SRV-submissions",
        "command:local:Command mail-example.org-DKIM-mail",
        "command:local:Command mail-example.org-DMARC",
        "command:local:Command mail-example.org-MX",
        "command:local:Command mail-example.org-SPF",
        "command:local:Command mail-example.org-SRV-imap",
        "command:local:Command mail-example.org-SRV-imaps",
        "command:local:Command mail-example.org-SRV-pop3",
        "command:local:Command mail-example.org-SRV-pop3s",
        "command:local:Command mail-example.org-SRV-submission",
        "command:local:Command mail-example.org-SRV-submissions",
        "command:local:Command mail-mail.example.org-A",
        "command:local:Command mail-mail.example.org-AAAA",
        "command:local:Command mail-mail.example.org-CAA-issue",
        "command:local:Command mail-mail.example.org-CAA-issuewild",
        "command:local:Command mail-mail.example.org-DKIM-mail",
        "command:local:Command mail-mail.example.org-SPF",
        "command:local:Command mail-mail.example.org-TLSA",
        "command:local:Command mail-probe",
        "command:local:Command mail-resolves",
        "command:local:Command mail-reverse-v4",
        "command:local:Command mail-reverse-v6",
        "command:remote:Command mail-host-certificate",
        "command:remote:Command mail-host-command",
        "command:remote:Command mail-host-packages",
        "mailserver:index:Activation mail-host",
        "mailserver:index:HostRole mail-certbot",
        "mailserver:index:HostRole mail-dovecot",
        "mailserver:index:HostRole mail-fail2ban",
        "mailserver:index:HostRole mail-firewall",
        "mailserver:index:HostRole mail-opendkim",
        "mailserver:index:HostRole mail-postfix",
        "mailserver:index:HostRole mail-spf",
        "mailserver:index:MailDns mail",
        "mailserver:index:MailDomain mail-example.com",
        "mailserver:index:MailDomain mail-example.org",
        "mailserver:index:MailHost mail",
        "mailserver:index:MailServer mail",
        "random:index/randomPassword:RandomPassword mail-password-salt",
        "tls:index/privateKey:PrivateKey mail-acme-account",
        "tls:index/privateKey:PrivateKey mail-dkim-mail-example.com",
        "tls:index/privateKey:PrivateKey mail-dkim-mail-example.org",
        "tls:index/privateKey:PrivateKey mail-dkim-mail-mail.example.org",
      ]
    `);
  });

  it("the resource graph hangs below the component, with names that begin with its name", () => {
    for (const { urn, newState } of all) {
      if (!newState || newState.type.startsWith("pulumi:") || nameOf(urn) === "mail") continue;
      const isFile = newState.type === "mailserver:index:HostFile";
      expect(nameOf(urn)).toMatch(isFile ? /^mail\// : /^mail-/);
      expect([nameOf(urn), nameOf(newState.parent ?? "")]).toEqual([
        nameOf(urn),
        expect.stringMatching(isFile ? /^mail-\w+$/ : /^mail(-host|-example\.org|-example\.com)?$/),
      ]);
    }
  });

  it("the resource graph groups by the machine, the server's records, and a node for each domain", () => {
    const below = (name: string) => step(name).parent?.split("::")[2]?.replaceAll("mailserver:index:", "");
    expect(below("mail-example.com-MX")).toBe("MailServer$MailDns$MailDomain");
    expect(below("mail-mail.example.org-A")).toBe("MailServer$MailDns");
    expect(below("mail-postfix")).toBe("MailServer$MailHost");
    expect(below("mail-probe")).toBe("MailServer");
  });

  it("the resource graph says where the machine is before it names it, names it before it touches it, and moves mail to it last", () => {
    const touched = "mail-host-command";
    for (const where of ["mail-mail.example.org-A", "mail-mail.example.org-AAAA"]) {
      expect(waits("mail-resolves")).toContain(where);
      expect(waits("mail-reverse-v4")).toContain(where);
      expect(waits("mail-example.org-SPF")).toContain(where);
      expect(waits(touched)).toContain(where);
    }
    for (const named of ["mail-reverse-v4", "mail-reverse-v6"]) {
      expect(waits(named)).toContain("mail-resolves");
      expect(waits("mail-confirmed")).toContain(named);
    }
    expect(waits(touched)).toEqual(
      expect.arrayContaining([
        ...["mail-confirmed", "mail-reverse-v4", "mail-reverse-v6"],
        ...["mail-example.org-DKIM-mail", "mail-mail.example.org-DKIM-mail"],
      ]),
    );
    for (const announced of ["mail-mail.example.org-TLSA", "mail-example.org-SRV-imaps"]) {
      expect(waits(announced)).toContain(touched);
      expect(waits("mail-example.org-MX")).toContain(announced);
    }
    expect(waits("mail-probe")).toContain(touched);
    expect(waits("mail-example.org-MX")).toEqual(expect.arrayContaining([touched, "mail-probe"]));
    expect(waits("mail-example.com-MX")).toEqual(expect.arrayContaining([touched, "mail-probe"]));
  });

  it("the resource graph has packages installed while names are published: the installation waits for no record and no name, the activation for it", () => {
    expect(waits("mail-host-packages").filter((name) => step(name).type !== "tls:index/privateKey:PrivateKey")).toEqual(
      [],
    );
    expect(waits("mail-host-command")).toContain("mail-host-packages");
  });

  it("the resource graph names none that the others wait for anyway: the state of a server with many domains would be that of their names", () => {
    expect(directly(step("mail-example.org-SPF"))).toEqual(["mail-resolves"]);
    expect(directly(step("mail-example.org-SRV-imaps"))).toEqual(["mail-host-certificate"]);
    expect(directly(step("mail-postfix"))).toEqual(["mail-host-certificate"]);
    expect(directly(step("mail-example.org-MX"))).not.toContain("mail-host-command");
    expect(directly(step("mail-host-command"))).not.toContain("mail-example.org-SPF");
  });

  it("the resource graph shows every public file line by line, and of secret ones that they change", () => {
    const file = step("mail/etc/postfix/main.cf");
    expect(nameOf(file.parent ?? "")).toBe("mail-postfix");
    expect(file.inputs?.content).toContain("myhostname = mail.example.org\n");
    expect(file.inputs?.access).toBe("root:root 0644");
    expect(steps.has("mail/etc/dovecot/dovecot.conf")).toBe(true);
    expect(steps.has("mail/etc/dovecot/passwd")).toBe(false);
    expect(Object.keys(step("mail-dovecot").inputs ?? {})).toContain("secrets");
    expect(Object.keys(step("mail-opendkim").inputs ?? {})).toContain("secrets");
    expect(Object.keys(step("mail-postfix").inputs ?? {})).not.toContain("secrets");
  });

  it("the resource graph keeps what must be secret a secret", () => {
    for (const command of [step("mail-host-packages"), step("mail-host-command")]) {
      expect(command.inputs?.connection).toBe("[secret]");
      expect(command.additionalSecretOutputs).toEqual(expect.arrayContaining(["stdout", "stderr"]));
    }
    expect(step("mail-example.org-MX").inputs?.stdin).toBe("[secret]");
    expect(JSON.stringify([...steps.values()])).not.toMatch(/\$2y\$|dG9wLXNlY3JldC1rZXk=/);
  });

  it("the resource graph shows what stands beside a secret in the stack's file", async () => {
    const relayHost = { hostname: "relay.example.net", user: "anna", password: "a password at the relay" };
    const beside = await stack.previewSteps({ ...published, relayHost });
    const shown = beside.find(({ urn }) => urn.endsWith("/etc/postfix/main.cf"))?.newState?.inputs?.content;
    expect(shown).toContain("relayhost = [relay.example.net]:587\n");
  });

  it("the resource graph asks for no DNS resource and waits for no name when the zone file is pasted by hand", async () => {
    const byHand = await stack.previewSteps(exampleArgs());
    const commands = byHand.filter(({ newState }) => newState?.type === "command:local:Command");
    expect(commands.map(({ urn }) => nameOf(urn))).toEqual(["mail-probe"]);
  });

  it("the resource graph moves mail to the machine without a probe when told so", async () => {
    const unproved = await stack.previewSteps({ ...published, enableProbe: false });
    expect(unproved.map(({ urn }) => nameOf(urn))).not.toContain("mail-probe");
    expect(unproved.map(({ urn }) => nameOf(urn))).toContain("mail-example.org-MX");
  });

  it("the resource graph publishes a record anew when `triggers` says so, and knows nothing of it otherwise", async () => {
    const asked = await stack.previewSteps({ ...published, triggers: ["again"] });
    const environments = [...asked, ...steps.values()]
      .filter(({ urn }) => nameOf(urn) === "mail-example.org-MX")
      .map(({ newState }) => newState?.inputs?.environment as Record<string, string>);
    expect(environments.map((each) => each.TRIGGERS)).toEqual(['["again"]', undefined]);
    expect(environments[0]?.RECORD).toBe(environments[1]?.RECORD);
  });

  it("the resource graph keeps the DKIM key in a switch to another one, and touches the host after both are published", async () => {
    const domains = [
      { name: "example.org", dkim: { selector: "next", standbySelectors: ["mail"] } },
      { name: "example.com" },
    ];
    const switched = await stack.previewSteps({ ...published, domains });
    const after = new Map(switched.map((each) => [nameOf(each.urn), each.newState]));
    const [last, next] = ["mail-dkim-mail-example.org", "mail-dkim-next-example.org"];
    expect(after.get(last)?.inputs).toEqual(step(last).inputs);
    expect(after.get(next)?.inputs).toEqual(step(last).inputs);
    expect(waitsFor("mail-host-command", after)).toEqual(
      expect.arrayContaining(["mail-example.org-DKIM-mail", "mail-example.org-DKIM-next"]),
    );
    expect(after.get("mail/etc/opendkim/signing-table")?.inputs?.content).toContain(
      "*@example.org next._domainkey.example.org\n",
    );
  });

  it("a preview lists everything that is wrong with the args, without a stack trace", async () => {
    const run = await stack.tryPreview({ ...published, hostname: "mail", domains: [] });
    expect(run.exitCode).not.toBe(0);
    const output = run.stdout + run.stderr;
    expect(output).toContain('hostname: "mail" has one label only');
    expect(output).toContain("domains: must name at least one domain");
    expect(output).not.toMatch(/\n\s+at /);
  });
});
