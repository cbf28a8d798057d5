import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { comment } from "../../../ci/comment";
import type { MailServerArgs } from "../../../index";
import { checkout } from "../../../lab/paths";
import { Account, CLOUD_FOLDER } from "../../../lab/providers/cloud/account";
import { cloudZones } from "../../../lab/providers/cloud/rehearsed";
import { emptyCloudflare } from "../../../lab/providers/cloudflare/api";
import { Stack } from "../../lab/stack";
import { exampleArgs, passwordHash } from "../../unit/fixture";
import { TestCloud } from "../../unit/providers/cloud";
import { type Agreeable, startAgreeable } from "./agreeable";

const page = join(checkout, "docs/pull-requests.md");

const at = (zone: string) => ({ cloudflare: { zoneId: cloudZones[zone]!, ttl: 300 } });
const deployed: MailServerArgs = exampleArgs({
  domains: [{ name: "example.org", dkim: { selector: "s2026" } }],
  mailboxes: [{ address: "anna@example.org", passwordHash }],
  aliases: [],
  dns: at("example.org"),
});

const rotating = (dkim: object) => ({ domains: [{ name: "example.org", dkim }] });
const published = rotating({ selector: "s2026", standbySelectors: ["s2027"] });

/** The changes of which the page shows the comments, by the names that it gives them. */
const changes: Record<string, Partial<MailServerArgs>> = {
  "one mailbox": { mailboxes: [...deployed.mailboxes!, { address: "ben@example.org", passwordHash }] },
  "one setting": { messageSizeLimit: 104857600 },
  "one domain": { domains: [...deployed.domains, { name: "example.com", dns: at("example.com") }] },
  "publishing a DKIM key": published,
};

const cloud = new TestCloud();
let stack: Stack;
let agreeable: Agreeable;

beforeAll(async () => {
  new Account(cloud.folder, "cloudflare", emptyCloudflare).change((state) => {
    state.zones = Object.fromEntries(Object.entries(cloudZones).map(([name, id]) => [id, { name, records: [] }]));
  });
  agreeable = await startAgreeable();
  const account = { [CLOUD_FOLDER]: cloud.folder, CLOUDFLARE_API_TOKEN: "token" };
  stack = await Stack.create("production", { ...agreeable.environment, ...account });
  await stack.up(deployed);
});

afterAll(() => {
  stack?.forget();
  agreeable?.stop();
  cloud.remove();
});

/** `npm run docs` writes the page anew. */
test("docs/pull-requests.md shows what the engine says today", { timeout: 600_000 }, async () => {
  let text = readFileSync(page, "utf8");
  const show = async (name: string, change: Partial<MailServerArgs>) => {
    const { stdout } = await stack.preview({ ...deployed, ...change }, "--suppress-outputs");
    const shown = comment("production", stdout).replace(/^.*\n### (.*)/, "**$1**");
    const place = new RegExp(`(<!-- preview of ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
    expect(text).toMatch(place);
    text = text.replace(place, (_, begin: string, end: string) => `${begin}\n${shown}\n${end}`);
  };
  for (const [name, change] of Object.entries(changes)) await show(name, change);
  await stack.up({ ...deployed, ...published });
  await show("switching to it", rotating({ selector: "s2027", standbySelectors: ["s2026"] }));
  await expect(text).toMatchFileSnapshot(page);
});
