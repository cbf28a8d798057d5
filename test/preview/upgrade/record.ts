import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { succeeded } from "../../lab/stack";
import { TestCloud } from "../../unit/providers/cloud";
import { type Agreeable, startAgreeable } from "../ci/agreeable";
import { type EarlierStack, earlierStacks, openStack, stateFile } from "./stacks";

// Keeps the states of this version for the tests of later ones: `npx tsx test/preview/upgrade/record.ts VERSION`, once before a release.

async function main(version: string): Promise<void> {
  const agreeable = await startAgreeable();
  try {
    for (const earlier of earlierStacks) await record(version, earlier, agreeable);
  } finally {
    agreeable.stop();
  }
}

async function record(version: string, earlier: EarlierStack, { environment }: Agreeable): Promise<void> {
  const cloud = new TestCloud();
  const stack = await openStack(earlier, cloud, environment);
  stack.keep(earlier.values);
  succeeded(await stack.run(["up", "--yes", "--skip-preview"]));
  // What the machine was sent is large, and another with each version.
  await stack.rewrite(({ urn, inputs, outputs }) => {
    if (!urn.endsWith("::mail-host-command")) return;
    for (const said of [inputs, outputs]) if (said && "stdin" in said) said.stdin = "";
  });
  const { stdout } = succeeded(await stack.run(["stack", "export"]));
  const file = stateFile(version, earlier);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, gzipSync(stdout));
  console.log(`${file}: ${stdout.length} characters`);
  stack.forget();
  cloud.remove();
}

const [version] = process.argv.slice(2);
if (version === undefined) throw new Error("Name the version, e.g. 0.1.0");
main(version).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
