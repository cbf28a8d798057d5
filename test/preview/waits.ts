import { transitiveDependencies } from "../../policy/rules/mx";

/** What the engine keeps of a resource, as far as it says what the resource waits for. */
interface Waiting {
  dependencies?: string[];
}

/** Names of all that a resource waits for: itself, or by way of what it waits for. */
export function waitsFor(name: string, states: Map<string, Waiting | undefined>): string[] {
  const named = [...states].map(([each, state]) => [each, { dependencies: directly(state) }] as const);
  return [...transitiveDependencies(name, new Map(named))];
}

/** Names of what the resource itself says that it waits for. */
export function directly(state: Waiting | undefined): string[] {
  return (state?.dependencies ?? []).map((urn) => urn.split("::").at(-1) ?? "");
}
