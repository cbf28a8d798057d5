import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { comment } from "../../../ci/comment";
import { checkout } from "../../../lab/paths";
import { Account, CLOUD_FOLDER } from "../../../lab/providers/cloud/account";
import { cloudZones } from "../../../lab/providers/cloud/rehearsed";
import { emptyCloudflare } from "../../../lab/providers/cloudflare/api";
import { Stack, succeeded } from "../../lab/stack";
import { TestCloud } from "../../unit/providers/cloud";
import type { Text } from "./program";

const [here, there] = [cloudZones["example.org"]!, cloudZones["example.com"]!];
const ids = { found: "1".repeat(32), seen: "2".repeat(32), forgotten: "3".repeat(32) };
const cloud = new TestCloud();
let stack: Stack;

beforeAll(async () => {
  const dates = { createdOn: "2026-01-01T00:00:00Z", modifiedOn: "2026-01-01T00:00:00Z" };
  const records = Object.entries(ids).map(([name, id]) => ({
    ...{ id, name: `${name}.example.org`, type: "TXT", content: '"old"', ttl: 300, proxied: false, tags: [], ...dates },
  }));
  new Account(cloud.folder, "cloudflare", emptyCloudflare).change((state) => {
    state.zones = { [here]: { name: "example.org", records }, [there]: { name: "example.com", records: [] } };
  });
  const program = join(checkout, "test/preview/ci/program/index.ts");
  stack = await Stack.ofProgram("actions", program, { [CLOUD_FOLDER]: cloud.folder, CLOUDFLARE_API_TOKEN: "token" });
});

afterAll(() => {
  stack?.forget();
  cloud.remove();
});

const run = async (words: string[], texts: Record<string, Text>) => {
  stack.keep({ texts });
  return succeeded(await stack.run(words));
};

test("a comment has every action of the engine by its name", async () => {
  const text = { content: "old", zoneId: here };
  await run(["up", "--yes", "--skip-preview"], {
    ...{ changed: text, gone: text, moved: text },
    forgotten: { ...text, id: ids.forgotten, isRead: true },
  });
  const { stdout } = await run(["preview", "--diff", "--suppress-outputs"], {
    ...{ changed: { ...text, content: "new" }, made: text, moved: { ...text, zoneId: there } },
    found: { ...text, content: "new", id: ids.found },
    seen: { ...text, id: ids.seen, isRead: true },
  });
  const said = comment("production", stdout);
  expect(said).toContain(`\`production\`: 1 to create, 2 to update, 1 to delete, 1 to replace, 1 to import

- delete \`gone\`
- replace \`moved\`
- import \`found\`
- update \`changed\`, \`found\`
- create \`made\`

\`\`\`diff
@@ update changed @@
! content: "\\"old\\"" => "\\"new\\""
@@ update found @@
! content: "\\"old\\"" => "\\"new\\""
@@ create made @@
+ content: "\\"old\\""
@@ replace moved @@
`);
});
