import { failure } from "../standIn";
import { isUnknown, type Values } from "../values";

/** A failure unless the property is a whole number of at least one. */
export function lengthFailures(property: string, inputs: Values) {
  const value = inputs[property];
  const passes = isUnknown(value) || (Number.isInteger(value) && Number(value) >= 1);
  return failure(property, passes, `got ${JSON.stringify(value)}, a whole number of at least 1 is needed`);
}
