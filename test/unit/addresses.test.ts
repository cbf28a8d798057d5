import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  parseAddress,
  parseDomainName,
  parseIpv4,
  parseIpv6,
  parseLocalAddress,
  reverseName,
} from "../../components/addresses";

/** Texts that are taken about as often as they are refused: of allowed characters most of the time, and seldom of any. */
const nearlyAllowed = fc.oneof(
  fc.string({
    unit: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(..."abzAZ019-._=ü") },
      { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
    ),
    minLength: 1,
    maxLength: 10,
  }),
  fc.stringMatching(/^[a-zA-Z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/),
  fc.string({ unit: "binary" }),
);

describe("domain names", () => {
  it.each([
    ["Mail.Example.ORG", "mail.example.org"],
    ["example.org.", "example.org"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["a-b.c1.example.co.uk", "a-b.c1.example.co.uk"],
    ["r3---sn.example.org", "r3---sn.example.org"],
    ["faß.example", "xn--fa-hia.example"],
    ["XN--BCHER-KVA.example", "xn--bcher-kva.example"],
    ["col·lega.example", "xn--collega-xma.example"],
    ["نامه\u200cای.example", "xn--mgba3gch31f060k.example"],
    ["ශ්\u200dරී.example", "xn--10cl1a0b660p.example"],
    ["例え。example", "xn--r8jz45g.example"],
    ["βόλος.example", "xn--nxasmm1c.example"],
  ])("reads %s as %s", (text, value) => {
    expect(parseDomainName(text)).toEqual({ value });
  });

  it.each([
    ["", "not a domain name"],
    ["example", "one label only"],
    ["co.uk", "public suffix"],
    ["192.0.2.1", "IP address"],
    ["2001:db8::1", "IP address"],
    ["-a.example.org", "not a domain name"],
    ["a..example.org", "not a domain name"],
    ["a b.example.org", "characters"],
    ["a\n.example.org", "characters"],
    ["$(id).example.org", "characters"],
    ["*.example.org", "characters"],
    ["_dmarc.example.org", "characters"],
    [`${"a".repeat(64)}.org`, "not a domain name"],
    [`${"a.".repeat(130)}org`, "not a domain name"],
    ["example.123", "number"],
  ])("fails on %j: %s", (text, problem) => {
    expect(parseDomainName(text)).toEqual({ problem: expect.stringContaining(problem) });
  });

  it("never lets through anything but lower-case letters, digits, hyphens and dots", () => {
    const count = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(nearlyAllowed, (text) => {
        const parsed = parseDomainName(`${text}.example.org`);
        count["value" in parsed ? "taken" : "refused"] += 1;
        if ("value" in parsed) expect(parsed.value).toMatch(/^[a-z0-9.-]+$/);
      }),
      { numRuns: 2000 },
    );
    expect(count.taken).toBeGreaterThan(200);
    expect(count.refused).toBeGreaterThan(200);
  });
});

describe("addresses of mailboxes", () => {
  it.each([
    ["Anna@Example.org", "anna@example.org"],
    ["a.b_c-d=e@example.org", "a.b_c-d=e@example.org"],
  ])("reads %s as %s", (text, value) => {
    expect(parseLocalAddress(text)).toEqual({ value });
  });

  it.each([
    "anna",
    "@example.org",
    "../../etc/passwd@example.org",
    "a/b@example.org",
    ".a@example.org",
    "a.@example.org",
    "a..b@example.org",
    "-rf@example.org",
    "a b@example.org",
    'a"b@example.org',
    "a'b@example.org",
    "a\nb@example.org",
    "a:b@example.org",
    "a%b@example.org",
    "$(id)@example.org",
    "`id`@example.org",
    "a@b@example.org",
    "jürgen@example.org",
    `${"a".repeat(65)}@example.org`,
  ])("fails on %j", (text) => {
    expect(parseLocalAddress(text)).toEqual({ problem: expect.any(String) });
  });

  it("never lets through what a table, a passwd-file or a path would read as something else", () => {
    const count = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(nearlyAllowed, (local) => {
        const parsed = parseLocalAddress(`${local}@example.org`);
        count["value" in parsed ? "taken" : "refused"] += 1;
        if ("value" in parsed) expect(parsed.value).toMatch(/^[a-z0-9][a-z0-9._=-]*@example\.org$/);
      }),
      { numRuns: 2000 },
    );
    expect(count.taken).toBeGreaterThan(200);
    expect(count.refused).toBeGreaterThan(200);
  });
});

describe("addresses elsewhere", () => {
  it("keeps the case of the local part, which is its owner's business", () => {
    expect(parseAddress("First.Last+tag@Example.NET")).toEqual({ value: "First.Last+tag@example.net" });
  });

  it.each(["|cat@example.net", "/etc/passwd@example.net", '"a b"@example.net', "a, b@example.net", "-f@example.net"])(
    "fails on %j",
    (text) => {
      expect(parseAddress(text)).toEqual({ problem: expect.any(String) });
    },
  );
});

describe("IP addresses", () => {
  it.each(["127.0.0.1", "0.0.0.0", "224.0.0.1", "169.254.1.1", "1.2.3", "1.2.3.4.5", "0x7f.1", "::1", "1.2.3.4 "])(
    "fails on %j as IPv4",
    (text) => {
      expect(parseIpv4(text)).toEqual({ problem: expect.any(String) });
    },
  );

  it.each(["::1", "::", "fe80::1", "fe80::1%eth0", "ff02::1", "::ffff:192.0.2.1", "192.0.2.1", "2001:db8::g"])(
    "fails on %j as IPv6",
    (text) => {
      expect(parseIpv6(text)).toEqual({ problem: expect.any(String) });
    },
  );

  it("writes IPv6 in its canonical form", () => {
    expect(parseIpv6("2001:0DB8:0:0::7")).toEqual({ value: "2001:db8::7" });
  });

  it("names the reverse zone's entries", () => {
    expect(reverseName("198.51.100.7")).toBe("7.100.51.198.in-addr.arpa");
    expect(reverseName("2001:db8:51::7")).toBe(`7.${"0.".repeat(19)}1.5.0.0.8.b.d.0.1.0.0.2.ip6.arpa`);
  });
});
