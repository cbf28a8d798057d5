import * as packet from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Difference } from "../../../cli/drift/difference";
import { dnsDifferences } from "../../../cli/drift/dnsDifferences";
import type { HostFacts, WantedFile } from "../../../cli/drift/facts";
import { hostDifferences } from "../../../cli/drift/hostDifferences";
import { answersIn } from "../../../cli/drift/lookUp";
import { asJson, asText } from "../../../cli/drift/report";
import { stackOptions, type Target } from "../../../cli/target";
import { type DnsRecord, RecordPurpose } from "../../../components/dns/record";
import { records } from "../../../components/plannedRecords";
import { validate } from "../../../components/validate";
import { exampleArgs, factsOf, modelFor } from "../fixture";

const now = new Date("2026-11-21T12:00:00Z");
const inDays = (days: number) => now.getTime() / 1000 + days * 86400;
const wanted: WantedFile = { sha256: "aa", mode: "0640", owner: "root", group: "dovecot" };
const runs = { LoadState: "loaded", ActiveState: "active", UnitFileState: "enabled", healthy: "yes" };

/** A machine on which everything is as it was activated, but for what the test changes. */
function machine(changes: Partial<HostFacts> = {}): HostFacts {
  return {
    manifest: {
      sha256: "1".repeat(64),
      owner: "shop/production/mail",
      files: { "/etc/dovecot/passwd": wanted },
      tables: { "/etc/postfix/tables/domains.db": wanted },
      certificates: { "mail.example.org": "/etc/ssl/mailserver/server.pem" },
    },
    cutOff: false,
    previous: { sha256: "0".repeat(64), files: ["/etc/dovecot/passwd"] },
    files: {
      "/etc/dovecot/passwd": { kind: "file", ...wanted },
      "/etc/postfix/tables/domains.db": { kind: "file", ...wanted },
    },
    packages: { postfix: "ii" },
    units: { "postfix.service": runs },
    firewall: [],
    certificates: { "mail.example.org": { sha256: "cc", key: "dd", renewed: "cc", expires: inDays(60) } },
    served: [{ port: 465, name: null, sha256: "cc", trouble: "" }],
    disk: [disk()],
    ...changes,
  };
}

const gibibyte = 1024 ** 3;

/** A file system with room. */
function disk(changes = {}) {
  const sizes = { minFree: gibibyte, size: 20 * gibibyte, free: 10 * gibibyte, files: 1000, freeFiles: 500 };
  return { path: "/var/spool/postfix", ...sizes, ...changes };
}

const lines = (found: Difference[]) => found.map(({ area, subject, problem }) => `${area} ${subject} ${problem}`);
const judge = (facts: HostFacts, expected: Pick<Target, "owner" | "manifestHash" | "records"> = {}) =>
  lines(hostDifferences(facts, expected, now));
const withFile = (facts: object) =>
  machine({ files: { ...machine().files, "/etc/dovecot/passwd": { kind: "file", ...wanted, ...facts } } });
const withUnit = (facts: object) => machine({ units: { "postfix.service": { ...runs, ...facts } } });
const withCertificate = (facts: object) =>
  machine({
    certificates: { "mail.example.org": { sha256: "cc", key: "dd", renewed: "cc", expires: inDays(60), ...facts } },
    served: [],
  });

