import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import color from "picocolors";
import { down, execPrefix, isUp, machineNames, up } from "../lab/lab";
import { checkout } from "../lab/paths";
import { prepareEngine } from "../lab/stack";

/** A step of the test run: what it is, and how it is done. */
type Step = [title: string, work: () => Promise<unknown>];

/** Runs every check of the project in the order in which people would like to hear of a failure. */
async function main(): Promise<void> {
  const { lab } = new Command("npm test --")
    .description("Format, lint and types; unit tests; resource graph; and the whole story on real local machines.")
    .option("--no-lab", "leave out the tests on real machines, where this computer cannot host them")
    .parse()
    .opts<{ lab: boolean }>();
  const quick: Step[] = [
    ["format and lint", () => run("npx", "biome", "check", ".")],
    ["spelling", () => run("npm", "run", "--silent", "spelling")],
    ["imports", () => run("npm", "run", "--silent", "imports")],
    ["types", () => run("npx", "tsc")],
    ["host agent", () => run("python3", "-W", "error", "-m", "unittest", "discover", "-s", "test/agent")],
    ["engine", prepareEngine],
    ["unit and resource graph", () => run("npx", "vitest", "run", "--project", "unit", "--project", "preview")],
  ];
  const wasUp = isUp();
  const real: Step[] = [
    ["lab", () => up([...machineNames])],
    ["real machines", runSideBySide],
    ["deployment and proof", () => run("npx", "tsx", "lab/demo.ts")],
  ];
  const taken: Taken[] = [];
  try {
    for (const step of lab ? [...quick, ...real] : quick) taken.push(await take(step));
  } finally {
    if (lab && !wasUp) await down();
    console.log(`\n${durations(taken)}`);
  }
  if (!lab) console.log(color.yellow("\nThe tests on real machines were left out, as --no-lab says."));
}

/** Tests that have these machines to themselves, one after another; all others share theirs. */
const longStories = ["debian12", "debian13", "drift", "fire"];

/** Runs the tests on real machines in two lines: a story waits more than it computes. Each goes on to its end when the other fails. */
async function runSideBySide(): Promise<void> {
  const files = readdirSync(join(checkout, "test", "lab")).filter((file) => file.endsWith(".test.ts"));
  const isLong = (file: string) => longStories.some((story) => file === `${story}.test.ts`);
  const lines = [files.filter(isLong), files.filter((file) => !isLong(file))];
  const runs = lines.map((line) =>
    run(...inLab("npx", "vitest", "run", "--project", "lab", ...line.map((file) => join("test", "lab", file)))),
  );
  for (const outcome of await Promise.allSettled(runs)) if (outcome.status === "rejected") throw outcome.reason;
}

/** A command as it is run inside the lab's network. */
function inLab(...command: string[]): [string, ...string[]] {
  const [program = "", ...words] = [...execPrefix(), ...command];
  return [program, ...words];
}

/** A step that is done and the seconds that it took. */
type Taken = [title: string, seconds: number];

async function take([title, work]: Step): Promise<Taken> {
  const started = Date.now();
  console.log(`\n${color.bold(`▶ ${title}`)}`);
  await work();
  const seconds = (Date.now() - started) / 1000;
  console.log(color.green(`✓ ${title}`) + color.dim(` ${seconds.toFixed(0)} s`));
  return [title, seconds];
}

/** Where the time went, as a table. */
function durations(taken: Taken[]): string {
  const table = new Table({ head: ["step", "minutes"], colAligns: ["left", "right"], style: { head: [], border: [] } });
  const all = taken.reduce((sum, [, seconds]) => sum + seconds, 0);
  table.push(...[...taken, ["all", all] as Taken].map(([title, seconds]) => [title, (seconds / 60).toFixed(1)]));
  return table.toString();
}

function run(program: string, ...words: string[]): Promise<void> {
  const child = spawn(program, words, { stdio: ["ignore", "inherit", "inherit"], cwd: checkout });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${program} ended with status ${code}`))));
  });
}

main().catch((error: unknown) => {
  console.error(`\n${color.red("The tests failed:")} ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
