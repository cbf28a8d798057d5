import fc from "fast-check";

/** How often things happen, and in which order: `FAULT_…` in the environment. */
export const seed = number("FAULT_SEED", 1);
/** Power cuts of a first activation, and as many of a later one. */
export const powerCuts = number("FAULT_POWER_CUTS", 3);
/** Power cuts of a first `pulumi up`, and as many of a later one. */
export const engineCuts = number("FAULT_ENGINE_CUTS", 1);
/** Of so many parameters of a daemon, one is given a wrong value; each takes about two seconds. */
export const parameterStep = number("FAULT_PARAMETER_STEP", 40);
/** Agents killed, and as many connections and networks cut. */
export const cuts = number("FAULT_CUTS", 2);
/** Disks that are full, of each of the folders that can be. */
export const fullDisks = number("FAULT_FULL_DISKS", 2);
/** Messages that flow in while daemons are reloaded, killed and changed. */
export const messages = number("FAULT_MESSAGES", 500);

/** `count` whole numbers below `limit`, the same for the same seed and purpose. */
export function draw(purpose: string, count: number, limit: number): number[] {
  const own = [...purpose].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, seed);
  return fc.sample(fc.noBias(fc.nat(limit - 1)), { seed: own, numRuns: count });
}

/** A moment of an activation: so many milliseconds after a line of its progress. */
export interface Instant {
  line: string;
  wait: number;
}

/** A line of progress, and how many milliseconds after the start it came. */
export interface Line {
  at: number;
  text: string;
}

/**
 * Moments of an activation that ran before and left these lines: each phase, from one line to the next, has as many of them as any
 * other (one at most more), however short it is.
 */
export function instants(purpose: string, count: number, lines: Line[]): Instant[] {
  const phases = lines.filter(({ text }) => !/^waiting|: waiting|^packages: (?!install)/.test(text));
  const parts = draw(purpose, count, 1000);
  const order = draw(`${purpose}, order`, count, 1_000_000);
  return parts
    .map((part, index): Instant => {
      const phase = Math.floor((index * phases.length) / count + (part % phases.length) / count) % phases.length;
      const { at, text } = phases[phase] as Line;
      const next = phases[phase + 1]?.at ?? at + 500;
      return { line: text, wait: Math.round(((next - at) * part) / 1000) };
    })
    .map((instant, index) => ({ instant, place: order[index] ?? 0 }))
    .sort((a, b) => a.place - b.place)
    .map(({ instant }) => instant);
}

function number(name: string, standard: number): number {
  const given = process.env[name];
  if (given === undefined || given === "") return standard;
  if (!/^\d+$/.test(given)) throw new Error(`${name}=${given} is not a whole number.`);
  return Number(given);
}