describe("what differs on a machine", () => {
  it("what differs on a machine is nothing where all is as it was activated", () => {
    expect(judge(machine(), { owner: "shop/production/mail", manifestHash: "1".repeat(64) })).toEqual([]);
  });

  it.each<[string, HostFacts, string]>([
    ["a machine made anew", {}, "generation the machine holds no mail server"],
    ["a file that went", withFile({ kind: "missing" }), "file /etc/dovecot/passwd is missing"],
    ["a link in its place", withFile({ kind: "link" }), "file /etc/dovecot/passwd is a link, not a file"],
    ["a folder in its place", withFile({ kind: "no file" }), "file /etc/dovecot/passwd is not a file"],
    ["content", withFile({ sha256: "bb" }), "file /etc/dovecot/passwd has another content"],
    [
      "content, mode and owner",
      withFile({ sha256: "bb", mode: "0644", owner: "anna" }),
      "file /etc/dovecot/passwd has another content and has mode 0644, not 0640 and belongs to anna:dovecot, not to root:dovecot",
    ],
    ["a removed package", machine({ packages: { postfix: "rc" } }), "package postfix is not installed"],
    ["an unknown package", machine({ packages: { postfix: "un" } }), "package postfix is not installed"],
    [
      "a held package",
      machine({ packages: { postfix: "hi" } }),
      "package postfix is on hold and gets no security updates (apt-mark unhold postfix)",
    ],
    ["a half-installed package", machine({ packages: { postfix: "iF" } }), "package postfix is not installed"],
    ["a stopped unit", withUnit({ ActiveState: "inactive", healthy: "" }), "unit postfix.service does not run"],
    ["a failed unit", withUnit({ ActiveState: "failed", healthy: "" }), "unit postfix.service has failed"],
    ["a unit that went", withUnit({ LoadState: "not-found", healthy: "" }), "unit postfix.service is gone"],
    [
      "a disabled unit",
      withUnit({ UnitFileState: "disabled" }),
      "unit postfix.service is disabled: it does not start at boot",
    ],
    ["a masked unit that still runs", withUnit({ LoadState: "masked" }), "unit postfix.service is masked"],
    [
      "updates",
      machine({ updates: ["openssl was not installed, although its turn has come"] }),
      "update security openssl was not installed, although its turn has come",
    ],
    ["the firewall", machine({ firewall: ["IPv4: port 25 is closed"] }), "firewall the kernel IPv4: port 25 is closed"],
    [
      "no certificate",
      withCertificate({ sha256: "" }),
      "certificate mail.example.org is not in /etc/ssl/mailserver/server.pem",
    ],
    [
      "another certificate",
      withCertificate({ renewed: "dd" }),
      "certificate mail.example.org in /etc/ssl/mailserver/server.pem is not the one of certbot",
    ],
    [
      "a certificate that nobody renews",
      withCertificate({ renewed: "" }),
      "certificate mail.example.org is unknown to certbot, which will not renew it",
    ],
    [
      "a certificate near its end",
      withCertificate({ expires: inDays(6) }),
      "certificate mail.example.org was not renewed and ends 2026-11-27",
    ],
    [
      "a daemon with an old certificate",
      machine({ served: [{ port: 443, name: "mta-sts.example.org", sha256: "bb", trouble: "" }] }),
      "certificate port 443 for mta-sts.example.org shows another one than is on disk",
    ],
    [
      "a daemon without any",
      machine({ served: [{ port: 465, name: null, sha256: "", trouble: "Connection refused" }] }),
      "certificate port 465 shows none: Connection refused",
    ],
    [
      "a disk with less than mail needs",
      machine({ disk: [disk({ minFree: 11 * gibibyte })] }),
      "disk /var/spool/postfix 10.0 of 20.0 GiB are free",
    ],
    [
      "a disk that is nearly full",
      machine({ disk: [disk({ minFree: 1, free: 0.9 * gibibyte })] }),
      "disk /var/spool/postfix 0.9 of 20.0 GiB are free",
    ],
    [
      "a file system that holds hardly any more files",
      machine({ disk: [disk({ freeFiles: 49 }), disk({ files: 0, freeFiles: 0 })] }),
      "disk /var/spool/postfix 49 of 1000 inodes are free",
    ],
    [
      "an activation that was cut off",
      machine({ cutOff: true }),
      "generation the machine is half-way: an activation was cut off, which the next one takes back first",
    ],
  ])("drift of a machine names %s in one line", (_, facts, line) => {
    expect(judge(facts)).toEqual([line]);
  });

  it("drift of a machine names a certificate whose key is not the one in the TLSA record", () => {
    const tlsa = (value: string): DnsRecord => ({
      id: "mail.example.org-TLSA",
      purpose: RecordPurpose.Announcement,
      name: "_25._tcp.mail.example.org",
      type: "TLSA",
      value,
      explanation: "An example.",
    });
    expect(judge(machine(), { records: [tlsa("dd")] })).toEqual([]);
    expect(judge(machine(), { records: [tlsa("ee")] })).toEqual([
      "certificate mail.example.org has another key than the TLSA record says",
    ]);
  });

  it("drift of a machine says once that a daemon is down, not again for its port", () => {
    const down = { ...runs, ActiveState: "failed", healthy: "" };
    const silent = [{ port: 465, name: null, sha256: "", trouble: "Connection refused" }];
    expect(judge(machine({ units: { "postfix.service": down }, served: silent }))).toEqual([
      "unit postfix.service has failed",
    ]);
  });

  it("drift of a machine says whose it is, and tells a rollback from another change", () => {
    const both = "holds 111111111111, and the stack describes";
    expect(judge(machine(), { manifestHash: "2".repeat(64) })).toEqual([`generation the machine ${both} 222222222222`]);
    const rolledBack = { previous: { ...machine().previous, rolledBack: true } };
    expect(judge(machine(rolledBack), { manifestHash: "0".repeat(64) })).toEqual([
      `generation the machine was rolled back: ${both} 000000000000`,
    ]);
    // The stack does not know of a change whose connection broke at its end.
    expect(judge(machine(), { manifestHash: "0".repeat(64) })).toEqual([`generation the machine ${both} 000000000000`]);
    expect(judge(machine(), { owner: "shop/staging/mail" })).toEqual([
      "generation the machine belongs to shop/production/mail, not to shop/staging/mail",
    ]);
  });
});

