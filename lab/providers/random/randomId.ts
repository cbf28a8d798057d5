import { randomBytes } from "node:crypto";
import type { ResourceType } from "../standIn";
import { lengthFailures } from "./lengths";

/** `random.RandomId`: a name that is not secret, drawn once. */
export const randomId: ResourceType = {
  token: "random:index/randomId:RandomId",
  secrets: [],
  computed: ["b64Std", "b64Url", "dec", "hex"],
  replaceOn: "any",
  check: (inputs) => ({ inputs, failures: lengthFailures("byteLength", inputs) }),
  async create({ byteLength, prefix = "" }) {
    const drawn = randomBytes(Number(byteLength));
    const hex = drawn.toString("hex");
    const forms = {
      b64Std: drawn.toString("base64"),
      b64Url: drawn.toString("base64url"),
      dec: BigInt(`0x${hex}`).toString(),
      hex,
    };
    const outputs = Object.fromEntries(Object.entries(forms).map(([form, text]) => [form, `${prefix}${text}`]));
    return { id: forms.b64Url, outputs };
  },
};
