import type { FunctionType } from "../standIn";
import type { OvhApi } from "./api";

/** `ovh.domain.getZone`: whether a zone is in the account, and its name servers. */
export function getZone(api: OvhApi): FunctionType {
  return {
    token: "ovh:Domain/getZone:getZone",
    async call({ name }) {
      const zone = String(name);
      api.call("GET", `/domain/zone/${zone}`, (state) => api.zone(state, zone));
      return {
        id: zone,
        name: zone,
        ZoneURN: `urn:v1:eu:resource:dnsZone:${zone}`,
        dnssecSupported: true,
        hasDnsAnycast: false,
        lastUpdate: "2026-01-01T00:00:00+00:00",
        nameServers: ["ns.test"],
      };
    },
  };
}

/** `ovh.getDomainZoneRecords`: the numbers of all records of a zone. */
export function getDomainZoneRecords(api: OvhApi): FunctionType {
  return {
    token: "ovh:index/getDomainZoneRecords:getDomainZoneRecords",
    async call({ zoneName }) {
      const zone = String(zoneName);
      const records = api.call("GET", `/domain/zone/${zone}/record`, (state) => api.zone(state, zone).records);
      return { id: zone, zoneName: zone, ids: records.map(({ id }) => id) };
    },
  };
}

/** `ovh.getDomainZoneRecord`: one record by its number. */
export function getDomainZoneRecord(api: OvhApi): FunctionType {
  return {
    token: "ovh:index/getDomainZoneRecord:getDomainZoneRecord",
    async call({ zoneName, id }) {
      const zone = String(zoneName);
      return { ...api.getRecord(zone, Number(id)), zone, zoneName: zone };
    },
  };
}
