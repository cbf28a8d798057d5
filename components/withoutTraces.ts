/**
 * Has stack traces name no calls meanwhile: the SDK makes one for each resource, which the engine keeps in the state, and one for each of its properties, and
 * formatting them (by ts-node's maps, for a program in TypeScript) takes longer than all else that it does there. An error that is thrown meanwhile keeps its own, which is
 * formatted when it is read.
 */
export function withoutTraces<T>(work: () => T): T {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = String;
  try {
    return work();
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
  }
}
