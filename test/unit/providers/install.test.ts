import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { installProviders } from "../../../lab/providers/install";
import { plugins } from "../../../lab/providers/plugins";

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "pulumi-home-"));
  // These tests are about the stand-ins, also where the official plugins could be downloaded.
  vi.stubGlobal("fetch", async () => {
    throw new Error("no network");
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  rmSync(home, { recursive: true, force: true });
});

const install = () => installProviders(home, "/nonexistent", () => {});

function installedVersion(npmPackage: string): string {
  return JSON.parse(readFileSync(join(__dirname, "../../../node_modules", npmPackage, "package.json"), "utf8")).version;
}

test("each plugin stands where the engine looks for the version of the npm package, and is executable", async () => {
  const installed = await install();
  expect(installed.map(({ name }) => name)).toEqual(Object.keys(plugins));
  for (const { name, version, standIn } of installed) {
    expect({ version, standIn }).toEqual({ version: installedVersion(plugins[name]!.npmPackage), standIn: true });
    const file = join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
    expect(statSync(file).mode & 0o111).toBe(0o111);
    expect(readFileSync(file, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  }
}, 30_000);

test("the command plugin is the real line of versions, not the mistaken 4.5.0", () => {
  expect(installedVersion("@pulumi/command")).toMatch(/^1\./);
});

test("a stand-in is made again only when its sources changed, and an official plugin is left alone", async () => {
  const installed = await install();
  const [cloudflare, command, random] = ["cloudflare", "command", "random"].map((name) =>
    installed.find((plugin) => plugin.name === name),
  );
  const folder = (plugin: typeof command) => join(home, "plugins", `resource-${plugin!.name}-v${plugin!.version}`);
  const file = (plugin: typeof command) => join(folder(plugin), `pulumi-resource-${plugin!.name}`);
  writeFileSync(file(command), "touched");
  await install();
  expect(readFileSync(file(command), "utf8")).toBe("touched");

  writeFileSync(join(folder(command), "stand-in.json"), JSON.stringify({ sources: "older" }));
  rmSync(join(folder(random), "stand-in.json"));
  writeFileSync(file(random), "official");
  rmSync(join(folder(cloudflare), "stand-in.json"));
  writeFileSync(file(cloudflare), "official");
  const again = await install();
  expect(readFileSync(file(command), "utf8")).not.toBe("touched");
  expect(readFileSync(file(random), "utf8")).toBe("official");
  // The official plugins of the clouds would reach out for a real account.
  expect(readFileSync(file(cloudflare), "utf8")).not.toBe("official");
  expect(again.filter(({ standIn }) => !standIn).map(({ name }) => name)).toEqual(["random"]);
}, 30_000);

test("the user's own ~/.pulumi is never touched", async () => {
  await expect(installProviders(join(homedir(), ".pulumi"), "/nonexistent", () => {})).rejects.toThrow(
    "belong in the lab's own PULUMI_HOME",
  );
});
