import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DmarcAlignment, DmarcPolicy, DmarcPsd } from "../../components/args";
import { dkimRecord } from "../../components/dns/dkim";
import { dmarcRecord } from "../../components/dns/dmarc";
import { presentation, splitText, zoneFile } from "../../components/dns/presentation";
import { factsIn, textWith } from "../../components/dns/recordText";
import { plannedRecords, records } from "../../components/plannedRecords";
import { validate } from "../../components/validate";
import { exampleArgs, factsOf, hostKey, modelFor } from "./fixture";
import { validArgs } from "./validArgs";

const known = {
  ipv4Address: "198.51.100.7",
  ipv6Address: "2001:db8:51::7",
  dkimPublicKeys: {
    "mail._domainkey.example.org": "-----BEGIN PUBLIC KEY-----\nMIIB\nIjAN\n-----END PUBLIC KEY-----\n",
    "mail._domainkey.example.com": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
  },
  certificateSpkiSha256: "0123456789abcdef".repeat(4),
  acmeAccountUri: "https://acme-v02.api.letsencrypt.org/acme/acct/1",
};
const facts = factsOf(known);
const model = modelFor(validate(exampleArgs()));

describe("records", () => {
  it("the records are all that a mail server needs", () => {
    const lines = zoneFile(records(model, facts), 300).split("\n");
    expect(lines.filter((line) => !line.startsWith("; "))).toEqual([
      "mail.example.org. 300 IN A 198.51.100.7",
      "7.100.51.198.in-addr.arpa. 300 IN PTR mail.example.org.",
      "mail.example.org. 300 IN AAAA 2001:db8:51::7",
      "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.5.0.0.8.b.d.0.1.0.0.2.ip6.arpa. 300 IN PTR mail.example.org.",
      'mail.example.org. 300 IN TXT "v=spf1 a -all"',
      'mail._domainkey.mail.example.org. 300 IN TXT "v=DKIM1; h=sha256; k=rsa; s=email; p="',
      `_25._tcp.mail.example.org. 300 IN TLSA 3 1 1 ${known.certificateSpkiSha256}`,
      `mail.example.org. 300 IN CAA 0 issue "letsencrypt.org; accounturi=${facts.acmeAccountUri}; validationmethods=http-01"`,
      'mail.example.org. 300 IN CAA 0 issuewild ";"',
      ...["example.com AAAA", "example.org MIIBIjAN"].flatMap((each) => {
        const [domain, key] = each.split(" ");
        return [
          `${domain}. 300 IN MX 10 mail.example.org.`,
          `${domain}. 300 IN TXT "v=spf1 mx ip4:198.51.100.7 ip6:2001:db8:51::7 -all"`,
          `mail._domainkey.${domain}. 300 IN TXT "v=DKIM1; h=sha256; k=rsa; s=email; p=${key}"`,
          `_dmarc.${domain}. 300 IN TXT "v=DMARC1; p=quarantine"`,
          `_submissions._tcp.${domain}. 300 IN SRV 0 1 465 mail.example.org.`,
          `_submission._tcp.${domain}. 300 IN SRV 10 1 587 mail.example.org.`,
          `_imaps._tcp.${domain}. 300 IN SRV 0 1 993 mail.example.org.`,
          `_imap._tcp.${domain}. 300 IN SRV 10 1 143 mail.example.org.`,
          `_pop3s._tcp.${domain}. 300 IN SRV 0 0 0 .`,
          `_pop3._tcp.${domain}. 300 IN SRV 0 0 0 .`,
        ];
      }),
      "",
    ]);
  });

  it("records have one sentence each that says what they are for, above them in a zone file", () => {
    const all = records(model, facts);
    for (const { id, explanation } of all)
      expect([id, explanation]).toEqual([id, expect.stringMatching(/^[A-Z][ -~]{10,110}\.$/)]);
    expect(zoneFile(all.slice(0, 1), 300)).toBe(
      "; Where the mail server is.\nmail.example.org. 300 IN A 198.51.100.7\n",
    );
  });

  it("records name no IPv6 anywhere without an IPv6 address", () => {
    const v4 = modelFor(validate(exampleArgs({ host: { ssh: { ipv4Address: known.ipv4Address, hostKey } } })));
    const text = zoneFile(records(v4, factsOf({ ...known, ipv6Address: undefined })), 300);
    expect(text).not.toMatch(/AAAA \d|ip6|2001/);
  });

  it("records have ids of their own, and every name is known before the machine is, but for PTR records'", () => {
    fc.assert(
      fc.property(validArgs, (args) => {
        const planned = plannedRecords(modelFor(validate(args)));
        expect(new Set(planned.map(({ id }) => id)).size).toBe(planned.length);
        for (const { name, type } of planned) expect([type, typeof name === "string"]).toEqual([type, type !== "PTR"]);
      }),
      { numRuns: 50 },
    );
  });

  it("records say which facts they wait for: an address waits for no key, and a key for no certificate", () => {
    const waitingFor = (id: string) => {
      const planned = plannedRecords(model).find((each) => each.id === id);
      return planned && [...factsIn(planned.name), ...factsIn(planned.value)].map(({ from }) => from);
    };
    expect(waitingFor("mail.example.org-A")).toEqual(["ipv4"]);
    expect(waitingFor("reverse-v6")).toEqual(["reverseIpv6"]);
    expect(waitingFor("example.org-MX")).toEqual([]);
    expect(waitingFor("example.org-SPF")).toEqual(["ipv4", "ipv6"]);
    expect(waitingFor("example.org-DKIM-mail")).toEqual(["dkimKey"]);
    expect(waitingFor("mail.example.org-TLSA")).toEqual(["certificateSpkiSha256"]);
    expect(waitingFor("mail.example.org-CAA-issue")).toEqual(["acmeAccountUri"]);
  });

  it("records let another domain of the server receive DMARC reports", () => {
    const reporting = modelFor(
      validate(
        exampleArgs({
          domains: [{ name: "example.org" }, { name: "example.com", dmarc: { rua: ["anna@example.org"] } }],
        }),
      ),
    );
    expect(records(reporting, facts).find(({ name }) => name === "example.com._report._dmarc.example.org")?.value).toBe(
      "v=DMARC1",
    );
  });
});

