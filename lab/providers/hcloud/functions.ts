import type { FunctionType } from "../standIn";
import type { HetznerApi } from "./api";

/** `hcloud.getZone`: a zone of the project, rehearsed by its name. */
export function getZone(api: HetznerApi): FunctionType {
  return {
    token: "hcloud:index/getZone:getZone",
    async call({ name }) {
      const zone = String(name);
      const { id, mode, ttl } = api.call("GET", `/zones/${zone}`, (state) => api.zone(state, zone));
      return {
        id,
        name: zone,
        mode,
        ttl,
        deleteProtection: false,
        labels: {},
        primaryNameservers: [],
        registrar: "other",
      };
    },
  };
}

/** `hcloud.getZoneRrsets`: all sets of a zone. */
export function getZoneRrsets(api: HetznerApi): FunctionType {
  return {
    token: "hcloud:index/getZoneRrsets:getZoneRrsets",
    async call({ zone: name }) {
      const zone = String(name);
      const { rrsets } = api.call("GET", `/zones/${zone}/rrsets`, (state) => api.zone(state, zone));
      const shown = rrsets.map(({ ttl, ...each }) => ({
        ...each,
        ...(ttl === null ? {} : { ttl }),
        ...{ id: `${each.name}/${each.type}`, zone, changeProtection: false, labels: {} },
      }));
      return { id: zone, zone, rrsets: shown };
    },
  };
}
