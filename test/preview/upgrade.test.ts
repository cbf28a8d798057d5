import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PreviewStep, succeeded } from "../lab/stack";
import { TestCloud } from "../unit/providers/cloud";
import { type Agreeable, startAgreeable } from "./ci/agreeable";
import { earlierStacks, openStack, stateFile } from "./upgrade/stacks";

const versions = readdirSync(join(__dirname, "upgrade"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/**
 * Nodes that only group others or show what is on the host, of a service that earlier versions did not have; and the command that installs packages, which they had in
 * the other one.
 */
const added =
  /^mailserver:index:(MailHost|MailDns|MailDomain|HostRole|HostFile)::|^command:remote:Command::\S+-host-packages$/;

const cases = versions.flatMap((version) => earlierStacks.map((earlier) => ({ ...earlier, version })));

describe.each(cases)("the stack $name of version $version", (earlier) => {
  let agreeable: Agreeable;
  let cloud: TestCloud;
  let steps: PreviewStep[];
  let taken: number;

  beforeAll(async () => {
    agreeable = await startAgreeable();
    cloud = new TestCloud();
    const stack = await openStack(earlier, cloud, agreeable.environment);
    stack.keep(earlier.values);
    const state = join(cloud.folder, "state.json");
    writeFileSync(state, gunzipSync(readFileSync(stateFile(earlier.version, earlier))));
    succeeded(await stack.run(["stack", "import", "--file", state]));
    const { stdout } = succeeded(await stack.run(["preview", "--json"]));
    const preview = JSON.parse(stdout) as { steps: PreviewStep[]; changeSummary: { same?: number; update?: number } };
    steps = preview.steps;
    const { same = 0, update = 0 } = preview.changeSummary;
    // Another script for the records of a name server updates each of them.
    taken = same + update;
    stack.forget();
  });

  afterAll(() => {
    agreeable?.stop();
    cloud?.remove();
  });

  it("a stack of an earlier version is taken over by this one, which deletes and replaces nothing, and makes nodes that show something and the command for packages", () => {
    const changes = steps
      .filter(({ op }) => !["same", "update", "refresh", "read"].includes(op))
      .filter(({ op, urn }) => !(op === "create" && added.test(urn.replace(/^.*[:$](?=\w+:\w+:\w+::)/, ""))))
      .map(({ op, urn }) => `${op} ${urn}`);
    expect(changes).toEqual([]);
    expect(taken).toBeGreaterThan(20);
  });
});
