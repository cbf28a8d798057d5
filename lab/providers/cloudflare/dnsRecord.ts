import { failure, type ResourceType } from "../standIn";
import { isObject, isUnknown, type Values } from "../values";
import { type CloudflareApi, CloudflareError } from "./api";
import type { CloudflareRecord, WantedRecord } from "./record";

const COMPUTED = ["commentModifiedOn", "createdOn", "meta", "modifiedOn", "proxiable", "tagsModifiedOn"];

/** What the original says in a preview to `data` of which it cannot know the members; they may be unknown themselves. */
const unknownData =
  'AttributeName("data"): Value Conversion Error - An unexpected error was encountered trying to build a value. ' +
  "Received unknown value, however the target type cannot handle unknown values. Path: data Target Type: *dns_record.DNSRecordDataModel";

/** `cloudflare.DnsRecord`: one record of a zone of the account. */
export function dnsRecord(api: CloudflareApi): ResourceType {
  return {
    token: "cloudflare:index/dnsRecord:DnsRecord",
    secrets: [],
    computed: COMPUTED,
    replaceOn: ["zoneId"],
    check(inputs) {
      api.logIn();
      const completed: Values = { proxied: false, ...inputs };
      const missing = ["name", "ttl", "type", "zoneId"].flatMap((property) =>
        failure(property, completed[property] !== undefined, `Missing required property '${property}'`),
      );
      const { priority, data } = completed;
      const fits =
        priority === undefined || isUnknown(priority) || (Number(priority) >= 0 && Number(priority) <= 65535);
      return {
        inputs: completed,
        failures: [
          ...missing,
          ...failure("priority", fits, "must be between 0 and 65535"),
          ...failure("data", !isUnknown(data), unknownData),
        ],
      };
    },
    // What the API makes of a text or a name is what stands in the state, so that a program which writes it otherwise sees a change in
    // every preview. The original shows it after a refresh only, and overlooks the case of names.
    same(property, before, after, { type, data }) {
      if (property === "content" && isObject(data)) return true;
      if (property === "settings" || property === "tags") return after === undefined;
      const isName = property === "name" || (property === "content" && ["CNAME", "NS", "PTR"].includes(String(type)));
      return isName && String(before).toLowerCase() === String(after).toLowerCase();
    },
    async create(inputs) {
      const made = await named(() => api.createRecord(String(inputs.zoneId), wanted(inputs)));
      return { id: made.id, outputs: { ...shown(made), ...computed(made) } };
    },
    async read({ zoneId }, { id }) {
      // An import names the zone before the record: `ZONE_ID/RECORD_ID`.
      const [first = "", second] = id.split("/");
      const [zone, number] = second === undefined ? [String(zoneId), first] : [first, second];
      try {
        const found = api.getRecord(zone, number);
        const { content, ...rest } = shown(found);
        const inputs = { zoneId: zone, ...rest, ...(found.data === undefined ? { content } : {}) };
        return { id: number, inputs, outputs: { content, ...computed(found) } };
      } catch (error) {
        if (error instanceof CloudflareError && error.status === 404) return undefined;
        throw error;
      }
    },
    async update(_before, inputs, { id }) {
      const changed = await named(() => api.changeRecord(String(inputs.zoneId), id, wanted(inputs)));
      return { ...shown(changed), ...computed(changed) };
    },
    async delete({ zoneId }, { id }) {
      await named(() => api.deleteRecord(String(zoneId), id));
    },
  };
}

function wanted({ name, type, ttl, content, data, priority, proxied, comment, tags }: Values): WantedRecord {
  return {
    name: String(name),
    type: String(type),
    ttl: Number(ttl),
    proxied: proxied === true,
    tags: Array.isArray(tags) ? tags.map(String) : [],
    ...(content === undefined ? {} : { content: String(content) }),
    ...(isObject(data) ? { data } : {}),
    ...(priority === undefined ? {} : { priority: Number(priority) }),
    ...(comment === undefined ? {} : { comment: String(comment) }),
  };
}

function shown({ name, type, ttl, content, data, priority, proxied, comment }: CloudflareRecord): Values {
  const set = { data, priority, comment };
  const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));
  return { name, type, ttl, content, proxied, ...given };
}

function computed({ type, tags, createdOn, modifiedOn }: CloudflareRecord): Values {
  return { createdOn, modifiedOn, meta: "{}", proxiable: ["A", "AAAA", "CNAME"].includes(type), tags, settings: {} };
}

async function named<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`failed to make http request: ${error instanceof Error ? error.message : error}`);
  }
}
