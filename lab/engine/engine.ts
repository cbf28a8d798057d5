/**
 * The Pulumi engine: one that is on PATH and new enough, else the official release, else built from source.
 *
 * Nothing is ever installed outside this project's folder in the user's cache.
 */
import { accessSync, constants, mkdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { buildFromSource, ENGINE_VERSION, recipeHash } from "./build";
import { cacheFolder, fillOnce } from "./cache";
import { downloadRelease } from "./download";
import type { Log } from "./progress";
import { run } from "./run";

/** Where the engine's binaries are. */
export interface Engine {
  /** Folder with `pulumi` and `pulumi-language-nodejs`; to stand first on PATH. */
  binDir: string;
  /** Version of the command line, e.g. `3.250.0`. */
  version: string;
}

/** The oldest command line that matches the `@pulumi/pulumi` of `package.json`. */
const OLDEST = "3.248.0";
const LANGUAGE_HOST = "pulumi-language-nodejs";

/**
 * Finds or makes a Pulumi command line with its Node.js language host. The first call on a machine may take minutes, later
 * ones take well under a second.
 *
 * @throws with what was tried and what a person can do about it
 */
export async function ensureEngine(log: Log): Promise<Engine> {
  const installed = await engineOnPath(log);
  if (installed) return installed;

  const folder = join(cacheFolder(), "engine", `${ENGINE_VERSION}-${recipeHash()}`);
  await fillOnce(folder, log, async (emptyFolder) => {
    const binDir = join(emptyFolder, "bin");
    mkdirSync(binDir);
    const downloadFailure = await failureOf(downloadRelease(ENGINE_VERSION, binDir).then(() => mustRun(binDir)));
    if (downloadFailure === undefined) return log(`Pulumi ${ENGINE_VERSION}: official release downloaded`);
    log(
      `Pulumi ${ENGINE_VERSION}: the official release cannot be downloaded (${downloadFailure}); building it from source`,
    );
    const buildFailure = await failureOf(buildFromSource(binDir, log).then(() => mustRun(binDir)));
    if (buildFailure !== undefined) throw new Error(noEngine(downloadFailure, buildFailure));
  });
  return { binDir: join(folder, "bin"), version: ENGINE_VERSION };
}

/** Where a run of the engine keeps what it knows. */
export interface EngineRun {
  binDir: string;
  /** Folder for plugins and credentials; made by the engine where it is missing. */
  home: string;
  /** Folder for stacks' states; must exist. */
  state: string;
  /** Encrypts the secrets in the states. */
  passphrase: string;
}

/** Environment that keeps a run of the engine to itself: no account, no state, no plugin and no SSH agent of the user's is touched. */
export function engineEnvironment({ binDir, home, state, passphrase }: EngineRun): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith("PULUMI_") && name !== "SSH_AUTH_SOCK",
  );
  return {
    ...Object.fromEntries(inherited),
    PATH: `${binDir}${delimiter}${process.env.PATH ?? ""}`,
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // A plugin that is missing is an error at once, not a download that may hang.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

/** The command line on PATH, where it is new enough and has its language host beside it. */
export async function engineOnPath(log: Log): Promise<Engine | undefined> {
  const found = (process.env.PATH ?? "")
    .split(delimiter)
    .find((folder) => folder !== "" && isExecutable(join(folder, "pulumi")));
  if (found === undefined) return undefined;
  const binary = join(found, "pulumi");
  const version = (await run([binary, "version"], { timeout: 20_000 }).catch(() => "")).trim().replace(/^v/, "");
  if (!isAtLeast(version, OLDEST)) {
    log(
      `${binary} is ${version === "" ? "not usable" : `version ${version}`}; ${OLDEST} or later is needed, so it is left alone`,
    );
    return undefined;
  }
  const binDir = [found, dirname(realpathSync(binary))].find((folder) => isExecutable(join(folder, LANGUAGE_HOST)));
  if (binDir === undefined) log(`${binary} has no ${LANGUAGE_HOST} beside it, so it is left alone`);
  return binDir === undefined ? undefined : { binDir, version };
}

async function mustRun(binDir: string): Promise<void> {
  await run([join(binDir, "pulumi"), "version"], { timeout: 60_000 });
  if (!isExecutable(join(binDir, LANGUAGE_HOST))) throw new Error(`there is no ${LANGUAGE_HOST} in it`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Compares `MAJOR.MINOR.PATCH`; what follows the patch is ignored, and what is no version is older than any. */
export function isAtLeast(version: string, oldest: string): boolean {
  const numbers = (text: string) => (/^(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [0, -1, 0, 0]).slice(1).map(Number);
  const [found, wanted] = [numbers(version), numbers(oldest)];
  const different = found.findIndex((number, index) => number !== wanted[index]);
  return different === -1 || (found[different] ?? 0) > (wanted[different] ?? 0);
}

async function failureOf(attempt: Promise<void>): Promise<string | undefined> {
  return attempt.then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

function noEngine(downloadFailure: string, buildFailure: string): string {
  return [
    "No Pulumi command line could be found or made.",
    `  on PATH: none that is ${OLDEST} or later with ${LANGUAGE_HOST} beside it`,
    `  official release ${ENGINE_VERSION}: ${downloadFailure}`,
    `  built from source: ${buildFailure}`,
    "Install it by https://www.pulumi.com/docs/iac/download-install/, or install Go from https://go.dev/dl/, and run this again.",
  ].join("\n");
}
