import { describe, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { roles } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor, passwordHash } from "./fixture";

const { Debian12, Debian13 } = OperatingSystem;
const modelOf = (changes: Partial<MailServerArgs>) => modelFor(validate(exampleArgs(changes)));
const filesOf = (changes: Partial<MailServerArgs>) =>
  new Map(roles(modelOf(changes)).flatMap(({ files }) => files.map(({ path, content }) => [path, content])));
const mailboxes = (quota?: string) => [
  { address: "anna@example.org", passwordHash, quota },
  { address: "ben@example.com", passwordHash },
];

describe("limits of mailboxes", () => {
  it.each([
    {},
    { quota: { warningPercentage: 80 } },
    { quota: { storageSize: "unlimited" } },
    { mailboxes: mailboxes("UNLIMITED") },
  ])("without a limit, %j, no file speaks of one", (changes) => {
    expect(filesOf(changes)).toEqual(filesOf({}));
    for (const [, content] of filesOf(changes)) expect(content).not.toContain("quota");
  });

  it.each([
    [Debian12, "*:storage=2G", "userdb_quota_rule=*:storage=500M"],
    [Debian13, "quota_storage_size = 2G", "userdb_quota_storage_size=500M"],
  ])("on %s, the limit of all and that of one mailbox stand in Dovecot's files", (operatingSystem, all, own) => {
    const files = filesOf({ operatingSystem, quota: { storageSize: "2g" }, mailboxes: mailboxes("500m") });
    expect(files.get("/etc/dovecot/dovecot.conf")).toContain(all);
    expect(files.get("/etc/dovecot/users")?.split("\n").slice(0, 2)).toEqual([
      `anna@example.org:::::::${own}`,
      "ben@example.com:::::::",
    ]);
  });

  it("a limit holds for the aliases that lead to one mailbox alone, over other aliases too", () => {
    const { quota } = modelOf({
      quota: { storageSize: "2G" },
      aliases: [
        { address: "info@example.org", destinations: ["sales@example.org"] },
        { address: "sales@example.org", destinations: ["Anna+sales@example.org"] },
        { address: "team@example.org", destinations: ["anna@example.org", "someone@example.net"] },
        { address: "away@example.org", destinations: ["someone@example.net"] },
        { address: "ben@example.com", destinations: ["info@example.org"] },
      ],
    });
    expect(quota?.aliases).toEqual([
      ["abuse@example.com", "anna@example.org"],
      ["abuse@example.org", "anna@example.org"],
      ["info@example.org", "anna@example.org"],
      ["postmaster@example.com", "anna@example.org"],
      ["postmaster@example.org", "anna@example.org"],
      ["sales@example.org", "anna@example.org"],
    ]);
  });

  it("every recipient is asked about but those of the machine's own mail, before clients are trusted", () => {
    const files = filesOf({ quota: { storageSize: "2G" }, trustedClients: ["203.0.113.9"] });
    expect(files.get("/etc/postfix/main.cf")).toMatch(
      /permit_mynetworks,\n +check_policy_service unix:private\/quota-status,\n +check_client_access/,
    );
    const submission =
      "smtpd_recipient_restrictions=reject_non_fqdn_recipient,reject_unlisted_recipient,check_policy_service,unix:private/quota-status,permit_sasl_authenticated,reject";
    expect(files.get("/etc/postfix/master.cf")?.split(submission)).toHaveLength(3);
  });
});
