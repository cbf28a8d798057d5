/** Two figures of one run, taken on the same machine. */
export interface Measurement {
  what: string;
  unit: "s" | "messages/s" | "MB" | "connections";
  ours: number;
  /** What ours is held against; left out where there is nothing real to hold it against. */
  against?: { what: string; figure: number };
  /** The ratio that is aimed at; of a rate it is the smallest, of anything else the largest. */
  goal?: number;
}

/** Ours divided by the other. */
export function ratio({ ours, against }: Measurement): number | undefined {
  return against && ours / against.figure;
}

/** Whether the goal is reached; undefined where there is none. */
export function reached(measurement: Measurement): boolean | undefined {
  const { goal, unit } = measurement;
  const found = ratio(measurement) ?? measurement.ours;
  if (goal === undefined) return undefined;
  return unit === "messages/s" ? found >= goal : found <= goal;
}

/** Seconds that some work takes. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** The median of several takes (of an even number the larger of two in the middle), as one that is disturbed must not decide. */
export async function median(takes: number, take: () => Promise<number>): Promise<number> {
  const figures: number[] = [];
  for (let number = 0; number < takes; number++) figures.push(await take());
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}
