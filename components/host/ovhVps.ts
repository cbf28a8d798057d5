import type * as ovh from "@ovhcloud/pulumi-ovh";
import * as pulumi from "@pulumi/pulumi";
import type { OvhVpsOrderArgs } from "../args";
import { answerOf } from "../dns/existing";
import { ovhSdk } from "../ovhSdk";
import { refuse } from "../refusal";
import type { ValidArgs } from "../schema";
import { connectionTo, type Host } from "./connection";
import { trustedOnFirstUse } from "./trustOnFirstUse";
import { type ChosenAddresses, chooseAddresses } from "./vpsAddresses";

type OvhVps = NonNullable<ValidArgs["host"]["ovhVps"]>;

/**
 * A virtual private server at OVH. An adopted one is only looked up: what is not a resource of the stack cannot be reinstalled or
 * ended by it.
 */
export function ovhVps(name: string, args: OvhVps, parent: pulumi.Resource): Host {
  const vps = args.order && orderVps(name, args.order, parent);
  const serviceName = vps?.serviceName ?? pulumi.output(args.serviceName ?? "");
  const addresses = lookUpAddresses(serviceName, args, parent);
  const ipv4Address = addresses.apply((chosen) => chosen.ipv4Address);
  const hostKey = args.hostKey ?? trustedOnFirstUse(`${name}-host-key`, ipv4Address, args.port, parent);
  return {
    ipv4Address,
    ipv6Address: args.enableIpv6 ? addresses.apply((chosen) => chosen.ipv6Address ?? "") : undefined,
    user: args.user,
    port: args.port,
    hostKey: pulumi.output(hostKey),
    connection: connectionTo(ipv4Address, hostKey, args),
    vps,
  };
}

/**
 * Buys a VPS. A change of `plans` would replace it, and one of `imageId` or `publicSshKey` wipes its disk although a preview shows a
 * harmless update: so none of them is ever looked at again, deleting is refused, and even a forced deletion ends nothing at OVH.
 */
function orderVps(name: string, order: OvhVpsOrderArgs, parent: pulumi.Resource): ovh.vps.Vps {
  const { Vps } = ovhSdk().vps;
  return new Vps(
    `${name}-vps`,
    {
      displayName: order.displayName,
      ovhSubsidiary: order.ovhSubsidiary,
      plans: [
        {
          planCode: order.planCode,
          duration: "P1M",
          pricingMode: "default",
          configurations: [
            { label: "vps_datacenter", value: order.datacenter },
            { label: "vps_os", value: order.image },
          ],
        },
      ],
    },
    {
      parent,
      protect: true,
      retainOnDelete: true,
      ignoreChanges: [
        ...["plans", "planOptions", "ovhSubsidiary", "imageId", "publicSshKey"],
        ...["doNotSendPassword", "model", "netbootMode", "zone"],
      ],
      // The provider waits half an hour for the delivery; an order that Pulumi gives up on is paid all the same.
      customTimeouts: { create: "90m" },
    },
  );
}

/** The addresses stand in the look-up only; the resource of an ordered VPS has none. */
function lookUpAddresses(
  serviceName: pulumi.Output<string>,
  args: OvhVps,
  parent: pulumi.Resource,
): pulumi.Output<ChosenAddresses> {
  return serviceName.apply(async (vps) => {
    // The look-up of a name that the account does not have ends without an error and without a result.
    const found = await ovhSdk()
      .vps.getVps({ serviceName: vps }, { parent })
      .catch((cause: unknown) =>
        refuse(
          `host.ovhVps: OVH does not show the VPS ${vps} to these credentials; let them read /vps/${vps}*. OVH's answer: ${answerOf(cause)}`,
          parent,
        ),
      );
    const chosen = chooseAddresses(vps, found?.ips ?? [], args);
    return "problem" in chosen ? refuse(chosen.problem, parent) : chosen;
  });
}
