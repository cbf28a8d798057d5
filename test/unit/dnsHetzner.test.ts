import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { recordReaders } from "../../components/dns/providers";
import { hetznerRecordsFound, requirePrimaryZone } from "../../components/dns/providers/hetzner/publish";
import { toHetzner } from "../../components/dns/providers/hetzner/record";
import { publishReverseAtHetzner } from "../../components/dns/providers/hetzner/reverse";
import { recordsFound } from "../../components/dns/requireFreeZones";
import { validate } from "../../components/validate";
import { exampleArgs, exampleRecord as record } from "./fixture";

const registered: pulumi.runtime.MockResourceArgs[] = [];
let parent: pulumi.ComponentResource;

beforeAll(async () => {
  const modes: Record<string, string> = { "example.org": "primary", "example.com": "secondary" };
  await pulumi.runtime.setMocks({
    newResource: (args) => {
      registered.push(args);
      return { id: `${args.name}-id`, state: args.inputs };
    },
    call: ({ token, inputs: { name, zone } }) => {
      // What the engine answers where it does not know yet how the provider logs in.
      if (name === "unknown.test" || zone === "unknown.test") return {};
      if (token === "hcloud:index/getZone:getZone" && modes[name]) return { name, mode: modes[name] };
      if (zone === "broken.test") throw new Error("500: internal server error");
      if (token !== "hcloud:index/getZoneRrsets:getZoneRrsets") throw new Error("404: this zone does not exist");
      const rrset = (at: string, type: string, ...values: string[]) => ({
        ...{ name: at, type, records: values.map((value) => ({ value })) },
      });
      return {
        rrsets: [
          rrset("@", "MX", "10 Old.Example.NET."),
          rrset("@", "TXT", '"site=1"', '"v=spf1 " "-all"'),
          rrset("sub", "MX", "0 ."),
          rrset("mail", "A", "192.0.2.1"),
        ],
      };
    },
  });
  parent = new pulumi.ComponentResource("test:index:Parent", "parent");
});

describe("a record at Hetzner", () => {
  it.each([
    [record("MX", "example.org", "mail.example.org", { priority: 10 }), "@", "10 mail.example.org."],
    [record("MX", "sub.example.org", "", { priority: 0 }), "sub", "0 ."],
    [record("TXT", "_dmarc.example.org", 'say "p"'), "_dmarc", '"say \\"p\\""'],
    [record("TXT", "k.example.org", "A".repeat(300)), "k", `"${"A".repeat(255)}" "${"A".repeat(45)}"`],
    [record("CAA", "mail.example.org", ";", { caa: { flags: 0, tag: "issuewild" } }), "mail", '0 issuewild ";"'],
  ])("has a name relative to its zone and data as in a zone file: %j", (each, name, value) => {
    expect(toHetzner(each, "example.org")).toEqual({ zone: "example.org", name, type: each.type, value });
  });
});

describe("a zone at Hetzner", () => {
  it("is refused with what to do where the token does not see it, or others keep its records", async () => {
    await expect(requirePrimaryZone("example.org", { parent })).resolves.toBeUndefined();
    await expect(requirePrimaryZone("unknown.test", { parent })).resolves.toBeUndefined();
    await expect(requirePrimaryZone("example.net", { parent })).rejects.toThrow(
      /^Hetzner does not show the DNS zone example\.net to this token: add the zone .*dns\.hetzner\.zone; .*dns\.hetzner\.account\)\. Hetzner's answer: /,
    );
    await expect(requirePrimaryZone("example.com", { parent })).rejects.toThrow(
      /example\.com is a secondary zone.*dns\.rfc2136/,
    );
  });

  it("is no reason for a stack trace where what it holds cannot be looked up", async () => {
    const args = validate(exampleArgs({ dns: { hetzner: {} } }));
    const ours = [record("MX", "broken.test", "mail.example.org"), record("TXT", "broken.test", "v=spf1 -all")];
    await expect(recordsFound(args, ours, () => ({ parent }))).rejects.toThrow(
      /^whether another mail server's records stand at broken\.test could not be looked up; no record has been changed\. Run it again/,
    );
  });

  it("tells its MX and TXT records, none of which has an import ID", async () => {
    expect(await hetznerRecordsFound("unknown.test", { parent })).toEqual([]);
    expect(await hetznerRecordsFound("example.org", { parent })).toEqual([
      { name: "example.org", type: "MX", value: "old.example.net" },
      { name: "example.org", type: "TXT", value: "site=1" },
      { name: "example.org", type: "TXT", value: "v=spf1 -all" },
      { name: "sub.example.org", type: "MX", value: "" },
    ]);
  });
});

it("PTR records at Hetzner are those of a server's addresses, which the policy pack reads", async () => {
  const addresses = { ipv4Address: pulumi.output("198.51.100.7"), ipv6Address: pulumi.output("2001:db8:51::7") };
  const made = publishReverseAtHetzner("mail", "mail.example.org", { serverId: 42 }, addresses, { parent });
  await Promise.all(made.map(({ urn }) => new Promise((resolve) => urn.apply(resolve))));
  const pointers = registered.filter(({ type }) => type === "hcloud:index/rdns:Rdns");
  expect(pointers.map(({ name, inputs }) => [name, inputs])).toEqual([
    ["mail-reverse-v4", { serverId: 42, ipAddress: "198.51.100.7", dnsPtr: "mail.example.org" }],
    ["mail-reverse-v6", { serverId: 42, ipAddress: "2001:db8:51::7", dnsPtr: "mail.example.org" }],
  ]);
  expect(recordReaders["hcloud:index/rdns:Rdns"]?.(pointers[0]!.inputs)).toEqual({
    ...{ name: "7.100.51.198.in-addr.arpa", type: "PTR", value: "mail.example.org" },
  });
});
