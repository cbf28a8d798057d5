import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { awaitMail } from "../../../lab/mail";
import { checkout } from "../../../lab/paths";
import { expectUnchanged, sendFromAbroad } from "../scenario";
import { succeeded } from "../stack";
import { bound } from "../story";
import { ProjectScenario } from "./project";

/** The folder that docs/reuse.md leads readers to. */
export function describeParts(): void {
  describe("the machine and its DNS as two components", () => {
    const scenario = new ProjectScenario(join(checkout, "examples", "parts"));
    const { step, route } = bound(scenario);
    const up = async () => succeeded(await scenario.stack.run(["up", "--yes", "--skip-preview"]));
    beforeAll(() => scenario.prepare());
    afterAll(() => scenario.end());

    step(
      "the machine and its DNS as two components make a mail server together, which the world finds and which takes mail",
      async () => {
        await scenario.install();
        scenario.keepValues();
        // With outputs of the machine that nobody knows yet.
        succeeded(await scenario.stack.run(["preview"]));
        await up();
        const subject = await sendFromAbroad([scenario.anna.address]);
        expect((await awaitMail(route(), scenario.anna, subject)).toString()).toContain("Hello over there.");
        const { domain, hostname } = scenario.release;
        const published = (await scenario.published()).map((line) => line.split(" ").slice(0, 2).join(" "));
        expect(published).toEqual(
          expect.arrayContaining([`${domain}. MX`, `mail._domainkey.${domain}. TXT`, `_25._tcp.${hostname}. TLSA`]),
        );
      },
      { essential: true },
    );

    step("the machine and its DNS as two components change nothing when nothing has changed", async () => {
      expectUnchanged(await up());
    });

    step("the machine and its DNS as two components leave no record when they go", async () => {
      await scenario.stack.destroy();
      expect(await scenario.published()).toEqual([]);
    });
  });
}
