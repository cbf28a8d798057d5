import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DkimArgs, MailServerArgs } from "../../components/args";
import { withHostKeyIfGiven } from "../../components/dns/dkimKeys";
import { outlineOf, RecordPurpose } from "../../components/dns/record";
import { plannedRecords, records } from "../../components/plannedRecords";
import { wantedHost } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, factsOf, modelFor, noSecrets } from "./fixture";

const withDkim = (dkim: DkimArgs): MailServerArgs =>
  exampleArgs({ domains: [{ name: "example.com" }, { name: "example.org", dkim }] });
const modelOf = (dkim: DkimArgs) => modelFor(validate(withDkim(dkim)));

/** The key records of example.org, by selector; each key says whose it is. */
const recordsOf = (dkim: DkimArgs) => {
  const selectors = ["mail", "next", "last", "old"].map((each) => `${each}._domainkey.example.org`);
  const dkimPublicKeys = Object.fromEntries(
    selectors.map((name) => [name, `-----BEGIN PUBLIC KEY-----\n${name.split(".")[0]}\n-----END PUBLIC KEY-----\n`]),
  );
  const all = records(
    modelOf(dkim),
    factsOf({ ipv4Address: "198.51.100.7", ipv6Address: "2001:db8:51::7", dkimPublicKeys }),
  );
  return Object.fromEntries(
    all.filter((each) => each.dkimDomain === "example.org").map(({ name, value }) => [name.split(".")[0], value]),
  );
};

const fileOf = (dkim: DkimArgs, path: string) =>
  wantedHost(modelOf(dkim), "test", noSecrets)
    .roles.flatMap(({ files }) => files)
    .find((file) => file.path === path)?.content;

const keysOnHost = (dkim: DkimArgs) =>
  wantedHost(modelOf(dkim), "test", { ...noSecrets, opendkim: { "next._domainkey.example.org": "NEXT" } })
    .roles.flatMap(({ files }) => files)
    .filter(({ path }) => path.startsWith("/etc/dkimkeys/") && path.includes("_domainkey.example.org"))
    .map(({ path, content }) => [path.split("/")[3]?.split(".")[0], content]);

const problems = (dkim: DkimArgs): string => {
  try {
    validate(withDkim(dkim));
  } catch (error) {
    return (error as Error).message;
  }
  return "";
};

const unrevoked = "v=DKIM1; h=sha256; k=rsa; s=email; ";

describe("the keys of a domain", () => {
  it("the keys of a domain are one by default, which signs", () => {
    expect(recordsOf({})).toEqual({ mail: `${unrevoked}p=mail` });
  });

  it("the keys of a domain are published, those that do not sign too, and revoked ones without a key", () => {
    expect(recordsOf({ selector: "next", standbySelectors: ["mail", "last"], revokedSelectors: ["old"] })).toEqual({
      last: `${unrevoked}p=last`,
      mail: `${unrevoked}p=mail`,
      next: `${unrevoked}p=next`,
      old: "v=DKIM1; p=",
    });
  });

  it("the keys of a domain say that the domain is testing, but for revoked ones", () => {
    expect(recordsOf({ testMode: true, standbySelectors: ["next"], revokedSelectors: ["old"] })).toEqual({
      mail: `${unrevoked}t=y; p=mail`,
      next: `${unrevoked}t=y; p=next`,
      old: "v=DKIM1; p=",
    });
  });

  it("the keys of a domain say that they are for its own addresses alone, beside the test mode", () => {
    expect(recordsOf({ exactDomain: true })).toEqual({ mail: `${unrevoked}t=s; p=mail` });
    expect(recordsOf({ exactDomain: true, testMode: true })).toEqual({ mail: `${unrevoked}t=y:s; p=mail` });
  });

  it("the keys of a domain stay the same records with the same names, whichever of them signs and whatever becomes of them", () => {
    const ids = (dkim: DkimArgs) =>
      plannedRecords(modelOf(dkim))
        .map(outlineOf)
        .filter(({ dkimDomain }) => dkimDomain === "example.org")
        .map(({ id, name }) => `${id} ${name}`)
        .sort();
    const before = ids({ selector: "mail", standbySelectors: ["next"] });
    expect(before).toEqual([
      "example.org-DKIM-mail mail._domainkey.example.org",
      "example.org-DKIM-next next._domainkey.example.org",
    ]);
    expect(ids({ selector: "next", standbySelectors: ["mail"] })).toEqual(before);
    expect(ids({ selector: "next", revokedSelectors: ["mail"] })).toEqual(before);
  });

  it("the keys of a domain have records and files in the same order, whichever of them signs", () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
    fc.assert(
      fc.property(fc.uniqueArray(label, { minLength: 2, maxLength: 5 }), ([first = "", ...others]) => {
        const [second = "", ...rest] = others;
        const before: DkimArgs = { selector: first, standbySelectors: [second, ...rest] };
        const after: DkimArgs = { selector: second, standbySelectors: [first, ...rest] };
        expect(recordsOf(after)).toEqual(recordsOf(before));
        expect(keysOnHost(after)).toEqual(keysOnHost(before));
        const table = "/etc/opendkim/key-table";
        expect(fileOf(after, table)).toBe(fileOf(before, table));
      }),
      { numRuns: 20 },
    );
  });
});

