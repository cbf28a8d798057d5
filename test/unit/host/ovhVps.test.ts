import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OvhVpsArgs } from "../../../components/args";
import { publishEdgeFirewall } from "../../../components/host/edgeFirewall";
import { createHost } from "../../../components/host/host";
import { validate } from "../../../components/validate";
import { exampleArgs, hostKey, modelFor } from "../fixture";
import { known, Mocked } from "./mocked";

const order = { planCode: "vps-2025-model1", datacenter: "GRA", image: "Debian 13", ovhSubsidiary: "FR" };

describe("a VPS at OVH", () => {
  let mocked: Mocked;

  const valid = (args: OvhVpsArgs) => validate(exampleArgs({ host: { ovhVps: args } }));
  const host = (args: OvhVpsArgs) => createHost("mail", valid(args), mocked.parent());

  beforeEach(async () => {
    mocked = new Mocked();
    mocked.answers["ovh:Vps/getVps:getVps"] = { ips: ["2001:db8:51::7", "198.51.100.7"] };
    await mocked.start();
  });
  afterEach(() => mocked.settled());

  it("a VPS at OVH is adopted by its service name: its addresses are found, and nothing of it becomes a resource", async () => {
    const { ipv4Address, ipv6Address, connection, user } = host({ serviceName: "vps-1.vps.ovh.net", hostKey });
    expect(await known(ipv4Address)).toBe("198.51.100.7");
    expect(ipv6Address && (await known(ipv6Address))).toBe("2001:db8:51::7");
    expect(connection).toMatchObject({ hostKey, port: 22, user: "debian" });
    expect(user).toBe("debian");
    expect([...mocked.resources.keys()]).toEqual(["parent"]);
  });

  it("a VPS at OVH has no IPv6 address when the server does not use IPv6", async () => {
    const { ipv4Address, ipv6Address } = host({ serviceName: "vps-1.vps.ovh.net", hostKey, enableIpv6: false });
    expect(await known(ipv4Address)).toBe("198.51.100.7");
    expect(ipv6Address).toBeUndefined();
  });

  it("a VPS at OVH is ordered once, and guarded against what a later change would do to it", async () => {
    mocked.outputs["ovh:Vps/vps:Vps"] = { serviceName: "vps-2.vps.ovh.net" };
    const { ipv4Address } = host({ order: { ...order, displayName: "mail" }, hostKey });
    expect(await known(ipv4Address)).toBe("198.51.100.7");
    const vps = mocked.resource("mail-vps");
    expect(vps.inputs).toEqual({
      displayName: "mail",
      ovhSubsidiary: "FR",
      plans: [
        {
          planCode: "vps-2025-model1",
          duration: "P1M",
          pricingMode: "default",
          configurations: [
            { label: "vps_datacenter", value: "GRA" },
            { label: "vps_os", value: "Debian 13" },
          ],
        },
      ],
    });
    expect(vps.opts).toMatchObject({ protect: true, retainOnDelete: true });
    expect(vps.opts.ignoreChanges).toEqual(
      expect.arrayContaining(["plans", "planOptions", "ovhSubsidiary", "imageId", "publicSshKey"]),
    );
  });

  it("a VPS at OVH shows its host key once, and keeps it", async () => {
    mocked.outputs["command:local:Command"] = { stdout: hostKey };
    const { connection } = host({ serviceName: "vps-1.vps.ovh.net", trustOnFirstUse: true, port: 2222 });
    expect(await known(pulumi.output(connection.hostKey))).toBe(hostKey);
    const keyscan = mocked.resource("mail-host-key");
    expect(keyscan.inputs.environment).toEqual({ ADDRESS: "198.51.100.7", PORT: "2222" });
    expect(keyscan.opts.ignoreChanges).toEqual(["create", "environment"]);
  });

  it("a VPS at OVH gets an edge firewall that keeps nobody out before all that may come in is said", async () => {
    const args = valid({ serviceName: "vps-1.vps.ovh.net", hostKey, enableEdgeFirewall: true });
    const parent = mocked.parent();
    const found = createHost("mail", args, parent);
    expect(publishEdgeFirewall("mail", args, modelFor(args), found, { parent, dependsOn: [] })).toHaveLength(13);
    await vi.waitFor(() => expect(mocked.ofType("ovh:Ip/firewallRule:FirewallRule")).toHaveLength(12));
    const at = { ip: "198.51.100.7/32", ipOnFirewall: "198.51.100.7" };
    expect(mocked.resource("mail-edge").inputs).toEqual({ ...at, enabled: true });
    expect(mocked.resource("mail-edge-19").inputs).toEqual({ ...at, sequence: 19, action: "deny", protocol: "ipv4" });
    const before = await mocked.dependsOn("mail-edge-19");
    const rules = mocked.ofType("ovh:Ip/firewallRule:FirewallRule");
    for (const { name, opts } of rules) {
      expect(opts.deleteBeforeReplace).toBe(true);
      if (name === "mail-edge-19") continue;
      expect(before).toContain(name);
      expect(await mocked.dependsOn(name)).toEqual(["mail-edge"]);
    }
    expect(rules.map(({ inputs }) => inputs.destinationPort)).toEqual(
      expect.arrayContaining([22, 25, 80, 143, 465, 587, 993]),
    );
  });
});
