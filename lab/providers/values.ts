import { isDeepStrictEqual } from "node:util";
import {
  isRpcSecret,
  specialOutputValueSig,
  specialSecretSig,
  specialSigKey,
  unknownValue,
} from "@pulumi/pulumi/runtime/rpc";

/** Properties of a resource as they travel between engine and plugin. */
export type Values = Record<string, unknown>;

/** The value without the marks of secrecy that it carries at any depth. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  if (isRpcSecret(value) || value[specialSigKey] === specialOutputValueSig) {
    return "value" in value ? plain(value.value) : unknownValue;
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

/** As `plain`, for a whole resource; properties that are not set are left out. */
export function plainValues(values: Values): Values {
  return withoutUnset(plain(values) as Values);
}

/** Whether a mark of secrecy stands anywhere in the value. */
export function containsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(containsSecret);
  if (!isObject(value)) return false;
  return isRpcSecret(value) || value.secret === true || Object.values(value).some(containsSecret);
}

/** Marks a value as secret, once. */
export function secret(value: unknown): unknown {
  return isRpcSecret(value) ? value : { [specialSigKey]: specialSecretSig, value: plain(value) };
}

/** Whether the value will only be known after the deployment has begun. */
export function isUnknown(value: unknown): boolean {
  return value === unknownValue;
}

/** Names of the properties that differ, in alphabetical order. */
export function changedProperties(before: Values, after: Values): string[] {
  const [old, wanted] = [withoutUnset(before), withoutUnset(after)];
  const names = new Set([...Object.keys(old), ...Object.keys(wanted)]);
  return [...names].filter((name) => !isDeepStrictEqual(old[name], wanted[name])).sort();
}

/** A whole object or nothing, for reading nested properties. */
export function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withoutUnset(values: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}
