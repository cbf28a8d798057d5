import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as ovh from "@ovhcloud/pulumi-ovh";
import * as pulumi from "@pulumi/pulumi";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DmarcPolicy, MailDns, MailHost, MailServer } from "../../index";
import { engineEnvironment } from "../../lab/engine/engine";
import { checkout, inLab } from "../../lab/paths";
import { startablePack } from "../../lab/policyPack";
import { Account, CLOUD_FOLDER } from "../../lab/providers/cloud/account";
import { deliveredVps, emptyOvh } from "../../lab/providers/ovh/api";
import { home, prepareEngine } from "../../lab/stack";
import { exampleArgs, hostKey } from "../unit/fixture";
import { TestCloud } from "../unit/providers/cloud";

const vps = "vps-1.vps.ovh.net";
const credentials = { OVH_ENDPOINT: "ovh-eu", OVH_CLIENT_ID: "id", OVH_CLIENT_SECRET: "secret" };

/** The pack as the real engine runs it, on previews of a server with all that it looks at. */
describe("the policy pack", () => {
  const cloud = new TestCloud();
  let stack: Stack;
  let pack: string;
  let program = async () => {};

  beforeAll(async () => {
    new Account(cloud.folder, "ovh", emptyOvh).change((state) => {
      state.zones = { "example.org": { records: [] }, "example.com": { records: [] } };
      state.vps[vps] = deliveredVps("198.51.100.7", "2001:db8:51::7");
    });
    const engine = await prepareEngine();
    pack = startablePack(engine, home, join(checkout, "policy"), inLab("policy"));
    const state = join(cloud.folder, "state");
    mkdirSync(state);
    const run = engineEnvironment({ binDir: engine.binDir, home, state, passphrase: "test" }) as Record<string, string>;
    // The Automation API looks for the command line on this process's own PATH.
    process.env.PATH = run.PATH;
    const envVars = { ...run, ...credentials, [CLOUD_FOLDER]: cloud.folder };
    stack = await LocalWorkspace.createOrSelectStack(
      { stackName: "test", projectName: "test", program: () => program() },
      { envVars, pulumiHome: home },
    );
  });

  afterAll(() => cloud.remove());

  const server = (changes: Parameters<typeof exampleArgs>[0] = {}) =>
    new MailServer(
      "mail",
      exampleArgs({
        host: { ovhVps: { serviceName: vps, hostKey, enableEdgeFirewall: true } },
        dns: { ovh: {} },
        reverseDns: { ovh: {} },
        ...changes,
      }),
    );

  it("the policy pack has nothing to say of what the component makes of its args and what goes well with it, and reads its configuration", async () => {
    program = async () => {
      const domains = [{ name: "example.org", dmarc: { p: DmarcPolicy.None } }, { name: "example.com" }];
      const mail = server({ domains });
      const another = { ip: "198.51.100.9/32", ReverseIp: "198.51.100.9", ReverseValue: "db.example.org." };
      new ovh.ip.Reverse("database", another);
      new ovh.domain.ZoneRecord(
        "mx",
        { zone: "example.org", subdomain: "news", fieldtype: "MX", target: "5 mail.example.org.", ttl: 300 },
        { dependsOn: mail },
      );
    };
    const asked = join(cloud.folder, "policy.json");
    writeFileSync(asked, JSON.stringify({ "dmarc-strength": { weakest: "none" } }));
    const { stdout } = await stack.preview({ policyPacks: [pack], policyPackConfigs: [asked], color: "never" });
    expect(stdout).toMatch(/Policies:\n\s+✅ pulumi-mailserver@v/);
    expect(offences(stdout)).toEqual([]);
  });

  it("the policy pack has nothing to say of the machine and its records as two components", async () => {
    program = async () => {
      const { hostname, operatingSystem, host, domains, mailboxes, aliases, certificate } = exampleArgs();
      const { ssh } = host;
      if (!ssh) throw new Error("the example is reached by SSH");
      const { ipv4Address, ipv6Address } = ssh;
      const machine = new MailHost("mail", {
        hostname,
        operatingSystem,
        host,
        domains,
        mailboxes,
        aliases,
        certificate,
      });
      const { dkimPublicKeys, certificateSpkiSha256, acmeAccountUri } = machine;
      new MailDns("records", {
        ...{ hostname, certificate, ipv4Address, ipv6Address, dkimPublicKeys, certificateSpkiSha256, acmeAccountUri },
        domains: domains.map(({ name }) => ({ name })),
        dns: { ovh: {} },
        reverseDns: { ovh: {} },
      });
    };
    const { stdout } = await stack.preview({ policyPacks: [pack], color: "never" });
    expect(stdout).toMatch(/Policies:\n\s+✅ pulumi-mailserver@v/);
    expect(offences(stdout)).toEqual([]);
  });

  it("the policy pack stops a program that spoils it, and says of each offence what was found and what to do", async () => {
    program = async () => {
      pulumi.runtime.registerStackTransformation(spoil);
      const domains = [
        { name: "example.org", dmarc: { p: DmarcPolicy.None }, dkim: { selector: "s2019" } },
        { name: "example.com" },
      ];
      server({ domains });
      const record = { zone: "example.org", ttl: 300 };
      new ovh.domain.ZoneRecord("spf", { ...record, fieldtype: "TXT", target: '"v=spf1 a -all"' });
      new ovh.domain.ZoneRecord("mx", { ...record, subdomain: "news", fieldtype: "MX", target: "5 mail.example.org." });
    };
    const output = await stack.preview({ policyPacks: [pack], color: "never" }).then(
      () => "",
      (error: Error) => error.message,
    );
    expect(output).toContain("error: preview failed");
    expect(offences(output)).toEqual([
      "mandatory mx-after-host mx",
      "mandatory no-cleartext-login mail/etc/postfix/main.cf",
      "mandatory no-open-relay mail/etc/postfix/main.cf",
      "mandatory no-plain-secret mail-host-command",
      "mandatory no-plain-secret mail/etc/opendkim/key-table",
      "mandatory dkim-key-size mail-dkim-mail-example.com",
      "mandatory dkim-key-size mail-dkim-mail-mail.example.org",
      "mandatory dkim-key-size mail-dkim-s2019-example.org",
      "mandatory edge-firewall-limits mail-edge-19",
      "mandatory ptr-is-helo mail-reverse-v4",
      "mandatory spf-evaluable spf",
      "mandatory tls-1.2-or-newer mail/etc/postfix/main.cf",
      "mandatory dmarc-strength mail-example.org-DMARC",
      "advisory dkim-key-age mail/etc/opendkim/signing-table",
    ]);
    expect(output).toContain("smtpd_relay_restrictions = permit_mynetworks, permit lets strangers send to strangers");
    expect(output).not.toContain("$2y$");
  });
});

