import { randomBytes as bytes } from "node:crypto";
import type { ResourceType } from "../standIn";
import { lengthFailures } from "./lengths";

/** `random.RandomBytes`: secret bytes, drawn once. */
export const randomBytes: ResourceType = {
  token: "random:index/randomBytes:RandomBytes",
  secrets: ["base64", "hex"],
  computed: ["base64", "hex"],
  replaceOn: "any",
  check: (inputs) => ({ inputs, failures: lengthFailures("length", inputs) }),
  async create({ length }) {
    const drawn = bytes(Number(length));
    return { id: "none", outputs: { base64: drawn.toString("base64"), hex: drawn.toString("hex") } };
  },
};
