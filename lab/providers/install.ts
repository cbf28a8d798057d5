/**
 * The plugins that the stack's program asks for, in the lab's own `PULUMI_HOME`: the official ones where they can be
 * downloaded, else this lab's stand-ins.
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { type Plugin as BundlerPlugin, build } from "esbuild";
import type { Log } from "../engine/progress";
import { withProgress } from "../engine/progress";
import { run } from "../engine/run";
import { putInPlace } from "../putInPlace";
import { plugins } from "./plugins";

/** One plugin as it was installed. */
export interface InstalledPlugin {
  name: string;
  version: string;
  standIn: boolean;
}

const CHECKOUT = resolve(__dirname, "../..");
/** Says of a plugin's folder that it holds a stand-in, and made from which sources. */
const MARK = "stand-in.json";
/** Packages that end up in the bundles. */
const BUNDLED = ["@pulumi/pulumi", "ssh2", "@node-rs/bcrypt", "esbuild"];

/**
 * Installs the plugins into `pulumiHome`; what is there already and still right is left alone.
 *
 * @param binDir folder of the Pulumi command line
 * @throws where `pulumiHome` is the user's own `~/.pulumi`
 */
export async function installProviders(pulumiHome: string, binDir: string, log: Log): Promise<InstalledPlugin[]> {
  refuseTheUsersOwn(pulumiHome);
  const all = Object.entries(plugins).map(([name, { npmPackage, isRehearsed = false }]) => ({
    name,
    isRehearsed,
    version: versionOf(npmPackage),
  }));
  mkdirSync(join(pulumiHome, "plugins"), { recursive: true });

  const isReady = (plugin: Wanted) => isCurrent(folderOf(pulumiHome, plugin)) || isOurChoice(pulumiHome, plugin);
  const missing = all.filter((plugin) => !isReady(plugin));
  const wanted = missing.filter(({ isRehearsed }) => !isRehearsed);
  if (wanted.length > 0 && (await downloadsWork())) {
    await withProgress(log, `downloading the plugins ${wanted.map(({ name }) => name).join(", ")}`, () =>
      download(wanted, pulumiHome, binDir),
    );
  }
  const standIns = missing.filter((plugin) => !isReady(plugin));
  const instead = standIns.filter((plugin) => wanted.includes(plugin));
  if (instead.length > 0)
    log(
      `official plugins cannot be downloaded: stand-ins for ${instead.map(({ name }) => name).join(", ")} (for the lab only)`,
    );
  await Promise.all(standIns.map((plugin) => bundle(plugin, folderOf(pulumiHome, plugin))));
  return all.map(({ name, version }) => ({
    name,
    version,
    standIn: !isOfficial(folderOf(pulumiHome, { name, version })),
  }));
}

interface Plugin {
  name: string;
  version: string;
}

/** A plugin, and whether it is rehearsed even where the official one could be had. */
interface Wanted extends Plugin {
  isRehearsed: boolean;
}

function refuseTheUsersOwn(pulumiHome: string): void {
  if (resolve(pulumiHome) === join(homedir(), ".pulumi")) {
    throw new Error(
      `stand-ins for Pulumi's plugins belong in the lab's own PULUMI_HOME, not in ${pulumiHome}; give another folder`,
    );
  }
}

/** The version of the installed npm package is the version of the plugin that it asks for. */
function versionOf(npmPackage: string): string {
  const { version, pulumi } = JSON.parse(
    readFileSync(join(CHECKOUT, "node_modules", npmPackage, "package.json"), "utf8"),
  );
  return pulumi?.version ?? version;
}

function folderOf(pulumiHome: string, { name, version }: Plugin): string {
  return join(pulumiHome, "plugins", `resource-${name}-v${version}`);
}

function isOfficial(folder: string): boolean {
  return existsSync(folder) && !existsSync(`${folder}.partial`) && !existsSync(join(folder, MARK));
}

/** An official plugin is left alone, unless it is one that the lab has to keep from the world. */
function isOurChoice(pulumiHome: string, plugin: Wanted): boolean {
  return isOfficial(folderOf(pulumiHome, plugin)) && !plugin.isRehearsed;
}

function isCurrent(folder: string): boolean {
  const mark = join(folder, MARK);
  return existsSync(mark) && JSON.parse(readFileSync(mark, "utf8")).sources === sourcesHash();
}

async function downloadsWork(): Promise<boolean> {
  const probe = fetch("https://get.pulumi.com/releases/plugins/", {
    method: "HEAD",
    signal: AbortSignal.timeout(3_000),
  });
  return probe.then(
    () => true,
    () => false,
  );
}

async function download(plugins: Plugin[], pulumiHome: string, binDir: string): Promise<void> {
  const env = { ...process.env, PULUMI_HOME: pulumiHome, PULUMI_SKIP_UPDATE_CHECK: "true" };
  for (const plugin of plugins) {
    const { name, version } = plugin;
    rmSync(folderOf(pulumiHome, plugin), { recursive: true, force: true });
    // A download that fails leaves the plugin to its stand-in.
    await run([join(binDir, "pulumi"), "plugin", "install", "resource", name, version], {
      env,
      timeout: 120_000,
    }).catch(() => {});
  }
}

/** Bundles a stand-in into one file, which starts several times as fast as its sources would, and puts its folder in place by one rename. */
async function bundle({ name, version }: Plugin, folder: string): Promise<void> {
  const unfinished = join(dirname(folder), `.unfinished-${name}-${process.pid}`);
  rmSync(unfinished, { recursive: true, force: true });
  const bundled = join(unfinished, `pulumi-resource-${name}`);
  await build({
    entryPoints: { [`pulumi-resource-${name}`]: join(__dirname, name, "index.ts") },
    outdir: unfinished,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "error",
    define: { PLUGIN_VERSION: JSON.stringify(version) },
    banner: { js: "#!/usr/bin/env node" },
    loader: { ".node": "copy" },
    plugins: [leaveOut("typescript", "@npmcli/arborist")],
    // Optional speed-ups, built on the machine where they are: the library does without them.
    external: ["cpu-features", "*/sshcrypto.node"],
  });
  renameSync(`${bundled}.js`, bundled);
  chmodSync(bundled, 0o755);
  writeFileSync(join(unfinished, MARK), JSON.stringify({ sources: sourcesHash() }));
  rmSync(folder, { recursive: true, force: true });
  putInPlace(unfinished, folder, () => isCurrent(folder));
}

/** Packages that Pulumi's library loads for programs only; a plugin that leaves them out starts three times as fast. */
function leaveOut(...packages: string[]): BundlerPlugin {
  return {
    name: "leave-out",
    setup(bundler) {
      const filter = new RegExp(`^(${packages.join("|")})$`);
      bundler.onResolve({ filter }, ({ path }) => ({ path, namespace: "left-out" }));
      bundler.onLoad({ filter, namespace: "left-out" }, () => ({ contents: "" }));
    },
  };
}

/** Changes whenever a bundle would come out differently. */
function sourcesHash(): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(__dirname, { recursive: true, encoding: "utf8" }).sort()) {
    if (file.endsWith(".ts")) hash.update(file).update(readFileSync(join(__dirname, file)));
  }
  for (const name of BUNDLED) hash.update(`${name}@${versionOf(name)}`);
  return hash.digest("hex");
}
