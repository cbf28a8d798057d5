import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import Table from "cli-table3";
import { Argument, Command } from "commander";
import color from "picocolors";
import { checkout } from "../lab/paths";
import { step } from "../lab/progress";
import { prepareEngine } from "../lab/stack";
import { changes } from "./changes";
import { firstMail } from "./firstMail";
import { BenchStack, makePristine, type Name } from "./machines";
import { type Measurement, ratio, reached } from "./measurement";
import { inWords, previewOf, sizes, upOf } from "./size";
import { throughput } from "./throughput";

const parts = ["first-mail", "changes", "size", "throughput"] as const;
type Part = (typeof parts)[number];

const page = join(checkout, "README.md");

/** Measures the project against something real, each pair in one run, and prints a table; nothing of it is a test. */
async function main(): Promise<void> {
  const command = new Command("npm run bench --")
    .description(
      "Measures first deployment, changes, size, throughput and memory. About half an hour; leave the computer alone.",
    )
    .addArgument(new Argument("[parts...]", "what to measure").choices(parts).default([...parts], "all"))
    .option("--write", "put the table into README.md")
    .parse();
  const [chosen, { write }] = [command.processedArgs[0] as Part[], command.opts<{ write?: boolean }>()];
  if (write && chosen.length < parts.length) command.error("--write is for all parts together");
  const engine = await prepareEngine();
  await step("build", () => promisify(execFile)("npm", ["run", "build", "--silent"], { cwd: checkout }));
  const found: Measurement[] = [];
  const take = async (part: Part, title: string, work: () => Promise<Measurement | Measurement[]>) => {
    if (!chosen.includes(part)) return;
    const started = Date.now();
    console.error(`▶ ${title}`);
    try {
      const taken = [await work()].flat();
      found.push(...taken);
      for (const each of taken) console.error(`  ${cells(each).filter(Boolean).join(" · ")}`);
    } catch (error) {
      // The others take half an hour, and one that fails must not cost them.
      process.exitCode = 1;
      console.error(color.red(error instanceof Error ? error.message : String(error)));
    }
    console.error(color.dim(`  ${((Date.now() - started) / 1000).toFixed(0)} s`));
  };
  for (const name of ["debian12", "debian13"] as Name[]) {
    const stack = new BenchStack(engine, name, "server");
    await take("first-mail", `first mail on ${name}`, () => firstMail(stack, name));
    if (name === "debian12") continue;
    await take("changes", "small changes", () => changes(engine, stack, name));
    await take("throughput", "throughput and memory", () => throughput(stack, name));
    await take("size", "a pristine machine", () => makePristine(name).then(() => []));
    for (const size of sizes) {
      await take("size", `preview of ${inWords(size)}`, () => previewOf(engine, name, size));
      if (size.deployed) await take("size", `up to ${inWords(size)}`, () => upOf(engine, name, size));
    }
  }
  print(found);
  if (write && process.exitCode !== 1) writeFileSync(page, replaced(readFileSync(page, "utf8"), markdown(found)));
}

function print(found: Measurement[]): void {
  const style = process.stdout.isTTY ? {} : { head: [], border: [] };
  const table = new Table({ style, head: ["what", "here", "against", "ratio", "goal"] });
  for (const each of found) {
    const mark = { true: color.green("✓"), false: color.red("✗"), undefined: "" }[String(reached(each))] ?? "";
    table.push(cells(each).map((text, index) => (index === 4 ? `${text} ${mark}` : text)));
  }
  console.log(`${table}`);
}

function cells(measurement: Measurement): string[] {
  const { what, unit, ours, against, goal } = measurement;
  const found = ratio(measurement);
  const figure = (value: number) => `${value.toFixed(unit === "s" ? 2 : 0)} ${unit}`;
  return [
    what,
    figure(ours),
    against ? `${figure(against.figure)}: ${against.what}` : "",
    found === undefined ? "" : found.toFixed(2),
    goal === undefined ? "" : `${unit === "messages/s" ? "≥" : "≤"} ${goal}`,
  ];
}

function markdown(found: Measurement[]): string {
  const today = new Date().toISOString().slice(0, 10);
  const memory = (totalmem() / 1024 ** 3).toFixed(0);
  const rows = found.map((each) => `| ${cells(each).join(" | ")} |`);
  return [
    `Measured on ${today}: ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}, ${memory} GiB.`,
    "",
    "| what | here | against | ratio | goal |",
    "| ---- | ---- | ------- | ----- | ---- |",
    ...rows,
  ].join("\n");
}

function replaced(text: string, table: string): string {
  return text.replace(/(<!-- table -->\n)[\s\S]*(\n<!-- end -->)/, (_, begin, end) => `${begin}${table}${end}`);
}

main().catch((error: unknown) => {
  console.error(color.red(error instanceof Error ? error.message : String(error)));
  process.exit(1);
});
