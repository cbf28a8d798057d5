import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { presentation, splitText, zoneFile, zoneLine } from "../../components/dns/presentation";
import { toCloudflare } from "../../components/dns/providers/cloudflare/record";
import { keptTarget, toOvh } from "../../components/dns/providers/ovh/record";
import type { DnsRecord } from "../../components/dns/record";
import { exampleRecord as record } from "./fixture";
import { hostileText, obeyed } from "./hostile";

const key = `v=DKIM1; h=sha256; k=rsa; s=email; p=${"A".repeat(392)}`;
const hash = "0123456789abcdef".repeat(4);
const srv = record("SRV", "_imaps._tcp.example.org", "mail.example.org", {
  priority: 0,
  srv: { weight: 1, port: 993 },
});
const caa = record("CAA", "mail.example.org", "letsencrypt.org; validationmethods=http-01", {
  caa: { flags: 0, tag: "issue" },
});
const tlsa = record("TLSA", "_25._tcp.mail.example.org", hash.toUpperCase(), {
  tlsa: { usage: 3, selector: 1, matchingType: 1 },
});

/** Reads the quoted strings of a zone file back as RFC 1035 section 5.1 says. */
function unquoted(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, piece = ""]) => piece.replace(/\\(.)/gs, "$1"));
}

describe("OVH", () => {
  it.each<[string, DnsRecord, { subdomain: string; fieldtype: string; target: string }]>([
    [
      "an address",
      record("A", "mail.example.org", "198.51.100.7"),
      { subdomain: "mail", fieldtype: "A", target: "198.51.100.7" },
    ],
    [
      "an alias",
      record("CNAME", "mta-sts.example.org", "mail.example.org"),
      { subdomain: "mta-sts", fieldtype: "CNAME", target: "mail.example.org." },
    ],
    [
      "an MX at the apex",
      record("MX", "example.org", "mail.example.org", { priority: 10 }),
      { subdomain: "", fieldtype: "MX", target: "10 mail.example.org." },
    ],
    [
      "a null MX",
      record("MX", "www.example.org", "", { priority: 0 }),
      { subdomain: "www", fieldtype: "MX", target: "0 ." },
    ],
    [
      "SPF",
      record("TXT", "example.org", "v=spf1 mx -all"),
      { subdomain: "", fieldtype: "TXT", target: '"v=spf1 mx -all"' },
    ],
    [
      "a DKIM key, whole and without quotes",
      record("TXT", "mail._domainkey.example.org", key, { dkimDomain: "example.org" }),
      { subdomain: "mail._domainkey", fieldtype: "DKIM", target: key },
    ],
    ["SRV", srv, { subdomain: "_imaps._tcp", fieldtype: "SRV", target: "0 1 993 mail.example.org." }],
    ["CAA", caa, { subdomain: "mail", fieldtype: "CAA", target: `0 issue "${caa.value}"` }],
    ["TLSA", tlsa, { subdomain: "_25._tcp.mail", fieldtype: "TLSA", target: `3 1 1 ${hash}` }],
  ])("OVH gets %s in the form of its API", (_what, given, wanted) => {
    expect(toOvh(given, "example.org", 300)).toEqual({ zone: "example.org", ttl: 300, ...wanted });
  });

  it("OVH gets names from which the full name can be had back", () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z0-9_]{1,10}$/), { maxLength: 4 }), (labels) => {
        const name = [...labels, "example.org"].join(".");
        const { subdomain, zone } = toOvh(record("A", name, "198.51.100.7"), "example.org", 0);
        expect(subdomain === "" ? zone : `${subdomain}.${zone}`).toBe(name);
      }),
    );
  });
});

describe("Cloudflare", () => {
  it.each<[string, DnsRecord, object]>([
    ["an address", record("AAAA", "mail.example.org", "2001:db8::7"), { content: "2001:db8::7" }],
    ["an alias", record("CNAME", "mta-sts.example.org", "mail.example.org"), { content: "mail.example.org" }],
    [
      "an MX",
      record("MX", "example.org", "mail.example.org", { priority: 10 }),
      { content: "mail.example.org", priority: 10 },
    ],
    ["a null MX", record("MX", "www.example.org", "", { priority: 0 }), { content: ".", priority: 0 }],
    [
      "a DKIM key in quoted pieces",
      record("TXT", "mail._domainkey.example.org", key, { dkimDomain: "example.org" }),
      { content: `"${key.slice(0, 255)}" "${key.slice(255)}"` },
    ],
    ["SRV", srv, { priority: 0, data: { priority: 0, weight: 1, port: 993, target: "mail.example.org" } }],
    [
      "SRV of a service that is not offered",
      { ...srv, value: "", srv: { weight: 0, port: 0 } },
      { priority: 0, data: { priority: 0, weight: 0, port: 0, target: "." } },
    ],
    ["CAA", caa, { data: { flags: 0, tag: "issue", value: caa.value } }],
    ["TLSA", tlsa, { data: { usage: 3, selector: 1, matchingType: 1, certificate: hash } }],
  ])("Cloudflare gets %s in the form of its API", (_what, given, wanted) => {
    expect(toCloudflare(given, "0123", 1)).toEqual({
      zoneId: "0123",
      name: given.name,
      type: given.type,
      ttl: 1,
      proxied: false,
      ...wanted,
    });
  });
});

