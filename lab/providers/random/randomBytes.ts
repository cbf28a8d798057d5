import { randomBytes as bytes } from "node:crypto";
import type { ResourceType } from "../standIn";
import { lengthFailures } from "./lengths";

/** `random.RandomBytes`: secret bytes, drawn once. The original's ID is their Base64, which the engine keeps and prints in clear text. */
export const randomBytes: ResourceType = {
  token: "random:index/randomBytes:RandomBytes",
  secrets: ["base64", "hex"],
  computed: ["base64", "hex"],
  replaceOn: "any",
  check: (inputs) => ({ inputs, failures: lengthFailures("length", inputs) }),
  async create({ length }) {
    const drawn = bytes(Number(length));
    const base64 = drawn.toString("base64");
    return { id: base64, outputs: { base64, hex: drawn.toString("hex") } };
  },
};
