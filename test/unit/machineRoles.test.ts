import { describe, expect, it } from "vitest";
import type { MailServerArgs } from "../../components/args";
import { clientSettings } from "../../components/clientSettings";
import { records } from "../../components/plannedRecords";
import { probedPorts } from "../../components/probe";
import { resolve } from "../../components/resolve";
import { openPorts } from "../../components/services/openPorts";
import { roles } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, factsOf, modelFor } from "./fixture";

const modelOf = (changes: Partial<MailServerArgs> = {}) => modelFor(validate(exampleArgs(changes)));
const fileOf = (path: string, changes: Partial<MailServerArgs>) =>
  roles(modelOf(changes))
    .flatMap(({ files }) => files)
    .find((file) => file.path === path)?.content ?? "";
const refused = (changes: Partial<MailServerArgs>) => () => validate(exampleArgs(changes));

const facts = factsOf({ dkimPublicKeys: {}, ipv4Address: "198.51.100.7", ipv6Address: "2001:db8:51::7" });

describe("ports of mail programs", () => {
  const bare = { enableSubmissionStartTls: false, enableImapStartTls: false };

  it("587 and 143 that are switched off are in no configuration, no firewall, no jail, no probe and no client settings", () => {
    const model = modelOf(bare);
    expect(openPorts(model).map(({ number }) => number)).toEqual([22, 25, 80, 465, 993]);
    expect(fileOf("/etc/postfix/master.cf", bare)).not.toMatch(/^submission inet/m);
    expect(fileOf("/etc/dovecot/dovecot.conf", bare)).toMatch(/inet_listener imap \{\n {4}port = 0\n/);
    expect(fileOf("/etc/fail2ban/jail.d/pulumi-mailserver.conf", bare)).toContain("port = 465,993\n");
    const asked = roles(model).flatMap(({ probes = [] }) => probes.flatMap(({ port }) => port?.port ?? []));
    expect(asked.sort()).toEqual([25, 465, 993]);
    expect(probedPorts(model).map(({ number }) => number)).toEqual([25, 465, 993]);
    const { incoming, outgoing } = clientSettings(model);
    expect([...incoming, ...outgoing].map(({ port }) => port)).toEqual([993, 465]);
    const srv = records(resolve(validate(exampleArgs(bare))), facts);
    const at = (name: string) => srv.find((each) => each.name === name)?.value;
    expect(at("_imap._tcp.example.org")).toBe("");
    expect(at("_submission._tcp.example.org")).toBe("");
    expect(at("_submissions._tcp.example.org")).toBe("mail.example.org");
  });

  it("a further port of submission demands what 587 demands, and SRV records name 587 alone", () => {
    const more = { additionalSubmissionPorts: [2525, 24] };
    const entries = fileOf("/etc/postfix/master.cf", more).split(/\n(?! )/);
    const entry = (name: string) => entries.find((each) => each.startsWith(`${name} `)) ?? "";
    const options = (name: string) => entry(name).split("\n").slice(2);
    expect(options("2525").length).toBeGreaterThan(8);
    expect(options("2525")).toEqual(options("submission"));
    expect(options("24")).toEqual(options("submission"));
    const model = modelOf(more);
    expect(openPorts(model).map(({ number }) => number)).toEqual([22, 24, 25, 80, 143, 465, 587, 993, 2525]);
    expect(clientSettings(model).outgoing.map(({ port }) => port)).toEqual([465, 587, 24, 2525]);
    expect(probedPorts(model)).toContainEqual({ number: 2525, service: "submission" });
    const [, sessions] =
      roles(model).flatMap(({ files }) => files.flatMap(({ endSessions = [] }) => endSessions)) ?? [];
    expect(sessions?.at(-1)).toContain("sport = :2525");
    const srv = records(model, facts);
    expect(srv.filter(({ name }) => name === "_submission._tcp.example.org").map((each) => each.srv?.port)).toEqual([
      587,
    ]);
  });

  it("a further port of submission that is another's, or there twice, is refused", () => {
    expect(refused({ additionalSubmissionPorts: [465] })).toThrow(/465 is the mail server's port of submissions/);
    expect(refused({ additionalSubmissionPorts: [80] })).toThrow(/80 is the mail server's port of http/);
    expect(refused({ additionalSubmissionPorts: [2525, 2525] })).toThrow(
      /additionalSubmissionPorts\[1\]: 2525 is there already/,
    );
    expect(refused({ additionalSubmissionPorts: [587], enableSubmissionStartTls: false })).toThrow(
      /587 is switched off by enableSubmissionStartTls/,
    );
    expect(refused({ additionalSubmissionPorts: [22] })).toThrow(/host.ssh.port: 22 is a port of the mail server/);
    expect(refused({ additionalSubmissionPorts: [2525], firewall: { additionalTcpPorts: [2525] } })).toThrow(
      /firewall.additionalTcpPorts\[0\]: 2525 is a port of the mail server/,
    );
  });
});