const wantedRecords = records(
  modelFor(validate(exampleArgs())),
  factsOf({
    ipv4Address: "198.51.100.7",
    ipv6Address: "2001:db8:51::7",
    dkimPublicKeys: {},
    certificateSpkiSha256: "ab".repeat(32),
  }),
);
const seenAs = (all: DnsRecord[]) =>
  [...new Map(wantedRecords.map((record) => [`${record.name} ${record.type}`, record])).values()].map(
    ({ name, type }) => ({ name, type, found: all.filter((record) => record.name === name && record.type === type) }),
  );

describe("what differs in DNS", () => {
  it("what differs in DNS is nothing where it says what it should, whatever the order", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(wantedRecords, { minLength: wantedRecords.length }), (shuffled) => {
        expect(dnsDifferences(wantedRecords, seenAs(shuffled))).toEqual([]);
      }),
    );
  });

  it("what differs in DNS is exactly the records that are missing", () => {
    fc.assert(
      fc.property(fc.subarray(wantedRecords), (there) => {
        const missing = wantedRecords.filter((record) => !there.includes(record));
        const found = dnsDifferences(wantedRecords, seenAs(there));
        expect(found.map(({ subject }) => subject).sort()).toEqual(missing.map(({ name }) => name).sort());
        expect(found.every(({ problem }) => problem.includes(" is missing: "))).toBe(true);
      }),
    );
  });

  const at = { name: "example.org", wanted: wantedRecords.filter(({ name }) => name === "example.org") };
  const textsThere = (...values: string[]) =>
    lines(
      dnsDifferences(at.wanted, [
        { name: at.name, type: "TXT", found: values.map((value) => ({ type: "TXT" as const, value })) },
      ]),
    );

  it("drift in DNS names a second SPF record, and leaves texts of other kinds alone", () => {
    const ours = at.wanted.find(({ type }) => type === "TXT")?.value ?? "";
    expect(textsThere(ours, "google-site-verification=x", "v=STSv1; id=1")).toEqual([]);
    expect(textsThere(ours, "v=spf1 -all")).toEqual(["dns example.org TXT should not be there: v=spf1 -all"]);
  });

  it("drift in DNS names an MX record that leads elsewhere", () => {
    const found = [
      { type: "MX" as const, value: "mail.example.org", priority: 10 },
      { type: "MX" as const, value: "mx.example.net", priority: 5 },
    ];
    expect(lines(dnsDifferences(at.wanted, [{ name: at.name, type: "MX", found }]))).toEqual([
      "dns example.org MX should not be there: 5 mx.example.net.",
    ]);
  });

  it("drift in DNS takes addresses and names in any spelling", () => {
    const host = wantedRecords.filter(({ type }) => type === "AAAA" || type === "MX");
    const spelled = [
      {
        name: "mail.example.org",
        type: "AAAA" as const,
        found: [{ type: "AAAA" as const, value: "2001:DB8:51:0:0::7" }],
      },
      {
        name: "example.org",
        type: "MX" as const,
        found: [{ type: "MX" as const, value: "MAIL.example.org", priority: 10 }],
      },
    ];
    expect(dnsDifferences(host, spelled)).toEqual([]);
  });

  it("what differs in DNS is not judged where nobody answers", () => {
    expect(dnsDifferences(at.wanted, [{ name: at.name, type: "MX", found: undefined }])).toEqual([]);
  });
});