describe("DMARC", () => {
  it("DMARC writes every tag", () => {
    const record = dmarcRecord({
      p: DmarcPolicy.Reject,
      sp: DmarcPolicy.Quarantine,
      np: DmarcPolicy.None,
      adkim: DmarcAlignment.Strict,
      aspf: DmarcAlignment.Relaxed,
      pct: 50,
      rua: ["a+dmarc@example.org", "b!c@example.org"],
      ruf: ["d@example.org"],
      fo: "1:d",
      t: true,
      psd: DmarcPsd.No,
    });
    expect(record).toBe(
      "v=DMARC1; p=reject; sp=quarantine; np=none; adkim=s; aspf=r; pct=50; rua=mailto:a+dmarc@example.org,mailto:b%21c@example.org; ruf=mailto:d@example.org; fo=1:d; t=y; psd=n",
    );
  });
});

describe("texts", () => {
  it("the pieces of a text come together again as they were, and none is longer than 255 bytes", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 2000 }), (text) => {
        const pieces = splitText(text);
        expect(pieces.join("")).toBe(text);
        expect(pieces.every(({ length }) => length <= 255)).toBe(true);
      }),
    );
  });

  it("a text of a record cannot leave its quotes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", maxLength: 600 }), (value) => {
        expect(presentation({ type: "TXT", value })).toMatch(/^"([^"\\]|\\.)*"( "([^"\\]|\\.)*")*$/);
      }),
    );
  });

  it("a 2048-bit key is a text in two pieces", () => {
    const record = presentation({
      type: "TXT",
      value: textWith(dkimRecord("", { testMode: false, exactDomain: false }), () => "A".repeat(392)),
    });
    expect(record.match(/"[^"]*"/g)).toHaveLength(2);
  });
});
