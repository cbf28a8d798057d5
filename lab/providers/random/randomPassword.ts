import { randomInt } from "node:crypto";
import { hash } from "@node-rs/bcrypt";
import type { CheckFailure } from "@pulumi/pulumi/provider";
import { failure, type ResourceType } from "../standIn";
import { isUnknown, type Values } from "../values";
import { lengthFailures } from "./lengths";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const NUMERIC = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";
const DEFAULTS = {
  lower: true,
  upper: true,
  numeric: true,
  number: true,
  special: true,
  minLower: 0,
  minUpper: 0,
  minNumeric: 0,
  minSpecial: 0,
};

/** bcrypt reads no more than this many bytes of a password. */
const BCRYPT_BYTES = 72;
const BCRYPT_COST = 10;

/** `random.RandomPassword`: a secret password and its bcrypt hash, both drawn once and kept, so that the hash's salt is stable. */
export const randomPassword: ResourceType = {
  token: "random:index/randomPassword:RandomPassword",
  secrets: ["result", "bcryptHash"],
  computed: ["result", "bcryptHash"],
  defaults: DEFAULTS,
  replaceOn: "any",
  check(inputs) {
    const completed: Values = { ...DEFAULTS, ...inputs };
    return { inputs, failures: [...lengthFailures("length", completed), ...minimumFailures(completed)] };
  },
  async create(inputs) {
    const result = draw(inputs);
    const hashed = await hash(Buffer.from(result, "utf8").subarray(0, BCRYPT_BYTES), BCRYPT_COST);
    // The two prefixes name the same algorithm; this is the one that the plugin is documented to write.
    return { id: "none", outputs: { result, bcryptHash: hashed.replace(/^\$2[aby]\$/, "$2a$") } };
  },
};

/** Each kind of character with the number of them that the password must have. */
function kinds({
  lower,
  upper,
  numeric,
  number,
  special,
  overrideSpecial,
  minLower,
  minUpper,
  minNumeric,
  minSpecial,
}: Values) {
  return [
    { characters: LOWER, allowed: lower, minimum: Number(minLower) },
    { characters: LOWER.toUpperCase(), allowed: upper, minimum: Number(minUpper) },
    { characters: NUMERIC, allowed: numeric !== false && number !== false, minimum: Number(minNumeric) },
    { characters: String(overrideSpecial ?? SPECIAL), allowed: special, minimum: Number(minSpecial) },
  ];
}

function draw(inputs: Values): string {
  const drawn = kinds(inputs).flatMap(({ characters, minimum }) => pick(characters, minimum));
  const any = kinds(inputs)
    .filter(({ allowed }) => allowed)
    .map(({ characters }) => characters)
    .join("");
  return shuffle([...drawn, ...pick(any, Number(inputs.length) - drawn.length)]).join("");
}

function pick(characters: string, count: number): string[] {
  return Array.from({ length: count }, () => characters[randomInt(characters.length)] ?? "");
}

function shuffle(letters: string[]): string[] {
  for (let last = letters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [letters[last], letters[other]] = [letters[other] ?? "", letters[last] ?? ""];
  }
  return letters;
}

function minimumFailures(inputs: Values): CheckFailure[] {
  if (Object.values(inputs).some(isUnknown)) return [];
  const wanted = kinds(inputs).reduce((sum, { minimum }) => sum + minimum, 0);
  return [
    ...failure(
      "length",
      Number(inputs.length) >= wanted,
      `got ${inputs.length}, but the minimums of the kinds add up to ${wanted}`,
    ),
    ...failure(
      "special",
      kinds(inputs).some(({ allowed, characters }) => allowed && characters !== ""),
      "no kind of character is allowed; allow one of lower, upper, numeric, special",
    ),
  ];
}
