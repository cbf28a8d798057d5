import { failure, type ResourceType } from "../standIn";
import type { Values } from "../values";
import type { HetznerApi } from "./api";

/** Whatever has no ID of its own has this one, by the bridge. */
const NO_ID = "missing ID";

/**
 * `hcloud.ZoneRecord`: one record of a zone of the project, which is known by what it says (terraform-provider-hcloud `internal/zonerecord/resource.go`).
 */
export function zoneRecord(api: HetznerApi): ResourceType {
  return {
    token: "hcloud:index/zoneRecord:ZoneRecord",
    secrets: [],
    computed: ["comment"],
    replaceOn: ["name", "type", "value", "zone"],
    check(inputs) {
      api.logIn();
      // The SDK lets the name be left out, and the plugin makes one up.
      const failures = ["name", "type", "value", "zone"].flatMap((property) =>
        failure(property, inputs[property] !== undefined, `Missing required property '${property}'`),
      );
      return { inputs, failures };
    },
    async create(inputs) {
      const { zone, name, type, value } = texts(inputs);
      const comment = inputs.comment === undefined ? "" : String(inputs.comment);
      await api.addRecord(zone, name, type, value, comment);
      return { id: NO_ID, outputs: { comment } };
    },
    async read(state) {
      if (state.zone === undefined)
        throw new Error(
          "Import with ID not supported. - Using an ID to import hcloud_zone_record resources is not supported. Instead you can use the identity feature to import this resource.",
        );
      const { zone, name, type, value } = texts(state);
      // Character by character: what the zone says otherwise is another record.
      const found = api.getRrset(zone, name, type)?.records.find((each) => each.value === value);
      return found && { id: NO_ID, inputs: { zone, name, type, value }, outputs: { comment: found.comment } };
    },
    async delete(state) {
      const { zone, name, type, value } = texts(state);
      await api.removeRecord(zone, name, type, value);
    },
  };
}

function texts({ zone, name, type, value }: Values): Record<"zone" | "name" | "type" | "value", string> {
  return { zone: String(zone), name: String(name), type: String(type), value: String(value) };
}
