import { failure, type ResourceType } from "../standIn";
import { isUnknown, type Values } from "../values";
import { type OvhApi, OvhError } from "./api";
import type { OvhRecord } from "./zone";

/** `ovh.domain.ZoneRecord`: one record of a zone of the account. */
export function zoneRecord(api: OvhApi): ResourceType {
  return {
    token: "ovh:Domain/zoneRecord:ZoneRecord",
    secrets: [],
    computed: [],
    replaceOn: ["zone", "fieldtype"],
    check(inputs) {
      api.logIn();
      const completed: Values = { ttl: 0, subdomain: "", ...inputs };
      const { ttl } = completed;
      const reason = `"ttl" must be either equal to 0 or, greater than or equal to 60, got: ${ttl}`;
      return {
        inputs: completed,
        failures: failure("ttl", isUnknown(ttl) || ttl === 0 || Number(ttl) >= 60, reason),
      };
    },
    // Since March 2026 the provider overlooks that the API has put a text in quotes, and nothing else: a longer text, which the API
    // cuts in two, differs for ever.
    same: (property, before, after, { fieldtype }) =>
      property === "target" && fieldtype === "TXT" && before === `"${after}"`,
    async create(inputs) {
      const made = await named("create", () =>
        api.createRecord(String(inputs.zone), { ...written(inputs), fieldType: String(inputs.fieldtype) }),
      );
      return { id: String(made.id), outputs: shown(String(inputs.zone), made) };
    },
    async read({ zone }, { id }) {
      // An import names the zone after the number: `5300000001.example.org`.
      const [number = "", ...rest] = id.split(".");
      const where = rest.length > 0 ? rest.join(".") : String(zone);
      try {
        const inputs = shown(where, api.getRecord(where, Number(number)));
        return { id: number, inputs, outputs: {} };
      } catch (error) {
        if (error instanceof OvhError && error.status === 404) return undefined;
        throw error;
      }
    },
    async update(_before, inputs, { id }) {
      const zone = String(inputs.zone);
      return shown(zone, await named("update", () => api.changeRecord(zone, Number(id), written(inputs))));
    },
    async delete({ zone }, { id }) {
      await api.deleteRecord(String(zone), Number(id)).catch((error: unknown) => {
        if (!(error instanceof OvhError) || error.status !== 404) throw error;
      });
    },
  };
}

function written({ subdomain, target, ttl }: Values): Pick<OvhRecord, "subDomain" | "target" | "ttl"> {
  return { subDomain: String(subdomain), target: String(target), ttl: Number(ttl) };
}

function shown(zone: string, { fieldType, subDomain, target, ttl }: OvhRecord): Values {
  return { zone, fieldtype: fieldType, subdomain: subDomain, target, ttl };
}

async function named<Result>(verb: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`Failed to ${verb} OVH Record: ${error instanceof Error ? error.message : error}`);
  }
}
