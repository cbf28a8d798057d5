import { describe, expect, it } from "vitest";
import { type MailServerArgs, OperatingSystem, RoleAddress } from "../../components/args";
import { roles } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor } from "./fixture";

const modelOf = (changes: Partial<MailServerArgs>) => modelFor(validate(exampleArgs(changes)));
const rolesOf = (changes: Partial<MailServerArgs>) => roles(modelOf(changes));
const filesOf = (changes: Partial<MailServerArgs>) =>
  new Map(rolesOf(changes).flatMap(({ files }) => files.map(({ path, content }) => [path, content])));
const table = (changes: Partial<MailServerArgs>, name: string) =>
  filesOf(changes).get(`/etc/postfix/tables/${name}`)?.trimEnd().split("\n");
const accounts = { systemAccounts: { names: ["zoe", "carl"] } };

describe("people with an account on the machine", () => {
  it.each(Object.values(OperatingSystem))(
    "on %s, no file speaks of accounts where there are none",
    (operatingSystem) => {
      for (const [path, content] of filesOf({ operatingSystem })) {
        expect(path).not.toMatch(/pam\.d|system-accounts/);
        if (path.includes("dovecot")) expect(content).not.toMatch(/pam|username_filter/);
      }
    },
  );

  it("their mail goes to Dovecot, and nothing that they write is run", () => {
    expect(table(accounts, "system-accounts")).toEqual([
      "carl lmtp:unix:private/dovecot-lmtp",
      "zoe lmtp:unix:private/dovecot-lmtp",
    ]);
    const mainCf = filesOf(accounts).get("/etc/postfix/main.cf");
    expect(mainCf).toContain("\nmailbox_transport_maps = hash:/etc/postfix/tables/system-accounts\nforward_path =\n");
    expect(mainCf).toContain("\nallow_mail_to_commands =\nallow_mail_to_files =\n");
    const forwarding = { systemAccounts: { ...accounts.systemAccounts, enableForwardFiles: true } };
    const withForward = filesOf(forwarding).get("/etc/postfix/main.cf");
    expect(withForward).not.toContain("forward_path");
    expect(withForward).toContain("\nallow_mail_to_commands =\nallow_mail_to_files =\n");
  });

  it("they log in by their names, and may send as their addresses and the aliases that lead to them", () => {
    const more = {
      ...accounts,
      aliases: [{ address: "info@example.org", destinations: ["carl@mail.example.org", "anna@example.org"] }],
      localAliases: [{ name: "contact", destinations: ["zoe@mail.example.org"] }],
      submission: { freeSenders: ["carl@mail.example.org"] },
    };
    const senders = table(more, "senders");
    expect(senders).toEqual(
      expect.arrayContaining([
        "carl@mail.example.org carl",
        "zoe@mail.example.org zoe",
        "contact@mail.example.org zoe",
        "info@example.org anna@example.org, carl",
      ]),
    );
    expect(modelOf(more).freeSenders).toEqual(["carl"]);
  });

  it.each(Object.values(OperatingSystem))(
    "on %s, a log-in by PAM is none that the file of mailboxes refuses: fail2ban would count it",
    (operatingSystem) => {
      const conf = filesOf({ ...accounts, operatingSystem }).get("/etc/dovecot/dovecot.conf") ?? "";
      expect(conf.match(/^(passdb|userdb)\b[^}]*passwd-file[^}]*\}/gm)).toEqual([
        expect.stringMatching(/\n {2}username_filter = \*@\*\n\}$/),
        expect.stringMatching(/\n {2}auth_verbose = no\n\}$/),
      ]);
    },
  );

  it("each must be a person's account that is there, in both connections to the machine", () => {
    const wanted = rolesOf(accounts).flatMap((role) => role.accounts ?? []);
    expect(wanted.filter(({ ids }) => ids)).toEqual([
      { user: "carl", ids: { first: 1000, last: 59_999 } },
      { user: "zoe", ids: { first: 1000, last: 59_999 } },
    ]);
  });
});

describe("names of the machine", () => {
  it("go to postmaster, unless an alias of that name goes elsewhere", () => {
    const changes = {
      localAliases: [
        { name: "contact", destinations: ["anna@example.org", "someone@example.net"] },
        { name: "abuse", destinations: ["ben@example.com"] },
      ],
      roleAddresses: [RoleAddress.Webmaster, RoleAddress.Hostmaster],
    };
    expect(table(changes, "local-aliases")).toEqual([
      "root anna@example.org",
      "postmaster anna@example.org",
      "abuse ben@example.com",
      "hostmaster anna@example.org",
      "webmaster anna@example.org",
      "contact anna@example.org, someone@example.net",
    ]);
  });

  it("roles are answered by each domain, but for those that are a mailbox or an alias", () => {
    const aliases = table(
      {
        aliases: [{ address: "security@example.org", destinations: ["ben@example.com"] }],
        roleAddresses: [RoleAddress.Security, RoleAddress.Noc],
      },
      "aliases",
    );
    expect(aliases).toEqual(
      expect.arrayContaining([
        "noc@example.com anna@example.org",
        "noc@example.org anna@example.org",
        "security@example.com anna@example.org",
        "security@example.org ben@example.com",
      ]),
    );
    expect(table({}, "aliases")?.join()).not.toMatch(/noc|security|webmaster|hostmaster/);
  });
});
