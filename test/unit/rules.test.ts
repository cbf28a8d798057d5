import { describe, expect, it } from "vitest";
import {
  AccessAction,
  CheckAction,
  ClientCheck,
  type MailServerArgs,
  OperatingSystem,
  PatternType,
  type PostfixArgs,
  RecipientClass,
  SenderClass,
} from "../../components/args";
import { takesMailOfAnybody } from "../../components/services/postfix/ruleTables";
import { wantedHost } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor, noSecrets } from "./fixture";

const postfixOf = (postfix: PostfixArgs, more: Partial<MailServerArgs> = {}) => {
  const { roles } = wantedHost(modelFor(validate(exampleArgs({ ...more, postfix }))), "test", noSecrets);
  const role = roles.find(({ name }) => name === "postfix");
  if (!role) throw new Error("There is no Postfix");
  const files = new Map(role.files.map((file) => [file.path, file]));
  const mainCf = (files.get("/etc/postfix/main.cf")?.content ?? "").replaceAll(/,\n +/g, ", ").split("\n");
  const table = (name: string) => files.get(`/etc/postfix/tables/${name}`);
  return { role, mainCf, table, masterCf: files.get("/etc/postfix/master.cf")?.content ?? "" };
};
const settingOf = (mainCf: string[], name: string) =>
  mainCf.filter((line) => line.startsWith(`${name} =`)).map((line) => line.slice(name.length + 3));
const problems = (postfix: object, more: Partial<MailServerArgs> = {}) => {
  try {
    validate(exampleArgs({ ...more, postfix }));
  } catch (error) {
    return String(error);
  }
  return "";
};

describe("rules about messages", () => {
  it("rules about headers and bodies stand in a table each, one line a rule, after the server's own", () => {
    const { mainCf, masterCf, table } = postfixOf({
      headerChecks: [
        { pattern: "^X-Spam-Status:", action: CheckAction.Ignore },
        { pattern: "^Subject:.*a/b", action: CheckAction.Reject, text: "5.7.1 no advertisements" },
      ],
      bodyChecks: [{ pattern: "^begin 644", action: CheckAction.Warn }],
    });
    const lookup = "regexp:/etc/postfix/tables/header-checks";
    expect(table("header-checks")?.content).toBe(
      "/^X-Spam-Status:/ IGNORE\n~^Subject:.*a/b~ REJECT 5.7.1 no advertisements\n",
    );
    expect(settingOf(mainCf, "header_checks")).toEqual([`regexp:/etc/postfix/tables/result-headers, ${lookup}`]);
    expect(settingOf(mainCf, "mime_header_checks")).toEqual([lookup]);
    expect(settingOf(mainCf, "body_checks")).toEqual(["regexp:/etc/postfix/tables/body-checks"]);
    expect(masterCf).toContain(`tables/submission-headers, ${lookup} }`);
    expect(masterCf).toContain("  -o body_checks=\n");
  });

  it("rules about headers of parts leave those of messages as they are, and additions in main.cf come last", () => {
    const check = { action: CheckAction.Hold };
    const { mainCf } = postfixOf({
      headerChecks: [{ ...check, pattern: "a" }],
      mimeHeaderChecks: [{ ...check, pattern: "b" }],
      mainCf: { header_checks: "regexp:{ {/c/ HOLD} }" },
    });
    const headers = "regexp:/etc/postfix/tables/header-checks, regexp:{ {/c/ HOLD} }";
    expect(settingOf(mainCf, "header_checks")).toEqual([`regexp:/etc/postfix/tables/result-headers, ${headers}`]);
    expect(settingOf(mainCf, "mime_header_checks")).toEqual(["regexp:/etc/postfix/tables/mime-header-checks"]);
    expect(settingOf(mainCf, "nested_header_checks")).toEqual([headers]);
  });

  it("patterns in Perl's language need Postfix's package for it, and are judged by postmap before they are live", () => {
    const rules = { headerChecks: [{ pattern: "^X-(?!Kept)", action: CheckAction.Ignore }] };
    const { role } = postfixOf({ ...rules, patternType: PatternType.Pcre });
    expect(role.packages).toContain("postfix-pcre");
    expect(role.validations).toContainEqual(
      expect.objectContaining({
        command: [
          ...["postmap", "-c", "{stage}/etc/postfix", "-q", "192.0.2.1"],
          "unionmap:{static:known, pcre:{stage}/etc/postfix/tables/header-checks}",
        ],
        refuseOn: "warning:|error:|fatal:",
      }),
    );
    expect(role.units?.[0]?.reloadOn).toContain("/etc/postfix/tables/header-checks");
    expect(postfixOf({ patternType: PatternType.Pcre }).role.packages).not.toContain("postfix-pcre");
  });

  it.each(["(", "a)(b", "[a", "a\\", "*a", "a\nb", "a|+b", "", "ü", "/~%@,;:&="])(
    "the pattern %j is refused",
    (pattern) => {
      expect(problems({ headerChecks: [{ pattern, action: CheckAction.Ignore }] })).toContain(
        "postfix.headerChecks[0].pattern: ",
      );
    },
  );

  it.each(["[]a]", "[^]a(]", "\\(", "\\[", "[[:space:]]", "(a|b)+", "^\\*"])("the pattern %j is taken", (pattern) => {
    expect(problems({ headerChecks: [{ pattern, action: CheckAction.Ignore }] })).toBe("");
  });

  it.each([
    [{ action: CheckAction.Ignore, text: "why" }, "takes no text"],
    [{ action: CheckAction.Redirect }, "without a text"],
    [{ action: CheckAction.Bcc, text: "nobody" }, "must be an e-mail address"],
    [{ action: CheckAction.Reject, text: "a\n/./ DISCARD" }, "must be one line"],
    [{ action: "FILTER" }, "allowed are"],
  ])("a rule %j is refused", (rule, reason) => {
    expect(problems({ bodyChecks: [{ pattern: "a", ...rule }] })).toContain(reason);
  });
});