describe("the host", () => {
  const signing = "/etc/opendkim/signing-table";

  it("the host signs with one DKIM key, and a switch is one line", () => {
    expect(fileOf({ standbySelectors: ["next"] }, signing)).toBe(
      "*@mail.example.org mail._domainkey.mail.example.org\n*@example.com mail._domainkey.example.com\n*@example.org mail._domainkey.example.org\n",
    );
    expect(fileOf({ selector: "next", standbySelectors: ["mail"] }, signing)).toBe(
      "*@mail.example.org mail._domainkey.mail.example.org\n*@example.com mail._domainkey.example.com\n*@example.org next._domainkey.example.org\n",
    );
  });

  it("the host has each DKIM key in its own file, and none that is revoked", () => {
    expect(keysOnHost({ standbySelectors: ["next"], revokedSelectors: ["old"] })).toEqual([
      ["mail", ""],
      ["next", "NEXT"],
    ]);
  });
});

describe("the machine's own mail", () => {
  const hostname = "mail.example.org";
  const keyRecords = (args: Partial<MailServerArgs>) =>
    plannedRecords(modelFor(validate(exampleArgs(args))))
      .map(outlineOf)
      .filter(({ name }) => name.endsWith(`._domainkey.${hostname}`));

  it("the machine's own mail has a key of its own, published with those of the domains, before any MX record", () => {
    expect(
      keyRecords({ hostnameDkim: { standbySelectors: ["next"] } }).map(({ id, purpose }) => [id, purpose]),
    ).toEqual([
      ["mail.example.org-DKIM-mail", RecordPurpose.Sender],
      ["mail.example.org-DKIM-next", RecordPurpose.Sender],
    ]);
  });

  it("the machine's own mail has no plan of keys beside its domain's", () => {
    const domains = [{ name: "example.org" }, { name: hostname }];
    expect(() => validate(exampleArgs({ domains, hostnameDkim: {} }))).toThrow(
      /hostnameDkim: .*"mail\.example\.org" is domains\[1\]\.name; say it in domains\[1\]\.dkim/,
    );
  });

  it("the machine's own mail is signed by the domain's where the hostname is one of them", () => {
    const domains = [{ name: hostname, dkim: { selector: "s2026" } }];
    expect(
      keyRecords({ domains, mailboxes: [], aliases: [], postmaster: "a@example.net" }).map(({ id }) => id),
    ).toEqual(["mail.example.org-DKIM-s2026"]);
  });

  it("the machine's own mail is signed by nobody where somebody else makes the keys and leaves this one out", () => {
    const model = modelFor(validate(exampleArgs()));
    const names = model.domains.map(({ name }) => `mail._domainkey.${name}`);
    const keys = Object.fromEntries(names.map((name) => [name, ""]));
    const signs = (given: Parameters<typeof withHostKeyIfGiven>[1]) =>
      withHostKeyIfGiven(model, given).machines.map(({ hostDkim }) => hostDkim !== undefined);
    expect(signs(keys)).toEqual([false]);
    expect(signs({ ...keys, [`mail._domainkey.${hostname}`]: "" })).toEqual([true]);
    expect(signs(pulumi.output(keys))).toEqual([true]);
    expect(signs(undefined)).toEqual([true]);
  });

  it("the machine's own mail is told from what other programs of the machine write, which is signed for nobody", () => {
    const script = (args: Partial<MailServerArgs>) =>
      wantedHost(modelFor(validate(exampleArgs(args))), "test", noSecrets)
        .roles.flatMap(({ files }) => files)
        .find(({ path }) => path === "/etc/opendkim/setup.lua")?.content;
    expect(script({})).toContain('address:match("@(.*)$") == "mail.example.org"');
    const domains = [{ name: hostname }];
    expect(script({ domains, mailboxes: [], aliases: [], postmaster: "a@example.net" })).toContain(
      'address == "root@mail.example.org" or address == "mailer-daemon@mail.example.org"',
    );
  });
});

describe("args of a rotation", () => {
  it("args of a rotation are refused where a selector stands twice, each with its place and the fix", () => {
    const found = problems({
      selector: "next",
      standbySelectors: ["next", "last", "last"],
      revokedSelectors: ["next", "last", "old", "old"],
    });
    expect(found.split("\n").slice(1)).toEqual([
      '  domains[1].dkim.standbySelectors[0]: "next" is domains[1].dkim.selector already; the selector that signs is published anyway, leave it out here',
      '  domains[1].dkim.standbySelectors[2]: "last" is domains[1].dkim.standbySelectors[1] already; leave one of them out',
      '  domains[1].dkim.revokedSelectors[0]: "next" is domains[1].dkim.selector already; let another selector sign first, or leave it out here',
      '  domains[1].dkim.revokedSelectors[1]: "last" is domains[1].dkim.standbySelectors[1] already; a key is published or revoked, leave one of them out',
      '  domains[1].dkim.revokedSelectors[3]: "old" is domains[1].dkim.revokedSelectors[2] already; leave one of them out',
    ]);
  });

  it("args of a rotation are refused where the selector that signs by default is published or revoked too", () => {
    expect(problems({ standbySelectors: ["mail"] })).toContain(
      'domains[1].dkim.standbySelectors[0]: "mail" is domains[1].dkim.selector',
    );
    expect(problems({ revokedSelectors: ["mail"] })).toContain("let another selector sign first");
    expect(() => validate(exampleArgs({ hostnameDkim: { standbySelectors: ["mail"] } }))).toThrow(
      /hostnameDkim\.standbySelectors\[0\]/,
    );
  });

  it("args of a rotation are refused where a selector is none", () => {
    expect(problems({ standbySelectors: ["S_1"], revokedSelectors: ["-"] })).toMatch(
      /dkim\.standbySelectors\[0\]: "S_1" is not a DKIM selector[\s\S]*dkim\.revokedSelectors\[0\]: "-" is not a DKIM selector/,
    );
  });
});
