import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { checkout, inLab } from "./paths";

/** All that the program of a stack is made of. */
const parts = ["package.json", "index.ts", "components", "stacks"];

/**
 * The program of `stacks/`, translated to JavaScript once and not by each run of the engine: a run takes two seconds less.
 *
 * @returns its file
 */
export async function translatedProgram(): Promise<string> {
  const files = parts.flatMap(filesOf);
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(checkout, file)));
  const folder = inLab("program", hash.digest("hex").slice(0, 16));
  if (!existsSync(folder)) await translate(files, folder);
  return join(folder, "stacks", "index.js");
}

/** What is no TypeScript, as the agent, is copied: it is read from beside the module that wants it. */
async function translate(files: string[], folder: string): Promise<void> {
  const unfinished = `${folder}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  const isSource = (file: string) => file.endsWith(".ts");
  for (const file of files.filter((each) => !isSource(each))) {
    mkdirSync(dirname(join(unfinished, file)), { recursive: true });
    copyFileSync(join(checkout, file), join(unfinished, file));
  }
  await build({
    entryPoints: files.filter(isSource),
    absWorkingDir: checkout,
    outbase: checkout,
    outdir: unfinished,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "error",
  });
  // The engine loads TypeScript all the same. Without this, it would translate the JavaScript as well.
  writeFileSync(join(unfinished, "stacks", "tsconfig.json"), JSON.stringify({ compilerOptions: { noCheck: true } }));
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another process was faster.
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

function filesOf(part: string): string[] {
  if (/\.\w+$/.test(part)) return [part];
  const entries = readdirSync(join(checkout, part), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return paths
    .filter((path) => !/__pycache__|tsconfig|\.yaml$/.test(path))
    .map((path) => path.slice(checkout.length + 1))
    .sort();
}