describe("addresses that are rewritten", () => {
  it("addresses are rewritten by a table of addresses, then by one of patterns, in the classes that were chosen", () => {
    const { mainCf, table } = postfixOf({
      senderCanonicalMaps: [{ address: "Anna@example.org", to: "team@example.org" }],
      senderCanonicalClasses: [SenderClass.Envelope],
      recipientCanonicalMaps: [
        { pattern: "^(.*)@[a-z]+\\.example\\.org$", to: "$1@example.org" },
        { address: "@old.example.org", to: "@example.org" },
      ],
      recipientCanonicalClasses: [RecipientClass.Envelope, RecipientClass.Header],
      smtpGenericMaps: [{ address: "root@mail.example.org", to: "postmaster@example.org" }],
    });
    expect(settingOf(mainCf, "sender_canonical_maps")).toEqual(["hash:/etc/postfix/tables/sender-canonical-maps"]);
    expect(settingOf(mainCf, "sender_canonical_classes")).toEqual(["envelope_sender"]);
    expect(settingOf(mainCf, "recipient_canonical_maps")).toEqual([
      "hash:/etc/postfix/tables/recipient-canonical-maps, regexp:/etc/postfix/tables/recipient-canonical-maps-patterns",
    ]);
    expect(settingOf(mainCf, "recipient_canonical_classes")).toEqual(["envelope_recipient, header_recipient"]);
    expect(table("sender-canonical-maps")).toMatchObject({
      content: "anna@example.org team@example.org\n",
      postmap: "hash",
    });
    expect(table("recipient-canonical-maps")?.content).toBe("@old.example.org @example.org\n");
    expect(table("recipient-canonical-maps-patterns")?.content).toBe(
      "/^(.*)@[a-z]+\\.example\\.org$/ $1@example.org\n",
    );
    expect(table("smtp-generic-maps")?.content).toBe("root@mail.example.org postmaster@example.org\n");
  });

  it.each([
    [{ to: "anna@example.org" }, "exactly one of address and pattern"],
    [{ address: "a@example.org", pattern: "a", to: "b@example.org" }, "exactly one of address and pattern"],
    [{ pattern: "^(.*)@(.*)$", to: "$1@$2" }, "the domain must be written out"],
    [{ pattern: "^.*$", to: "@example.org" }, "no name before the @"],
    [{ address: "a@example.org", to: "$1@example.org" }, "without a pattern"],
    [{ address: "#a@example.org", to: "b@example.org" }, "begins with #"],
  ])("the rewriting %j is refused", (rule, reason) => {
    expect(problems({ recipientCanonicalMaps: [rule] })).toContain(reason);
  });

  it("copies go to whom the stack says, who must exist", () => {
    const { mainCf, table } = postfixOf({
      alwaysBcc: "anna@example.org",
      senderBccMaps: [{ address: "ben@example.com", to: "anna@example.org" }],
      recipientBccMaps: [{ address: "@example.com", to: "someone@example.net" }],
    });
    expect(settingOf(mainCf, "always_bcc")).toEqual(["anna@example.org"]);
    expect(table("sender-bcc-maps")?.content).toBe("ben@example.com anna@example.org\n");
    expect(table("recipient-bcc-maps")?.content).toBe("@example.com someone@example.net\n");
    expect(problems({ alwaysBcc: "nobody@example.org" })).toContain("postfix.alwaysBcc: ");
    expect(problems({ senderBccMaps: [{ address: "@example.com", to: "nobody@example.org" }] })).toContain(
      "postfix.senderBccMaps[0].to: ",
    );
  });
});

