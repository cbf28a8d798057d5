import color from "picocolors";

const quietSeconds = 2;

/**
 * Does `work` and says on stderr what takes longer than two seconds, and how long it took.
 * On a terminal the elapsed time counts up in place.
 */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const elapsed = () => (Date.now() - started) / 1000;
  const terminal = process.stderr.isTTY;
  let announced = false;
  const announce = () => {
    if (terminal) process.stderr.write(`\r${color.cyan("…")} ${title} ${color.dim(`${elapsed().toFixed(0)} s`)} `);
    else if (!announced) process.stderr.write(`… ${title}\n`);
    announced = true;
  };
  const clock = setTimeout(() => {
    announce();
    clock.refresh();
  }, quietSeconds * 1000);
  const finish = (mark: string) => {
    clearTimeout(clock);
    if (announced)
      process.stderr.write(`${terminal ? "\r" : ""}${mark} ${title} ${color.dim(`${elapsed().toFixed(1)} s`)}\n`);
  };
  try {
    const result = await work();
    finish(color.green("✓"));
    return result;
  } catch (error) {
    finish(color.red("✗"));
    throw error;
  }
}

/** Waits for a time in milliseconds. */
export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Asks `question` again and again until the answer is not `undefined`, and gives the answer.
 * @throws after `seconds`, with `otherwise()` as the message
 */
export async function until<T>(
  seconds: number,
  otherwise: () => string,
  question: () => T | Promise<T>,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await question();
    if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(otherwise());
    await pause(15);
  }
}
