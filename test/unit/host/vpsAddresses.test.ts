import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseAddresses } from "../../../components/host/vpsAddresses";

const v4 = "198.51.100.7";
const v6 = "2001:db8:51::7";
const choose = (ips: string[], wanted: Partial<Parameters<typeof chooseAddresses>[2]> = {}) =>
  chooseAddresses("vps-1", ips, { enableIpv6: true, ...wanted });

describe("the addresses of a VPS", () => {
  it("the addresses of a VPS are told apart, in whatever order and notation they come", () => {
    expect(choose(["2001:0DB8:0051:0:0:0:0:7", v4])).toEqual({ ipv4Address: v4, ipv6Address: v6 });
    expect(choose([v4, v6])).toEqual({ ipv4Address: v4, ipv6Address: v6 });
  });

  it("the addresses of a VPS leave IPv6 out when the server does not use it", () => {
    expect(choose([v6, v4], { enableIpv6: false })).toEqual({ ipv4Address: v4 });
  });

  it("the addresses of a VPS are the named ones where there are several, and the same for every order", () => {
    const all = [v4, "198.51.100.8", v6, "2001:db8:51::8"];
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (ips) => {
        expect(choose(ips, { ipv4Address: v4, ipv6Address: v6 })).toEqual({ ipv4Address: v4, ipv6Address: v6 });
        expect(choose(ips)).toEqual({ problem: expect.stringContaining("198.51.100.7, 198.51.100.8: name the") });
      }),
    );
  });

  it.each([
    ["an account without the VPS", [], {}, /knows no addresses of the VPS vps-1; check its service name/],
    ["no IPv6", [v4], {}, /has no IPv6 address; set host\.ovhVps\.enableIpv6 to false/],
    ["no IPv4", [v6], {}, /has no IPv4 address/],
    [
      "an address of another machine",
      [v4, v6],
      { ipv4Address: "198.51.100.9" },
      /^host\.ovhVps\.ipv4Address: "198.51.100.9" is none/,
    ],
    [
      "another IPv6 address",
      [v4, v6],
      { ipv6Address: "2001:db8::1" },
      /^host\.ovhVps\.ipv6Address: .*it has 2001:db8:51::7/,
    ],
  ])("the addresses of a VPS fail on %s, with the fix", (_what, ips, wanted, message) => {
    expect(choose(ips, wanted)).toEqual({ problem: expect.stringMatching(message) });
  });
});
