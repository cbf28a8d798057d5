import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import Table from "cli-table3";
import { Command } from "commander";
import color from "picocolors";
import { down, execPrefix, isUp, testMachines, up } from "../lab/lab";
import { checkout } from "../lab/paths";
import { prepareEngine } from "../lab/stack";
import { type Step, sideBySide, type Taken } from "./sideBySide";

/** Runs every check of the project in the order in which people would like to hear of a failure. */
async function main(): Promise<void> {
  const { lab } = new Command("npm test --")
    .description("Format, lint and types; unit tests; resource graph; and the whole story on real local machines.")
    .option("--no-lab", "leave out the tests on real machines, where this computer cannot host them")
    .parse()
    .opts<{ lab: boolean }>();
  const quick: Step[] = [
    { title: "format and lint", work: () => run("npx", "biome", "check", ".") },
    { title: "spelling", work: () => run("npm", "run", "--silent", "spelling") },
    { title: "imports", work: () => run("npm", "run", "--silent", "imports") },
    { title: "types", work: () => run("npx", "tsc") },
    {
      title: "host agent",
      work: () => run("python3", "-W", "error", "-m", "unittest", "discover", "-s", "test/agent"),
    },
    { title: "engine", work: prepareEngine },
    {
      title: "unit and resource graph",
      work: () => run("npx", "vitest", "run", "--project", "unit", "--project", "preview"),
    },
  ];
  const wasUp = isUp();
  const started = Date.now();
  const taken: Taken[] = [];
  const audience = {
    begins: (title: string) => console.log(`\n${color.bold(`▶ ${title}`)}`),
    ends: (step: Taken) => {
      taken.push(step);
      console.log(`${named(step)}${color.dim(` ${step.seconds.toFixed(0)} s`)}`);
    },
  };
  try {
    for (const step of quick) await sideBySide([[step]], 1, audience);
    if (lab) {
      await sideBySide([[{ title: "lab", work: () => up(testMachines) }]], 1, audience);
      await sideBySide(realMachines(), linesOf(availableParallelism()), audience);
    }
  } finally {
    if (lab && !wasUp) await down();
    console.log(`\n${durations(taken, (Date.now() - started) / 1000)}`);
  }
  if (!lab) console.log(color.yellow("\nThe tests on real machines were left out, as --no-lab says."));
}

/** A story waits for its machine about as often as it computes. */
const linesOf = (processors: number) => Math.max(2, processors) + 1;

/** Tests that have machines of their own, the longest first, so that the lines end at about the same time. */
const longest = ["debian12", "debian13", "faults", "livedIn", "clouds", "projects"];

/** The tests on real machines, a file a step, and the demo. */
function realMachines(): Step[][] {
  const files = readdirSync(join(checkout, "test", "lab")).filter((file) => file.endsWith(".test.ts"));
  const names = files.map((file) => file.replace(/\.test\.ts$/, ""));
  const others = names.filter((name) => !longest.includes(name));
  const story = (name: string): Step => ({
    title: name,
    work: () => run(...inLab("npx", "vitest", "run", "--project", "lab", `test/lab/${name}.test.ts`)),
  });
  // The demo opens accounts at clouds, too; all that is in no list shares its machines.
  const demo = { title: "deployment and proof", work: () => run("npx", "tsx", "lab/demo.ts") };
  const chains = longest.map((name) => (name === "clouds" ? [story(name), demo] : [story(name)]));
  return [...chains, others.map(story)];
}

/** A command as it is run inside the lab's network. */
function inLab(...command: string[]): [string, ...string[]] {
  const [program = "", ...words] = [...execPrefix(), ...command];
  return [program, ...words];
}

const named = ({ title, failed }: Taken) => (failed ? color.red(`✗ ${title}`) : color.green(`✓ ${title}`));

/** Where the time went, as a table: of steps that ran side by side, each has its own minutes. */
function durations(taken: Taken[], all: number): string {
  const table = new Table({ head: ["step", "minutes"], colAligns: ["left", "right"], style: { head: [], border: [] } });
  const rows = taken.map(({ title, seconds, failed }) => [failed ? `${title}: failed` : title, seconds] as const);
  table.push(...[...rows, ["all", all] as const].map(([title, seconds]) => [title, (seconds / 60).toFixed(1)]));
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
