import type { FunctionType } from "../standIn";
import { isObject, type Values } from "../values";
import type { CloudflareApi, CloudflareZone } from "./api";
import { isComplaint } from "./complaint";
import type { CloudflareRecord } from "./record";

/** `cloudflare.getZone`: a zone of the account, by its id or by its name. */
export function getZone(api: CloudflareApi): FunctionType {
  return {
    token: "cloudflare:index/getZone:getZone",
    async call({ zoneId, filter }) {
      if (typeof zoneId === "string")
        return {
          ...shownZone(
            zoneId,
            api.call("GET", `/zones/${zoneId}`, (state) => api.zone(state, zoneId)),
          ),
          zoneId,
        };
      const found = zones(api, isObject(filter) ? filter.name : undefined);
      const [only] = found;
      if (only === undefined || found.length > 1)
        throw new Error(`failed to find exactly one result: ${found.length} zones match the filter`);
      return { ...only, zoneId: only.id, filter };
    },
  };
}

/** `cloudflare.getZones`: the zones of the account, all or those with a name. */
export function getZones(api: CloudflareApi): FunctionType {
  return {
    token: "cloudflare:index/getZones:getZones",
    call: async (args) => ({ match: "all", ...args, results: zones(api, args.name) }),
  };
}

/** `cloudflare.getDnsRecords`: the records of a zone, all or those with a name, type or content. */
export function getDnsRecords(api: CloudflareApi): FunctionType {
  return {
    token: "cloudflare:index/getDnsRecords:getDnsRecords",
    async call(args) {
      const zoneId = String(args.zoneId);
      const { records } = api.call("GET", `/zones/${zoneId}/dns_records`, (state) => api.zone(state, zoneId));
      const found = records.filter(
        ({ name, type, content }) =>
          fits(args.name, name) && fits(args.content, content) && (args.type ?? type) === type,
      );
      const max = typeof args.maxItems === "number" ? args.maxItems : 1000;
      return { match: "all", direction: "asc", order: "type", ...args, results: found.slice(0, max).map(shownRecord) };
    },
  };
}

/** `cloudflare.getDnsRecord`: one record by its id. */
export function getDnsRecord(api: CloudflareApi): FunctionType {
  return {
    token: "cloudflare:index/getDnsRecord:getDnsRecord",
    async call({ zoneId, dnsRecordId }) {
      if (typeof zoneId !== "string" || typeof dnsRecordId !== "string")
        throw new Error("getDnsRecord is rehearsed with zoneId and dnsRecordId only; use getDnsRecords to search");
      return { ...shownRecord(api.getRecord(zoneId, dnsRecordId)), zoneId, dnsRecordId };
    },
  };
}

function zones(api: CloudflareApi, name: unknown): Values[] {
  return api.call("GET", "/zones", (state) =>
    Object.entries(state.zones)
      .filter(([id, zone]) => !isComplaint(api.zone(state, id)) && (name ?? zone.name) === zone.name)
      .map(([id, zone]) => shownZone(id, zone)),
  );
}

function shownZone(id: string, { name }: CloudflareZone): Values {
  return {
    id,
    name,
    status: "active",
    type: "full",
    paused: false,
    nameServers: ["ns.test"],
    originalNameServers: [],
    vanityNameServers: [],
    permissions: ["#dns_records:edit", "#dns_records:read"],
    account: { id: "0123456789abcdef0123456789abcdef", name: "the lab" },
    developmentMode: 0,
  };
}

function shownRecord(record: CloudflareRecord): Values {
  const { type, ...rest } = record;
  return { ...rest, type, proxiable: ["A", "AAAA", "CNAME"].includes(type), meta: "{}", settings: {} };
}

/** A filter such as `{ exact: "mail.example.org" }`; DNS names and texts are compared without their case, as the API does. */
function fits(filter: unknown, value: string): boolean {
  if (!isObject(filter)) return true;
  const text = value.toLowerCase();
  const ways: Record<string, (part: string) => boolean> = {
    exact: (part) => text === part,
    contains: (part) => text.includes(part),
    startswith: (part) => text.startsWith(part),
    endswith: (part) => text.endsWith(part),
  };
  return Object.entries(filter).every(([way, part]) => ways[way]?.(String(part).toLowerCase()) ?? true);
}
