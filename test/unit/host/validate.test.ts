import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { MailServerArgs } from "../../../components/args";
import { validate } from "../../../components/validate";
import { exampleArgs, hostKey, modelFor } from "../fixture";

function problems(changes: Record<string, unknown>): string[] {
  try {
    validate({ ...exampleArgs(), ...changes } as MailServerArgs);
  } catch (error) {
    if (!pulumi.InputPropertiesError.isInstance(error)) throw error;
    return error.errors.map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`);
  }
  return [];
}

const adopted = { serviceName: "vps-1.vps.ovh.net", hostKey };
const order = { planCode: "vps-2025-model1", datacenter: "GRA", image: "Debian 13", ovhSubsidiary: "FR" };

describe("the args of a VPS at OVH", () => {
  it.each([
    ["adopted", adopted],
    ["ordered", { order, trustOnFirstUse: true }],
    ["named key, no trust", { ...adopted, trustOnFirstUse: false }],
  ])("the args of a VPS at OVH are taken: %s", (_what, ovhVps) => {
    expect(problems({ host: { ovhVps } })).toEqual([]);
  });

  it("the args of a VPS at OVH decide for IPv6 before any address is known", () => {
    const ipv6 = (changes: object) =>
      modelFor(validate(exampleArgs({ host: { ovhVps: { ...adopted, ...changes } } }))).ipv6;
    expect([ipv6({}), ipv6({ enableIpv6: false }), ipv6({ enableIpv6: true })]).toEqual([true, false, true]);
  });

  it.each<[string, object, RegExp]>([
    [
      "no VPS",
      { hostKey },
      /^host\.ovhVps: must have exactly one of host\.ovhVps\.serviceName and .*\.order; got none/,
    ],
    ["two", { ...adopted, order }, /^host\.ovhVps: must have exactly one of .*got serviceName and order/],
    [
      "nothing to know it by",
      { serviceName: "vps-1" },
      /exactly one of host\.ovhVps\.hostKey and .*trustOnFirstUse; got none/,
    ],
    ["a switched-off trust only", { serviceName: "vps-1", trustOnFirstUse: false }, /trustOnFirstUse; got none/],
    ["a key and trust", { ...adopted, trustOnFirstUse: true }, /got hostKey and trustOnFirstUse/],
    [
      "an address without IPv6",
      { ...adopted, enableIpv6: false, ipv6Address: "2001:db8::1" },
      /ipv6Address: is given although enableIpv6/,
    ],
    [
      "a plan that is none",
      { order: { ...order, planCode: "" }, hostKey },
      /^host\.ovhVps\.order\.planCode: "" is not a plan/,
    ],
    ["SSH on a mail port", { ...adopted, port: 25 }, /^host\.ovhVps\.port: 25 is a port of the mail server/],
  ])("the args of a VPS at OVH fail on %s", (_what, ovhVps, message) => {
    expect(problems({ host: { ovhVps } })).toEqual([expect.stringMatching(message)]);
  });

  it("the args of a VPS at OVH fail on more ports than the edge firewall has rules for, with the count", () => {
    const sshPorts = [2201, 2202, 2203, 2204, 2205, 2206, 2207, 2208, 2209];
    const found = problems({ host: { ovhVps: { ...adopted, enableEdgeFirewall: true } }, firewall: { sshPorts } });
    expect(found).toEqual([
      expect.stringMatching(/^host\.ovhVps\.enableEdgeFirewall: would need 21 rules, .* has 20; name fewer/),
    ]);
    expect(problems({ host: { ovhVps: adopted }, firewall: { sshPorts } })).toEqual([]);
  });
});

describe("the args of reverse DNS", () => {
  it.each<[string, object, RegExp]>([
    [
      "none",
      {},
      /^reverseDns: must have exactly one of reverseDns\.rfc2136, reverseDns\.ovh and reverseDns\.hetzner; got none/,
    ],
    [
      "a block that is none",
      { ovh: { blockV4: "198.51.100.0/33" } },
      /^reverseDns\.ovh\.blockV4: "198.51.100.0\/33" has no prefix length of 1 to 32/,
    ],
    [
      "a block of the other kind",
      { ovh: { blockV6: "198.51.100.0/24" } },
      /^reverseDns\.ovh\.blockV6: .* is not an IPv6/,
    ],
  ])("the args of reverse DNS fail on %s", (_what, reverseDns, message) => {
    expect(problems({ reverseDns })).toEqual([expect.stringMatching(message)]);
  });

  it.each([{ ovh: {} }, { ovh: { blockV4: "198.51.100.0/28", blockV6: "2001:db8:51::/64" } }])(
    "the args of reverse DNS take %j",
    (reverseDns) => {
      expect(problems({ reverseDns })).toEqual([]);
    },
  );

  it("the args of reverse DNS take a single address for the block of itself", () => {
    const reverseDns = { ovh: { blockV4: "198.51.100.7", blockV6: "2001:DB8:51::7" } };
    const blocks = { blockV4: "198.51.100.7/32", blockV6: "2001:db8:51::7/128" };
    expect(validate(exampleArgs({ reverseDns })).reverseDns?.ovh).toEqual(blocks);
  });
});
