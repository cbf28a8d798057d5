import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OvhReverseDnsArgs } from "../../../components/args";
import { blockOf, publishReverseAtOvh } from "../../../components/dns/providers/ovh/reverse";
import type { Host } from "../../../components/host/connection";
import { Mocked } from "./mocked";

const host: Host = {
  ipv4Address: pulumi.output("198.51.100.7"),
  ipv6Address: pulumi.output("2001:db8:51::7"),
  user: "root",
  port: 22,
  hostKey: pulumi.output("ssh-ed25519 AAAA"),
  connection: { host: "198.51.100.7" },
};

describe("reverse DNS at OVH", () => {
  let mocked: Mocked;

  const publish = async (args: OvhReverseDnsArgs, machine = host) => {
    const made = publishReverseAtOvh("mail", "mail.example.org", args, machine, {
      parent: mocked.parent(),
    });
    await vi.waitFor(() => expect(mocked.ofType("ovh:Ip/reverse:Reverse")).toHaveLength(made.length));
    return Object.fromEntries(mocked.ofType("ovh:Ip/reverse:Reverse").map(({ name, inputs }) => [name, inputs]));
  };

  beforeEach(async () => {
    mocked = new Mocked();
    await mocked.start();
  });
  afterEach(() => mocked.settled());

  it("reverse DNS at OVH names both addresses, each in the block of itself, in the casing of OVH's provider", async () => {
    const same = { ReverseValue: "mail.example.org.", readinessTimeoutDuration: "10m" };
    expect(await publish({})).toEqual({
      "mail-reverse-v4": { ip: "198.51.100.7/32", ReverseIp: "198.51.100.7", ...same },
      "mail-reverse-v6": { ip: "2001:db8:51::7/128", ReverseIp: "2001:db8:51::7", ...same },
    });
    for (const { opts } of mocked.ofType("ovh:Ip/reverse:Reverse"))
      expect(opts).toMatchObject({ deleteBeforeReplace: true, ignoreChanges: ["readinessTimeoutDuration"] });
  });

  it("reverse DNS at OVH takes the blocks that OVH knows the addresses by", async () => {
    expect(await publish({ blockV4: "198.51.100.0/28", blockV6: "2001:db8:51::/64" })).toMatchObject({
      "mail-reverse-v4": { ip: "198.51.100.0/28", ReverseIp: "198.51.100.7" },
      "mail-reverse-v6": { ip: "2001:db8:51::/64", ReverseIp: "2001:db8:51::7" },
    });
  });

  it("reverse DNS at OVH refuses a block in which the address is not", () => {
    expect(() => blockOf("blockV4", "198.51.100.16/28", 32)("198.51.100.7")).toThrow(
      "reverseDns.ovh.blockV4: 198.51.100.16/28 does not contain 198.51.100.7, the machine's address",
    );
    expect(() => blockOf("blockV6", "2001:db8:52::/64", 128)("2001:db8:51::7")).toThrow("reverseDns.ovh.blockV6: ");
  });

  it("reverse DNS at OVH names one address where there is one", async () => {
    expect(Object.keys(await publish({}, { ...host, ipv6Address: undefined }))).toEqual(["mail-reverse-v4"]);
  });
});
