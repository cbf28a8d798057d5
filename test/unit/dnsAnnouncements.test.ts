import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MailServerArgs, MtaStsMode, SpfAll } from "../../components/args";
import { presentation } from "../../components/dns/presentation";
import type { DnsFacts } from "../../components/dns/record";
import { textWith } from "../../components/dns/recordText";
import { spfLookups, spfRecord } from "../../components/dns/spf";
import { records } from "../../components/plannedRecords";
import { validate } from "../../components/validate";
import { exampleArgs, factsOf, modelFor } from "./fixture";

const facts: DnsFacts = factsOf({
  ipv4Address: "198.51.100.7",
  ipv6Address: "2001:db8:51::7",
  dkimPublicKeys: {},
  certificateSpkiSha256: "AB".repeat(32),
  acmeAccountUri: "https://acme-v02.api.letsencrypt.org/acme/acct/1",
});
const [org, com] = exampleArgs().domains as [MailServerArgs["domains"][0], MailServerArgs["domains"][0]];
const letsEncrypt = `letsencrypt.org; accounturi=${facts.acmeAccountUri}; validationmethods=http-01`;

/** The records of a server, as `TYPE data`, by name. */
function published(changes: Partial<MailServerArgs>, known: DnsFacts = facts): (name: string) => string[] {
  const all = records(modelFor(validate(exampleArgs(changes))), known);
  return (wanted) => all.filter(({ name }) => name === wanted).map((each) => `${each.type} ${presentation(each)}`);
}

const caa = (at: (name: string) => string[], name: string) => at(name).filter((each) => each.startsWith("CAA"));

describe("CAA", () => {
  it("CAA binds the hostname to the authority, the account and the method, and leaves the domain's web site alone", () => {
    const at = published({});
    expect(caa(at, "mail.example.org")).toEqual([`CAA 0 issue "${letsEncrypt}"`, 'CAA 0 issuewild ";"']);
    expect(caa(at, "example.org")).toEqual([]);
  });

  it("CAA holds for a whole domain on demand, once where the domain is the hostname", () => {
    const at = published({ hostname: "example.org", domains: [{ ...org, enableCaa: true }, com] });
    expect(caa(at, "example.org")).toHaveLength(2);
    expect(
      caa(published({ enableCaa: false, domains: [{ ...org, enableCaa: true }, com] }), "mail.example.org"),
    ).toEqual([]);
  });

  const externalAccount = {
    keyId: "kid-1",
    hmacKey: "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W",
  };

  it.each([
    ["Let's Encrypt's rehearsal", { directoryUrl: "https://acme-staging-v02.api.letsencrypt.org/directory" }, []],
    [
      "an authority that does not bind",
      { directoryUrl: "https://dv.acme-v02.api.pki.goog/directory", externalAccount },
      ['CAA 0 issue "pki.goog"', 'CAA 0 issuewild ";"'],
    ],
    [
      "an authority that goes by the name of another",
      { directoryUrl: "https://acme.zerossl.com/v2/DV90", externalAccount },
      ['CAA 0 issue "sectigo.com"', 'CAA 0 issuewild ";"'],
    ],
    [
      "a name that is given",
      { directoryUrl: "https://acme.example.net/", caaIdentity: "ca.example.net" },
      [`CAA 0 issue "${letsEncrypt.replace("letsencrypt.org", "ca.example.net")}"`, 'CAA 0 issuewild ";"'],
    ],
  ])("CAA follows from the authority: %s", (_what, acme, wanted) => {
    expect(caa(published({ certificate: { acme } }), "mail.example.org")).toEqual(wanted);
  });
});

describe("TLS between servers", () => {
  it("TLS between servers is insisted on by the certificate's key, in small letters", () => {
    expect(published({})("_25._tcp.mail.example.org")).toEqual([`TLSA 3 1 1 ${"ab".repeat(32)}`]);
    expect(published({ enableDane: false })("_25._tcp.mail.example.org")).toEqual([]);
  });

  it("TLS between servers has an MTA-STS id that changes exactly when the policy does", () => {
    const id = (mode: MtaStsMode, maxAge?: number, hostname = "mail.example.org") =>
      published({ hostname, domains: [{ ...org, mtaSts: { mode, maxAge } }, com] })("_mta-sts.example.org")[0];
    const testing = id(MtaStsMode.Testing);
    expect(testing).toMatch(/^TXT "v=STSv1; id=[0-9a-f]{16}"$/);
    expect(id(MtaStsMode.Testing, 604800)).toBe(testing);
    const others = [
      id(MtaStsMode.Enforce),
      id(MtaStsMode.Testing, 86400),
      id(MtaStsMode.Testing, undefined, "mx.example.org"),
    ];
    expect(new Set([testing, ...others]).size).toBe(4);
    expect(published({})("_mta-sts.example.org")).toEqual([]);
  });

  it("TLS between servers is reported on where the domain wants it", () => {
    const at = published({ domains: [{ ...org, tlsRpt: { rua: ["anna+tls@example.org", "b!c@example.net"] } }, com] });
    expect(at("_smtp._tls.example.org")).toEqual([
      'TXT "v=TLSRPTv1; rua=mailto:anna+tls@example.org,mailto:b%21c@example.net"',
    ]);
    expect(at("_smtp._tls.example.com")).toEqual([]);
  });
});

