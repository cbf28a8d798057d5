import { failure, type ResourceType } from "../standIn";
import { isUnknown } from "../values";
import type { HetznerApi } from "./api";

const OWNERS = ["floatingIpId", "loadBalancerId", "primaryIpId", "serverId"];

/** `hcloud.Rdns`: the name of an address, rehearsed for servers (terraform-provider-hcloud `internal/rdns/resource_rdns.go`). */
export function rdns(api: HetznerApi): ResourceType {
  return {
    token: "hcloud:index/rdns:Rdns",
    secrets: [],
    computed: [],
    replaceOn: ["ipAddress", ...OWNERS],
    check(inputs) {
      api.logIn();
      const owners = OWNERS.filter((owner) => inputs[owner] !== undefined);
      const one = `one of \`${OWNERS.join(",")}\` must be specified`;
      return {
        inputs,
        failures: [
          ...failure("serverId", owners.length === 1, owners.length ? `only ${one}` : one),
          ...failure(
            "serverId",
            owners[0] === undefined || owners[0] === "serverId",
            "only servers are rehearsed here",
          ),
          ...["dnsPtr", "ipAddress"].flatMap((property) =>
            failure(property, isUnknown(inputs[property]) || Boolean(inputs[property]), "Missing required argument"),
          ),
        ],
      };
    },
    async create({ serverId, ipAddress, dnsPtr }) {
      if (api.getServer(Number(serverId)) === undefined)
        throw new Error("expected non-empty ID for new state during Create");
      await api.nameAddress(Number(serverId), String(ipAddress), String(dnsPtr));
      return { id: `s-${serverId}-${ipAddress}`, outputs: {} };
    },
    async read(_state, { id }) {
      const [, server, ipAddress = ""] = /^s-(\d+)-(.+)$/.exec(id) ?? [];
      if (server === undefined) throw new Error(`invalid rdns id ${id}`);
      const dnsPtr = api.getServer(Number(server))?.[ipAddress];
      // An address without a name of the customer's has one of Hetzner's.
      const shown = dnsPtr === null ? `static.${ipAddress}.clients.your-server.de` : dnsPtr;
      return shown === undefined
        ? undefined
        : { id, inputs: { serverId: Number(server), ipAddress, dnsPtr: shown }, outputs: {} };
    },
    async update(_before, { serverId, ipAddress, dnsPtr }) {
      await api.nameAddress(Number(serverId), String(ipAddress), String(dnsPtr));
      return {};
    },
    async delete({ serverId, ipAddress }) {
      if (api.getServer(Number(serverId)) !== undefined)
        await api.nameAddress(Number(serverId), String(ipAddress), null);
    },
  };
}