/** A record's data as dns-packet writes it. */
function packetData({ type, value, priority, srv, caa, tlsa }: DnsRecord): unknown {
  const target = value === "" ? "." : value;
  const byType = {
    A: value,
    AAAA: value,
    CNAME: target,
    PTR: target,
    TXT: value.match(/.{1,255}/gs) ?? [""],
    MX: { preference: priority, exchange: target },
    SRV: { priority, ...srv, target },
    CAA: { ...caa, value },
    TLSA: { ...tlsa, certificate: Buffer.from(value, "hex") },
  };
  return byType[type];
}

describe("the answer of a name server", () => {
  const answer = (flags: number, answers: { name: string; type: string; data: unknown }[]) =>
    packet.streamEncode({ type: "response", flags, answers: answers as packet.Answer[] });

  it("the answer of a name server says of every kind of record what the server would publish", () => {
    for (const record of wantedRecords) {
      const said = answer(packet.AUTHORITATIVE_ANSWER, [
        { name: record.name, type: record.type, data: packetData(record) },
      ]);
      const seen = [{ name: record.name, type: record.type, found: answersIn(said, record.type) }];
      expect(seen[0]?.found).toHaveLength(1);
      expect(dnsDifferences([record], seen)).toEqual([]);
    }
  });

  it("the answer of a name server says nothing where the server does not have the zone, or the name is only an alias there", () => {
    const alias = [{ name: "7.100.51.198.in-addr.arpa", type: "CNAME", data: "7.0-63.100.51.198.in-addr.arpa" }];
    expect(answersIn(answer(0, []), "PTR")).toBeUndefined();
    expect(answersIn(answer(packet.AUTHORITATIVE_ANSWER | 5, []), "PTR")).toBeUndefined();
    expect(answersIn(answer(packet.AUTHORITATIVE_ANSWER, alias), "PTR")).toBeUndefined();
    expect(answersIn(answer(packet.AUTHORITATIVE_ANSWER, []), "PTR")).toEqual([]);
    expect(answersIn(answer(packet.RECURSION_AVAILABLE, []), "PTR")).toEqual([]);
    expect(answersIn(Buffer.from("nonsense"), "PTR")).toBeUndefined();
  });
});

describe("the report", () => {
  const target: Target = {
    access: { address: "198.51.100.7", user: "root", port: 22, hostKey: "" },
    login: {},
  };
  const found = hostDifferences(withUnit({ ActiveState: "failed", healthy: "" }), {}, now);

  it("the report of drift is one object for programs", () => {
    expect(JSON.parse(asJson(target, { differences: found, unknown: [] }))).toEqual({
      host: "198.51.100.7",
      drift: true,
      differences: [{ area: "unit", subject: "postfix.service", problem: "has failed", remedy: "reapply" }],
      unknown: [],
    });
  });

  it("the report of drift says how to put right what it names, and nothing of it where there is nothing", () => {
    expect(asText(target, { differences: found, unknown: [] })).toContain(
      "pulumi config set --path 'mail:triggers[0]'",
    );
    const pulumiOptions = stackOptions({ stack: "production", cwd: "my mail", port: "22" });
    expect(asText({ ...target, pulumiOptions }, { differences: found, unknown: [] })).toContain(
      `pulumi config set --path 'mail:triggers[0]' "$(date -u +%FT%TZ)" --stack production --cwd 'my mail' && pulumi up --stack production --cwd 'my mail'`,
    );
    const rolledBack = hostDifferences(machine(), { manifestHash: "0".repeat(64) }, now);
    expect(asText(target, { differences: rolledBack, unknown: [] })).toMatch(/check out the commit.*\n?$/);
    expect(asText(target, { differences: [], unknown: [] })).toContain("198.51.100.7 is as activated.");
    expect(asText(target, { differences: [], unknown: ["no name server answers"] })).not.toContain("as activated");
  });
});