describe("who is let in", () => {
  const reject = { action: AccessAction.Reject };

  it("lists of clients, names, senders and recipients stand before what is asked of everybody", () => {
    const { mainCf, table } = postfixOf(
      {
        clientAccess: [
          { name: "dynamic.example.net", ...reject, text: "5.7.1 no" },
          { address: "203.0.113.0/24", ...reject },
          { address: "192.0.2.1", action: AccessAction.Ok },
        ],
        heloAccess: [{ name: "LOCALHOST", ...reject }],
        senderAccess: [{ address: "advertising.example.net", ...reject }],
        recipientAccess: [{ address: "all@example.org", ...reject, text: "for the house only" }],
      },
      { trustedClients: ["198.51.100.1"] },
    );
    expect(settingOf(mainCf, "smtpd_client_restrictions")).toEqual([
      "permit_mynetworks, check_client_access cidr:/etc/postfix/tables/trusted-clients, " +
        "check_client_access cidr:/etc/postfix/tables/client-access-addresses, check_client_access hash:/etc/postfix/tables/client-access",
    ]);
    expect(table("client-access-addresses")?.content).toBe("203.0.113.0/24 REJECT\n192.0.2.1 OK\n");
    expect(table("client-access")?.content).toBe("dynamic.example.net REJECT 5.7.1 no\n");
    expect(table("helo-access")?.content).toBe("localhost REJECT\n");
    expect(settingOf(mainCf, "smtpd_helo_restrictions")[0]).toContain(
      "check_helo_access hash:/etc/postfix/tables/helo-access, reject_invalid",
    );
    expect(settingOf(mainCf, "smtpd_sender_restrictions")).toEqual([
      "reject_non_fqdn_sender, check_sender_access hash:/etc/postfix/tables/sender-access, reject_unknown_sender_domain",
    ]);
    expect(settingOf(mainCf, "smtpd_recipient_restrictions")[0]).toMatch(
      /permit_mynetworks, .*check_recipient_access hash:\/etc\/postfix\/tables\/recipient-access, check_policy_service/,
    );
  });

  it.each([
    ["clientAccess", { ...reject }, "exactly one of address and name"],
    ["heloAccess", { name: "a b", ...reject }, "is not a name"],
    ["senderAccess", { address: "<>", ...reject }, "postfix.senderAccess[0].address"],
    ["recipientAccess", { address: "#a@example.org", ...reject }, "begins with #"],
    ["senderAccess", { address: "a@example.org", action: "permit" }, "allowed are"],
  ])("an entry of %s that is none is refused", (member, entry, reason) => {
    expect(problems({ [member]: [entry] })).toContain(reason);
  });

  it("a key that is there twice is refused with its place", () => {
    const entry = (name: string) => ({ name, ...reject });
    expect(problems({ heloAccess: [entry("localhost"), entry("LocalHost")] })).toContain(
      'postfix.heloAccess[1].name: "localhost" is there already, as postfix.heloAccess[0]',
    );
  });

  it("clients without a name and clients on lists are warned of or refused as the stack says", () => {
    const { mainCf } = postfixOf({
      unknownReverseClientHostname: ClientCheck.Reject,
      unknownClientHostname: ClientCheck.Warn,
      dnsbls: [
        { domain: "zen.spamhaus.org", filter: "127.0.0.[2..11]" },
        { domain: "dnsbl.example.net", action: ClientCheck.Warn },
      ],
    });
    expect(settingOf(mainCf, "smtpd_client_restrictions")).toEqual([
      "permit_mynetworks, reject_unknown_reverse_client_hostname, warn_if_reject reject_unknown_client_hostname, " +
        "reject_rbl_client zen.spamhaus.org=127.0.0.[2..11], warn_if_reject reject_rbl_client dnsbl.example.net",
    ]);
    expect(problems({ dnsbls: [{ domain: "zen.spamhaus.org", filter: "127.0.0.2-11" }] })).toContain(
      "postfix.dnsbls[0].filter: ",
    );
  });

  it.each<[PostfixArgs, boolean]>([
    [{}, true],
    [{ senderAccess: [{ address: "advertising.example.net", ...reject }] }, true],
    [{ unknownReverseClientHostname: ClientCheck.Reject }, false],
    [{ dnsbls: [{ domain: "dnsbl.example.net" }] }, false],
    [{ clientAccess: [{ address: "203.0.113.0/24", ...reject }] }, false],
    [{ recipientAccess: [{ address: "postmaster@example.org", ...reject }] }, false],
    [{ rejectAllRecipients: true }, false],
  ])("recipients are asked for from where Pulumi runs only where no rule may refuse it: %j", (postfix, expected) => {
    expect(takesMailOfAnybody(modelFor(validate(exampleArgs({ postfix }))))).toBe(expected);
  });

  it("limits of clients are those of the stack", () => {
    const { mainCf } = postfixOf({ clientLimits: { connectionCount: 10, connectionRate: 30 } });
    expect(settingOf(mainCf, "smtpd_client_connection_count_limit")).toEqual(["10"]);
    expect(settingOf(mainCf, "smtpd_client_connection_rate_limit")).toEqual(["30"]);
    expect(settingOf(mainCf, "smtpd_client_auth_rate_limit")).toEqual(["120"]);
  });

  it("a server that refuses every recipient is asked whether it does", () => {
    const { mainCf, role } = postfixOf({ rejectAllRecipients: true });
    expect(settingOf(mainCf, "smtpd_recipient_restrictions")).toEqual(["reject"]);
    expect(role.probes).toContainEqual({
      recipients: {
        protocol: "smtp",
        port: 25,
        addresses: ["postmaster@example.com", "anna@example.org"],
        refused: true,
      },
    });
    expect(
      problems({ rejectAllRecipients: true, recipientAccess: [{ address: "a@example.org", ...reject }] }),
    ).toContain("postfix.recipientAccess: ");
  });

  it.each([
    ["body_checks", { bodyChecks: [{ pattern: "a", action: CheckAction.Hold }] }],
    ["smtpd_client_restrictions", { unknownClientHostname: ClientCheck.Warn }],
    ["smtpd_recipient_restrictions", { rejectAllRecipients: true }],
  ])("%s in mainCf beside the member that becomes it is refused", (name, rules) => {
    expect(problems({ ...rules, mainCf: { [name]: "reject" } })).toContain(`postfix.mainCf.${name}: is given beside`);
  });
});

it.each(Object.values(OperatingSystem))("without rules, %s has no table of them", (operatingSystem) => {
  const { role } = postfixOf({}, { operatingSystem });
  const names = role.files.map(({ path }) => path).filter((path) => path.startsWith("/etc/postfix/tables/"));
  expect(names.filter((path) => /checks|canonical|generic|bcc|access/.test(path))).toEqual([]);
});
