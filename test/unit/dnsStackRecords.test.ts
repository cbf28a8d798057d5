import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { stackRecords } from "../../components/dns/stackRecords";

const urn = (type: string, name: string) => `urn:pulumi:production::mail::mailserver:index:MailServer$${type}::${name}`;
const [ovh, cloudflare] = ["ovh:Domain/zoneRecord:ZoneRecord", "cloudflare:index/dnsRecord:DnsRecord"];
const records = [{ id: "example.org-MX" }, { id: "example.org-SPF" }];
const mx = { name: "example.org", type: "MX", value: "old.example.org" };

let outputs: object;
let resources: Record<string, { type: string; outputs?: object }>;
let asked: string[];

beforeAll(() =>
  pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
      call: ({ token, inputs }) => {
        asked.push(token);
        if (token === "pulumi:pulumi:readStackOutputs" && inputs.name === "organization/mail/production")
          return { outputs };
        if (token === "pulumi:pulumi:readStackResourceOutputs" && inputs.stackName === "organization/mail/production")
          return { outputs: resources };
        throw new Error(`unrecognized function name: '${token}'`);
      },
    },
    "mail",
    "production",
    false,
    "organization",
  ),
);

beforeEach(() => {
  asked = [];
  outputs = { hostname: "old.example.org" };
  resources = {
    [urn(ovh!, "mail-example.org-MX")]: {
      type: ovh!,
      outputs: { zone: "example.org", subdomain: "", fieldtype: "MX", target: "10 old.example.org." },
    },
    [urn(cloudflare!, "mail-example.org-SPF")]: {
      type: cloudflare!,
      outputs: { name: "example.org", type: "TXT", content: '"v=spf1 mx -all"' },
    },
  };
});

describe("what the stack published last", () => {
  it("what the stack published last is told by its state, of both providers", async () => {
    const spf = { name: "example.org", type: "TXT", value: "v=spf1 mx -all" };
    expect(await stackRecords("mail", records)).toEqual(expect.arrayContaining([mx, spf]));
  });

  it("what the stack published last is told where the program holds it for a secret, too", async () => {
    const target = {
      "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
      value: "10 old.example.org.",
    };
    Object.assign(resources[urn(ovh!, "mail-example.org-MX")]?.outputs ?? {}, { target, ttl: 300 });
    expect(await stackRecords("mail", records)).toEqual(expect.arrayContaining([mx]));
  });

  it("what the stack published last has no records of somebody else in the same program", async () => {
    const theirs = {
      type: ovh!,
      outputs: { zone: "example.org", subdomain: "", fieldtype: "MX", target: "10 a.test." },
    };
    resources = {
      [urn(ovh!, "example.org-MX")]: theirs,
      [urn(ovh!, "mail-2-example.org-MX")]: theirs,
      [urn(ovh!, "mail-example.net-MX")]: theirs,
      [urn("aws:route53/record:Record", "mail-example.org-SPF")]: { type: "aws:route53/record:Record", outputs: {} },
      [urn(cloudflare!, "mail-example.org-SPF")]: { type: cloudflare! },
    };
    expect(await stackRecords("mail", records)).toEqual([]);
  });

  it("what the stack published last is nothing of a stack without outputs, of which the engine must not be asked for resources", async () => {
    outputs = {};
    expect(await stackRecords("mail", records)).toEqual([]);
    expect(asked).toEqual(["pulumi:pulumi:readStackOutputs"]);
  });

  it("what the stack published last is nothing where the engine does not tell it", async () => {
    outputs = undefined as unknown as object;
    expect(await stackRecords("mail", records)).toEqual([]);
  });
});
