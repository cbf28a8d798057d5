/** A step of the test run: what it is called, and how it is done. */
export interface Step {
  title: string;
  work: () => Promise<unknown>;
}

/** A step that is over. */
export interface Taken {
  title: string;
  seconds: number;
  failed: boolean;
}

/** Is told of each step that begins, and of each that is over. */
export interface Audience {
  begins?: (title: string) => void;
  ends?: (taken: Taken) => void;
}

/**
 * Takes chains of steps, so many at a time, in their order. The steps of a chain come one after another; each goes on to its end when another fails.
 *
 * @throws with the titles of all steps that failed, once all are over
 */
export async function sideBySide(chains: Step[][], lines: number, { begins, ends }: Audience = {}): Promise<void> {
  const waiting = [...chains];
  const failures: string[] = [];
  const take = async ({ title, work }: Step) => {
    const started = Date.now();
    begins?.(title);
    const error = await work().then(
      () => undefined,
      (reason: unknown) => reason ?? "no reason",
    );
    const failed = error !== undefined;
    if (failed) failures.push(`${title}: ${error instanceof Error ? error.message : String(error)}`);
    ends?.({ title, seconds: (Date.now() - started) / 1000, failed });
  };
  const line = async () => {
    for (let chain = waiting.shift(); chain; chain = waiting.shift()) for (const step of chain) await take(step);
  };
  await Promise.all(Array.from({ length: lines }, line));
  if (failures.length > 0) throw new Error(failures.join("\n"));
}
