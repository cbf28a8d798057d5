/** Receives one line of progress for a person to read. */
export type Log = (line: string) => void;

/** Runs a step that may take long: says that it starts, that it is still going (every 10 s), and how long it took. */
export async function withProgress<T>(log: Log, what: string, step: () => Promise<T>): Promise<T> {
  const started = Date.now();
  const elapsed = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  log(`${what} …`);
  const ticker = setInterval(() => log(`${what} … ${elapsed()}`), 10_000);
  try {
    const result = await step();
    log(`${what}: done in ${elapsed()}`);
    return result;
  } finally {
    clearInterval(ticker);
  }
}
