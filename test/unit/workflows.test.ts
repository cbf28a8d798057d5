import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkout } from "../../lab/paths";

interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, { if?: string; "timeout-minutes": number; steps: { uses?: string; run?: string }[] }>;
}

const folder = join(checkout, ".github/workflows");
const { scripts } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

describe.each(readdirSync(folder))("the project's own workflow %s", (name) => {
  const workflow = parse(readFileSync(join(folder, name), "utf8")) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  test("calls scripts that package.json has, and folders of tests that are there", () => {
    const lines = steps.flatMap(({ run }) => run?.split(/\n|&&/) ?? []).map((line) => line.trim());
    const called = lines.flatMap((line) => {
      const [, script] = /^npm (?:run )?([\w:-]+)/.exec(line) ?? [];
      return script === undefined || script === "ci" ? [] : [script];
    });
    expect(called.length).toBeGreaterThan(0);
    expect(called.filter((script) => !(script in scripts))).toEqual([]);
    const folders = lines.flatMap((line) => / -s (\S+)/.exec(line)?.[1] ?? []);
    expect(folders.filter((each) => !existsSync(join(checkout, each)))).toEqual([]);
  });

  test("runs actions by their commits, and gives what a pull request brings no secret and no right to write", () => {
    for (const { uses } of steps) if (uses) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
    expect(readFileSync(join(folder, name), "utf8")).not.toContain("secrets.");
  });

  test("has an end for each job", () => {
    for (const job of Object.values(workflow.jobs)) expect(job["timeout-minutes"]).toBeLessThanOrEqual(150);
  });
});

test("the actions are those of the workflows to copy, at the same commits", () => {
  const pins = (text: string) => [...text.matchAll(/uses: (\S+@[0-9a-f]{40})/g)].map(([, pin]) => pin);
  const own = readdirSync(folder).flatMap((name) => pins(readFileSync(join(folder, name), "utf8")));
  const copied = pins(readFileSync(join(checkout, "docs/ci/github-preview.yml"), "utf8"));
  expect(own.length).toBeGreaterThan(0);
  expect([...new Set(own)].filter((pin) => !copied.includes(pin))).toEqual([]);
});
