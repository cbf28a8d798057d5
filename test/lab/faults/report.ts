import Table from "cli-table3";

/** What came of one kind of event. */
interface Row {
  times: number;
  outcomes: Map<string, number>;
  longest: number;
}

const started = Date.now();
const rows = new Map<string, Row>();

/** Says what happened, with the time since the start, and counts it. */
export function tell(event: string, outcome: string, detail: string, seconds: number): void {
  const row = rows.get(event) ?? { times: 0, outcomes: new Map(), longest: 0 };
  rows.set(event, row);
  row.times++;
  row.outcomes.set(outcome, (row.outcomes.get(outcome) ?? 0) + 1);
  row.longest = Math.max(row.longest, seconds);
  note(`${event} ${row.times}: ${detail} → ${outcome} (${seconds.toFixed(1)} s)`);
}

/** A line of progress. */
export function note(text: string): void {
  const elapsed = Math.round((Date.now() - started) / 1000);
  const clock = `${Math.floor(elapsed / 60)}:${String(elapsed % 60).padStart(2, "0")}`;
  process.stderr.write(`… subject ${clock} ${text}\n`);
}

/** Everything that happened, a row a kind of event. */
export function table(): string {
  const shown = new Table({ head: ["event", "times", "afterwards", "longest"], style: { head: [], border: [] } });
  for (const [event, { times, outcomes, longest }] of rows) {
    const counted = [...outcomes].map(([outcome, count]) => `${count} × ${outcome}`).join("\n");
    shown.push([event, times, counted, `${longest.toFixed(0)} s`]);
  }
  return shown.toString();
}