/** How seriously, which policy, and which resource, as the command line lists them. */
function offences(output: string): string[] {
  const lines = [...output.matchAll(/^\s+- \[(\w+)\] .*\]\s+(\S+)\s+\(\S+: (\S+)\)$/gm)];
  return [...new Set(lines.map(([, level, policy, resource]) => `${level} ${policy} ${resource}`))];
}

/** What somebody might do to the component's resources behind its back. */
const spoil: pulumi.ResourceTransformation = ({ type, name, props, opts }) => {
  const edit = (from: string, to: string) => {
    expect(props.content).toContain(from);
    props.content = props.content.replace(from, to);
  };
  if (name === "mail/etc/postfix/main.cf") {
    edit("permit_mynetworks,\n    reject_unauth_destination", "permit_mynetworks,\n    permit");
    edit("smtpd_tls_mandatory_protocols = >=TLSv1.2", "smtpd_tls_mandatory_protocols = >=TLSv1");
    edit("smtpd_tls_auth_only = yes", "smtpd_tls_auth_only = no");
  }
  if (name === "mail/etc/opendkim/key-table") props.content += "-----BEGIN PRIVATE KEY-----\n";
  if (type === "tls:index/privateKey:PrivateKey") props.rsaBits = 1024;
  if (name === "mail-host-command") {
    // What the DKIM keys go into is not known in a first preview.
    props.stdin = "known";
    (opts as pulumi.CustomResourceOptions).additionalSecretOutputs = ["stdout"];
  }
  if (name === "mail-edge-19") props.action = "permit";
  if (name === "mail-reverse-v4") props.reverseValue = props.ReverseValue = "vps-1.vps.ovh.net.";
  return { props, opts };
};
