import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { awaitMail } from "../../../lab/mail";
import { checkout } from "../../../lab/paths";
import { expectUnchanged, sendFromAbroad } from "../scenario";
import { succeeded } from "../stack";
import { bound } from "../story";
import { ProjectScenario } from "./project";

/** The very folder that readers copy. */
export function describeYaml(): void {
  describe("a program in YAML", () => {
    const scenario = new ProjectScenario(join(checkout, "examples", "yaml"));
    const { step, route } = bound(scenario);
    const { anna } = scenario;
    const up = async () => succeeded(await scenario.stack.run(["up", "--yes", "--skip-preview"]));
    beforeAll(() => scenario.prepare());
    afterAll(() => scenario.end());

    step(
      "a program in YAML is told of all mistakes at once",
      async () => {
        await scenario.install();
        scenario.keepValues({ hostname: "mail", domain: "-" });
        const { stdout, stderr, exitCode } = await scenario.stack.run(["preview"]);
        expect(exitCode).not.toBe(0);
        expect(stdout + stderr).toContain('hostname: "mail" has one label only');
        expect(stdout + stderr).toContain("domains[0].name: ");
      },
      { essential: true },
    );

    step(
      "a program in YAML deploys a server that takes mail",
      async () => {
        scenario.keepValues();
        await up();
        const subject = await sendFromAbroad([anna.address]);
        expect((await awaitMail(route(), anna, subject)).toString()).toContain("Hello over there.");
      },
      { essential: true },
    );

    step("a program in YAML changes nothing when nothing has changed", async () => {
      expectUnchanged(await up());
    });

    step("a program in YAML has no secret in clear in its state or on the terminal", () => {
      const kept = scenario.stack.stateFiles().map(({ content }) => content);
      for (const text of [scenario.stack.printed, ...kept])
        for (const secret of [anna.password, "PRIVATE KEY"]) expect(text).not.toContain(secret);
      return Promise.resolve();
    });
  });
}
