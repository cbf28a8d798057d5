import { describe, expect, test } from "vitest";
import type { MailDnsArgs, MailHostArgs } from "../../components/args";
import { givenDkimKey } from "../../components/dns/dkimKeys";
import { resolveDns } from "../../components/resolve";
import { validateMailDns, validateMailHost } from "../../components/validate";
import { exampleArgs, hostKey } from "./fixture";

const pem = `-----BEGIN PUBLIC KEY-----\n${"A".repeat(392)}\n-----END PUBLIC KEY-----\n`;
const name = "mail._domainkey.example.org";

const dnsArgs = (changes: Partial<MailDnsArgs> = {}): MailDnsArgs => ({
  hostname: "mail.example.org",
  ipv4Address: "198.51.100.7",
  domains: [{ name: "example.org" }],
  certificate: { acme: {} },
  dns: { zoneFile: {} },
  ...changes,
});

describe("args of the records alone", () => {
  test("args of the records alone get the defaults of a whole server", () => {
    const [domain] = validateMailDns(dnsArgs()).domains;
    expect(domain).toMatchObject({
      dkim: { selector: "mail", standbySelectors: [] },
      enableSrvRecords: true,
      enableCaa: false,
    });
    expect(resolveDns(validateMailDns(dnsArgs()))).toMatchObject({
      machines: [{ ipv6: false }],
      dane: false,
      caa: true,
    });
    expect(resolveDns(validateMailDns(dnsArgs({ ipv6Address: "2001:db8::1" }))).machines).toMatchObject([
      { ipv6: true },
    ]);
  });

  test.each<[string, Partial<MailDnsArgs>, string[]]>([
    ["a key is missing", { dkimPublicKeys: {} }, [`dkimPublicKeys: has no key for "${name}"`]],
    [
      "a key belongs to nothing",
      { dkimPublicKeys: { [name]: pem, "x._domainkey.example.org": pem } },
      ['dkimPublicKeys["x._domainkey.example.org"]: belongs to no selector'],
    ],
    [
      "the hostname's keys are spoken of, and not there",
      { hostnameDkim: { standbySelectors: ["next"] }, dkimPublicKeys: { [name]: pem } },
      ["mail", "next"].map((each) => `dkimPublicKeys: has no key for "${each}._domainkey.mail.example.org"`),
    ],
    [
      "one of the hostname's keys is missing",
      { dkimPublicKeys: { [name]: pem, "next._domainkey.mail.example.org": pem } },
      ['dkimPublicKeys["next._domainkey.mail.example.org"]: belongs to no selector'],
    ],
    [
      "several members are wrong",
      {
        ipv4Address: "here",
        certificateSpkiSha256: "AB",
        acmeAccountUri: "me",
        domains: [{ name: "example.org" }, { name: "a" }],
      },
      ["ipv4Address: ", "certificateSpkiSha256: ", "acmeAccountUri: ", "domains[1].name: "],
    ],
    ["a domain is there twice", { domains: [{ name: "a.org" }, { name: "a.org" }] }, ["domains[1].name: "]],
    ["a parked domain is used", { parkedDomains: ["example.org"] }, ["parkedDomains[0]: "]],
    ["DNS is nowhere", { dns: {} }, ["dns: must have exactly one of"]],
  ])("args of the records alone are refused where %s", (_, changes, said) => {
    const refused = () => validateMailDns(dnsArgs(changes));
    for (const text of said) expect(refused).toThrow(text);
  });

  test("keys in the args of the records alone are judged when they are known", () => {
    expect(givenDkimKey({ [name]: pem }, name)).toBe(pem);
    expect(() => givenDkimKey({}, name)).toThrow(`dkimPublicKeys has no key for ${name}`);
    expect(() => givenDkimKey({ [name]: "key" }, name)).toThrow("has no public key in PEM format");
  });
});

describe("args of the machine alone", () => {
  const hostArgs = (changes: Partial<MailHostArgs> = {}): MailHostArgs => {
    const { dns: _, ...args } = exampleArgs();
    return { ...args, ...changes };
  };

  test("args of the machine alone are those of a server whose records are an output", () => {
    expect(validateMailHost(hostArgs())).toMatchObject({
      dns: { zoneFile: {} },
      parkedDomains: [],
      enableProbe: false,
    });
  });

  test("args of the machine alone are refused with all that is wrong", () => {
    const refused = () =>
      validateMailHost(
        hostArgs({ hostname: "mail", host: { ssh: { ipv4Address: "::", hostKey } }, postmaster: "nobody" }),
      );
    for (const text of ["hostname: ", "host.ssh.ipv4Address: ", "postmaster: "]) expect(refused).toThrow(text);
  });
});
