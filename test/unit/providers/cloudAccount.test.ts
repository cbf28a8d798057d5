import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Account } from "../../../lab/providers/cloud/account";
import { quoted, unquoted } from "../../../lab/providers/cloud/text";
import { updateScript } from "../../../lab/providers/cloud/world";
import { TestCloud } from "./cloud";

let cloud: TestCloud;
beforeEach(() => {
  cloud = new TestCloud();
});
afterEach(() => cloud.remove());

const account = () => new Account(cloud.folder, "ovh", { count: 0 });

test("what one process wrote, the next one finds; what failed wrote nothing", () => {
  account().change((state) => {
    state.count = 7;
  });
  const failing = () =>
    account().change((state) => {
      state.count = 8;
      throw new Error("in the middle");
    });
  expect(failing).toThrow("in the middle");
  expect(account().state()).toEqual({ count: 7 });
});

test("processes that change an account at the same time lose no change", async () => {
  const program = `
    const { Account } = require(${JSON.stringify(join(__dirname, "../../../lab/providers/cloud/account.ts"))});
    const account = new Account(${JSON.stringify(cloud.folder)}, "ovh", { count: 0 });
    for (let i = 0; i < 40; i += 1) account.change((state) => { state.count += 1; });
  `;
  const run = () =>
    new Promise((resolve) => spawn(process.execPath, ["--import", "tsx", "-e", program]).on("close", resolve));
  expect(await Promise.all([run(), run(), run()])).toEqual([0, 0, 0]);
  expect(account().state()).toEqual({ count: 120 });
}, 60_000);

test("the lock of a process that was killed is taken over", () => {
  writeFileSync(join(cloud.folder, "lock"), "999999999");
  account().change((state) => {
    state.count = 1;
  });
  expect(account().state()).toEqual({ count: 1 });
});

test("the ordered request fails, those before and after it do not, and every one is taken down", () => {
  cloud.faults({ calls: [{ provider: "ovh", request: "POST /domain", nth: 2, times: 2, status: 429 }] });
  const post = () => account().request("POST", "/domain/zone/example.org/record");
  expect([post(), account().request("GET", "/domain"), post(), post(), post()]).toEqual([
    undefined,
    undefined,
    429,
    429,
    undefined,
  ]);
  expect(new Account(cloud.folder, "cloudflare", {}).request("POST", "/domain")).toBeUndefined();
  expect(account().requests()).toHaveLength(5);
  expect(account().requests()[1]).toBe("GET /domain");
});

test("quoting a text and reading it back are inverse, and no piece is longer than 255", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 900 }), (text) => {
      expect(unquoted(quoted(text))).toBe(text);
      const pieces = [...quoted(text).matchAll(/"((?:[^"\\]|\\.)*)"/gs)].map(([, piece = ""]) => piece);
      for (const piece of pieces) expect(piece.replace(/\\(.)/gs, "$1").length).toBeLessThanOrEqual(255);
    }),
  );
  expect(unquoted("v=spf1 -all")).toBeUndefined();
  expect(unquoted('"one" two')).toBeUndefined();
});

test("a change names each record with its content, so that others of the same name stay", () => {
  const access = { address: "198.51.100.54", keyName: "lab", keyAlgorithm: "hmac-sha256", keySecret: "c2VjcmV0" };
  const record = { name: "example.org", ttl: 60, type: "TXT", content: '"v=spf1 -all"' };
  expect(updateScript(access, [record], [{ ...record, content: '"v=spf1 mx -all"' }])).toBe(
    'server 198.51.100.54\nkey hmac-sha256:lab c2VjcmV0\nupdate delete example.org. TXT "v=spf1 -all"\nupdate add example.org. 60 TXT "v=spf1 mx -all"\nsend\n',
  );
});