describe("a record of any type", () => {
  const said: [DnsRecord["type"], string, Partial<DnsRecord>][] = [
    ["A", "198.51.100.7", {}],
    ["AAAA", "2001:db8::7", {}],
    ["MX", "mail.example.org", { priority: 10 }],
    ["CNAME", "mail.example.org", {}],
    ["PTR", "mail.example.org", {}],
    ["TXT", "v=spf1 mx -all", {}],
    ["TXT", key, { dkimDomain: "example.org" }],
    ["SRV", "mail.example.org", { priority: 0, srv: { weight: 1, port: 993 } }],
    ["CAA", caa.value, { caa: { flags: 0, tag: "issue" } }],
    ["TLSA", hash, { tlsa: { usage: 3, selector: 1, matchingType: 1 } }],
  ];
  const ways: Record<string, (record: DnsRecord) => unknown> = {
    presentation: (each) => [each.name, presentation(each)],
    "a zone file": (each) => zoneFile([each], 300),
    rfc2136: (each) => zoneLine(each, 300),
    OVH: (each) => toOvh(each, "example.org", 300),
    Cloudflare: (each) => toCloudflare(each, "0123", 300),
  };
  const control = fc.constantFrom(..."\n\r\0\t\x1b\x7f\x85\u2028\u2029\u202e");
  const part = fc.string({ maxLength: 20 });

  it("a record of any type is refused on each way to a name server if a line of its own could come out of it", () => {
    fc.assert(
      fc.property(fc.constantFrom(...said), part, control, part, ([type, value, rest], before, evil, after) => {
        const at = record(type, "x.example.org", value, rest);
        for (const [way, send] of Object.entries(ways)) {
          expect(() => send({ ...at, value: `${value}${before}${evil}${after}` }), way).toThrow("was not published");
          if (way !== "presentation")
            expect(() => send({ ...at, name: `${before}${evil}${after}` }), way).toThrow("was not published");
        }
      }),
    );
  });

  it("a record of any type is one line, and says so in one line where it is refused", () => {
    const count = { sent: 0, refused: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...said), hostileText, ([type, value, rest], evil) => {
        for (const send of Object.values(ways)) {
          try {
            const sent = JSON.stringify(send(record(type, "x.example.org", `${value}${evil}`, rest)));
            count.sent += 1;
            expect(sent).toMatch(/^[ -~]*$/);
          } catch (error) {
            expect((error as Error).message).toContain("was not published");
            expect((error as Error).message).not.toMatch(obeyed);
            count.refused += 1;
          }
        }
      }),
    );
    expect(count.sent).toBeGreaterThan(0);
    expect(count.refused).toBeGreaterThan(100);
  });

  it("a record of any type has nothing but its own data in a zone file: no comment, no second word", () => {
    for (const [type, value, rest] of said.filter(([each]) => each !== "TXT" && each !== "CAA"))
      for (const more of [" ", ";", '"', "(", "\\", "$", "@", "ü"])
        expect(() => presentation(record(type, "example.org", value + more, rest))).toThrow("was not published");
  });
});

describe("a text", () => {
  const text = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 1500 });

  it("a text comes back whole from what either provider is given, in pieces of 255 bytes at most", () => {
    fc.assert(
      fc.property(text, (value) => {
        const given = record("TXT", "example.org", value);
        for (const sent of [toOvh(given, "example.org", 0).target, toCloudflare(given, "0123", 1).content ?? ""]) {
          const pieces = unquoted(sent);
          expect(pieces.join("")).toBe(value);
          expect(pieces.every((piece) => Buffer.byteLength(piece) <= 255)).toBe(true);
          expect(pieces).toEqual(splitText(value));
        }
      }),
    );
  });

  it("the text of a CAA record comes back whole", () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(unquoted(presentation({ type: "CAA", value }))).toEqual([value]);
      }),
    );
  });
});

describe("a DKIM record that OVH has already", () => {
  const wanted = toOvh(
    record("TXT", "mail._domainkey.example.org", key, { dkimDomain: "example.org" }),
    "example.org",
    300,
  );
  const pieces = `"${key.slice(0, 255)}" "${key.slice(255)}"`;
  const kept = { fieldType: "DKIM", subDomain: "mail._domainkey", target: pieces, ttl: 300 };

  it.each([key, `"${key}"`, pieces])(
    "a DKIM record that OVH has already is no change, however it comes back: %s",
    (target) => {
      expect(keptTarget(wanted, [kept, { ...kept, target }].slice(1))).toBe(target);
    },
  );

  it.each([
    ["another key", { target: pieces.replace("AA", "BB") }],
    ["another time to live", { ttl: 60 }],
    ["another name", { subDomain: "next._domainkey" }],
    ["the type TXT", { fieldType: "TXT" }],
  ])("a DKIM record that OVH has already is sent without quotes where it has %s", (_what, difference) => {
    expect(keptTarget(wanted, [{ ...kept, ...difference }])).toBe(key);
    expect(keptTarget(wanted, [])).toBe(key);
  });
});
