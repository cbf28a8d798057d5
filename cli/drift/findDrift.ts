import type { Target } from "../target";
import type { Difference } from "./difference";
import { dnsDifferences } from "./dnsDifferences";
import type { HostFacts } from "./facts";
import { hostDifferences } from "./hostDifferences";
import { lookUp } from "./lookUp";

/** What differs, and what could not be looked at. */
export interface Drift {
  differences: Difference[];
  /** A sentence each. */
  unknown: string[];
}

/** Holds a machine, and DNS, against what they should be. */
export async function findDrift(target: Target, facts: HostFacts): Promise<Drift> {
  const records = target.records ?? [];
  const seen = await lookUp(records);
  const silent = seen.filter(({ found }) => found === undefined);
  return {
    differences: [...hostDifferences(facts, target, new Date()), ...dnsDifferences(records, seen)],
    unknown: silent.map(({ name, type }) => `no name server answers for ${name} ${type}`),
  };
}
