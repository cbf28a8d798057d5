import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parse, stringify } from "yaml";
import type { Engine } from "./engine/engine";

/** A runtime that only the lab's engine knows. */
const runtime = "lab";

/** Starts a pack as the official plugin does: by the library that the pack itself has installed. */
const starter = `#!/bin/sh
exec node "$(node -p 'require.resolve("@pulumi/pulumi/cmd/run-policy-pack")')" "$@"
`;

/**
 * A folder that `--policy-pack` takes for the pack in `pack`: the pack itself, where the engine is the official release. The language host that can
 * be built from source is too old to start packs; there it is a folder that says the same of the same program but for its runtime, and a plugin for
 * that runtime.
 *
 * @param home the `PULUMI_HOME` of the lab
 * @param folder where to put what has to be made: beside the pack, as its libraries are looked for from there, or the pack itself, where it is a copy
 */
export function startablePack({ binDir }: Engine, home: string, pack: string, folder: string): string {
  if (existsSync(join(binDir, "pulumi-analyzer-policy"))) return pack;
  const plugin = join(home, "plugins", `analyzer-policy-${runtime}-v0.0.0`, `pulumi-analyzer-policy-${runtime}`);
  write(plugin, starter);
  chmodSync(plugin, 0o755);
  const described = parse(readFileSync(join(pack, "PulumiPolicy.yaml"), "utf8"));
  write(join(folder, "PulumiPolicy.yaml"), stringify({ ...described, runtime }));
  if (folder === pack) return folder;
  const packaged = JSON.parse(readFileSync(join(pack, "package.json"), "utf8"));
  write(join(folder, "package.json"), JSON.stringify({ ...packaged, main: relative(folder, join(pack, "index")) }));
  if (existsSync(join(pack, "tsconfig.json")))
    write(join(folder, "tsconfig.json"), JSON.stringify({ extends: relative(folder, join(pack, "tsconfig.json")) }));
  return folder;
}

/** What is there already is left alone: another engine may be reading it. */
function write(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