describe("mail programs", () => {
  it("mail programs are led to POP3 where it is served, after IMAP", () => {
    const at = published({ enablePop3: true });
    expect(at("_pop3s._tcp.example.org")).toEqual(["SRV 20 1 995 mail.example.org."]);
    expect(at("_pop3._tcp.example.org")).toEqual(["SRV 30 1 110 mail.example.org."]);
  });

  it("mail programs are told nothing by a domain that does not want it", () => {
    const at = published({ domains: [{ ...org, enableSrvRecords: false }, com] });
    expect(at("_imaps._tcp.example.org")).toEqual([]);
    expect(at("_imaps._tcp.example.com")).toEqual(["SRV 0 1 993 mail.example.org."]);
  });

  it("mail programs find the web names of a domain that has them", () => {
    const at = published({ domains: [{ ...org, enableAutoconfig: true, mtaSts: { mode: MtaStsMode.None } }, com] });
    for (const host of ["autoconfig", "autodiscover", "mta-sts"]) {
      expect(at(`${host}.example.org`)).toEqual(["CNAME mail.example.org."]);
      expect(at(`${host}.example.com`)).toEqual([]);
    }
  });

  it("mail programs are not led to the hostname by HTTPS, where it has no certificate", () => {
    const at = published({ domains: [{ ...org, enableAutoconfig: true }, com] });
    expect(at("_autodiscover._tcp.example.org")).toEqual([]);
  });
});

describe("a name that does not send or receive", () => {
  it("a name that does not send or receive says so in DNS", () => {
    const at = published({ parkedDomains: ["www.example.org"] });
    expect(at("www.example.org")).toEqual(["MX 0 .", 'TXT "v=spf1 -all"']);
    expect(at("_dmarc.www.example.org")).toEqual(['TXT "v=DMARC1; p=reject"']);
  });
});

describe("SPF", () => {
  const spfAt = (at: (name: string) => string[], name: string) => at(name).filter((each) => each.includes("v=spf1"));

  it("SPF is one record a name, the hostname's included", () => {
    expect(spfAt(published({}), "mail.example.org")).toEqual(['TXT "v=spf1 a -all"']);
    expect(spfAt(published({ hostname: "example.org" }), "example.org")).toHaveLength(1);
  });

  it("SPF names other senders", () => {
    const spf = {
      include: ["_spf.example.net"],
      ip4: ["203.0.113.0/24"],
      ip6: ["2001:DB8::/32"],
      all: SpfAll.SoftFail,
    };
    expect(spfAt(published({ domains: [{ ...org, spf }, com] }), "example.org")).toEqual([
      'TXT "v=spf1 mx ip4:198.51.100.7 ip4:203.0.113.0/24 ip6:2001:db8:51::7 ip6:2001:db8::/32 include:_spf.example.net ~all"',
    ]);
  });

  it("SPF refuses everybody else, whether other senders are named or not", () => {
    const spf = { ip4: ["203.0.113.9"] };
    const at = published({ domains: [{ ...org, spf }, com] });
    expect(spfAt(at, "example.org")).toEqual([expect.stringMatching(/ -all"$/)]);
    expect(spfAt(at, "example.com")).toEqual([expect.stringMatching(/ -all"$/)]);
  });

  it("SPF costs a look-up for the MX and one for each domain that is included", () => {
    fc.assert(
      fc.property(fc.array(fc.domain(), { maxLength: 30 }), (include) => {
        const record = spfRecord([{ name: "first", ipv6: true }], { include, ip4: ["203.0.113.0/24"] });
        expect(spfLookups(textWith(record, () => "2001:db8::1"))).toBe(include.length + 1);
      }),
    );
  });

  it("SPF counts every term that RFC 7208 counts", () => {
    expect(spfLookups("v=spf1 a a:x.example a/24 +mx mx:y.example ?ptr exists:%{i}.z.example redirect=w.example")).toBe(
      8,
    );
    expect(spfLookups("v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 exp=x.example all")).toBe(0);
  });
});
