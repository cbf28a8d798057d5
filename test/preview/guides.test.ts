import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DkimArgs, MailServerArgs } from "../../index";
import { checkout } from "../../lab/paths";
import { Stack, transcript } from "../lab/stack";
import { exampleArgs, passwordHash } from "../unit/fixture";
import { type Agreeable, startAgreeable } from "./ci/agreeable";

// What the guides show of `pulumi preview` is what the engine says. Commands on machines and name servers succeed without effect.

const deployed: MailServerArgs = exampleArgs({
  domains: [{ name: "example.org" }],
  mailboxes: ["anna", "ben"].map((name) => ({ address: `${name}@example.org`, passwordHash })),
  aliases: [],
  dns: { rfc2136: { server: "192.0.2.53", keyName: "key", keySecret: "dG9wLXNlY3JldC1rZXk=" } },
});
const withDkim = (dkim: DkimArgs): MailServerArgs => ({ ...deployed, domains: [{ name: "example.org", dkim }] });

let stack: Stack;
let agreeable: Agreeable;

beforeAll(async () => {
  agreeable = await startAgreeable();
  stack = await Stack.create("guides", agreeable.environment);
  await stack.up(deployed);
});

afterAll(() => {
  stack?.forget();
  agreeable?.stop();
});

/** The resources that an engine says it would change, in the words of `pulumi preview`. */
const changes = (text: string) =>
  [...text.matchAll(/^ *([-+~]) +(\S+:\S+:\S+) (\S+) (create|update|delete)( \[diff: [^\]]*\])?/gm)]
    .map(([, ...words]) => words.join(" ").trim())
    .sort();

/** The first block of a page below a heading that shows such changes. */
function shown(page: string, heading: string): string[] {
  const [, section = ""] = readFileSync(join(checkout, page), "utf8").split(`\n## ${heading}\n`);
  const blocks = [...section.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => changes(block));
  return blocks.find((block) => block.length > 0) ?? [];
}

async function previewed(args: MailServerArgs): Promise<string[]> {
  stack.keep(args);
  const run = await stack.run(["preview", "--suppress-outputs"]);
  expect(run.exitCode, transcript(run)).toBe(0);
  return changes(run.stdout);
}

test("README.md shows all that one more mailbox changes", { timeout: 300_000 }, async () => {
  const mailboxes = [...deployed.mailboxes!, { address: "carla@example.org", passwordHash }];
  expect(await previewed({ ...deployed, mailboxes })).toEqual(shown("README.md", "What `pulumi preview` shows"));
});

test("docs/dkim-rotation.md shows all that each of its steps changes", { timeout: 600_000 }, async () => {
  const steps: [heading: string, dkim: DkimArgs][] = [
    ["1. Publish", { standbySelectors: ["s2026"] }],
    ["2. Switch", { selector: "s2026", standbySelectors: ["mail"] }],
    ["3. Retire", { selector: "s2026", revokedSelectors: ["mail"] }],
    ["4. Forget", { selector: "s2026" }],
  ];
  for (const [heading, dkim] of steps) {
    const page = shown("docs/dkim-rotation.md", heading);
    expect([heading, page.length > 0]).toEqual([heading, true]);
    expect([heading, await previewed(withDkim(dkim))]).toEqual([heading, page]);
    await stack.up(withDkim(dkim));
  }
});
