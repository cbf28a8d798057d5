import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerOf,
  type FoundRecord,
  findConflictingRecords,
  plainName,
  plainText,
} from "../../components/dns/existing";
import { presentation } from "../../components/dns/presentation";
import type { DnsRecord } from "../../components/dns/record";
import { records } from "../../components/plannedRecords";
import { validate } from "../../components/validate";
import { exampleArgs, factsOf, modelFor } from "./fixture";

const ours = records(
  modelFor(validate(exampleArgs({ parkedDomains: ["www.example.org"] }))),
  factsOf({
    ipv4Address: "198.51.100.7",
    ipv6Address: "2001:db8:51::7",
    dkimPublicKeys: {},
  }),
);
const found = (name: string, type: string, value: string): FoundRecord => ({ name, type, value, importId: "1" });
const foreignMx = found("example.org", "MX", "mx.example.net");
const foreignSpf = found("example.org", "TXT", "v=spf1 include:example.net ~all");
const ourMx = found("example.org", "MX", "mail.example.org");
const spfOf = (name: string) => ours.find((each) => each.name === name && each.value.startsWith("v=spf1")) as DnsRecord;

describe("what a provider said", () => {
  it.each<[string, string]>([
    [
      "invocation of ovh:Domain/getZone:getZone returned an error: invoking ovh:Domain/getZone:getZone: 1 error occurred:\n\t* Error calling /domain/zone/example.net:\n\t OVHcloud API error (status code 404): Client::NotFound\n\n",
      "Error calling /domain/zone/example.net: OVHcloud API error (status code 404): Client::NotFound",
    ],
    ["invoking x: 2 errors occurred:\n\t* no credentials\n\t* no network\n\n", "no credentials; no network"],
    [
      'failed: GET "https://api.example.net": 403 Forbidden {"code":10000}',
      'failed: GET "https://api.example.net": 403 Forbidden {"code":10000}',
    ],
    ["one\u001b[2K\r\ntwo\u0007", "one [2K; two"],
  ])("what a provider said is told whole, in one line: %j", (said, told) => {
    expect(answerOf(new Error(said))).toBe(told);
    expect(answerOf(said)).toBe(told);
  });
});

describe("a zone", () => {
  it.each<[string, FoundRecord[]]>([
    ["is empty", []],
    ["has other texts", [found("example.org", "TXT", "v=spf10"), found("example.org", "TXT", "a verification")]],
    ["has mail at names that are not the server's", [found("lists.example.org", "MX", "mx.example.net")]],
    ["has an MX for the hostname, which the server has none for", [found("mail.example.org", "MX", "mx.example.net")]],
    [
      "has the server's SPF record from a run that broke off",
      [found("example.org", "TXT", spfOf("example.org").value)],
    ],
    [
      "is the server's, whose address has changed",
      [ourMx, found("example.org", "TXT", "v=spf1 mx ip4:192.0.2.1 -all")],
    ],
    ["has the parked domain's null MX", [found("www.example.org", "MX", "")]],
  ])("a zone is free for a mail server where it %s", (_what, there) => {
    expect(findConflictingRecords(ours, there)).toEqual([]);
  });

  it.each<[string, FoundRecord[]]>([
    ["an MX that leads elsewhere", [foreignMx]],
    ["somebody's SPF record", [foreignSpf]],
    ["both", [foreignMx, foreignSpf]],
    ["an MX at the parked domain", [found("www.example.org", "MX", "mail.example.org")]],
    ["a second SPF record of the hostname", [found("mail.example.org", "TXT", "v=spf1 mx ~all")]],
    ["one in capitals", [found("Example.ORG", "TXT", "V=SPF1 -all")]],
  ])("a zone is not free for a mail server where it has %s", (_what, there) => {
    expect(findConflictingRecords(ours, [found("example.org", "TXT", "a verification"), ...there])).toEqual(there);
  });
});

describe("what the stack itself published earlier", () => {
  const earlier = [
    { name: "example.org", type: "MX", value: "old.example.org" },
    { name: "www.example.org", type: "TXT", value: "v=spf1 mx -all" },
  ];

  it("what the stack itself published earlier is the stack's own where the zone still says the same", () => {
    const there = [found("Example.org", "MX", "old.example.org"), found("www.example.org", "TXT", "v=spf1 mx -all")];
    expect(findConflictingRecords(ours, there)).toEqual(there);
    expect(findConflictingRecords(ours, there, earlier)).toEqual([]);
  });

  it.each<[string, FoundRecord]>([
    ["says something else by now", foreignMx],
    ["is at another name", found("example.com", "MX", "old.example.org")],
    ["is of another type", found("www.example.org", "MX", "v=spf1 mx -all")],
  ])("what the stack itself published earlier is another server's where it %s", (_what, there) => {
    expect(findConflictingRecords(ours, [there], earlier)).toEqual([there]);
  });
});

describe("what a provider returns", () => {
  it("a text that a provider returns is the one that was sent, however it is quoted", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 600 }), (value) => {
        expect(plainText(presentation({ type: "TXT", value }))).toBe(value);
      }),
    );
    expect(plainText("v=spf1 -all")).toBe("v=spf1 -all");
  });

  it("a name that a provider returns is the one that was sent", () => {
    expect(["Mail.Example.org.", "mail.example.org", "."].map(plainName)).toEqual([
      "mail.example.org",
      "mail.example.org",
      "",
    ]);
  });
});
