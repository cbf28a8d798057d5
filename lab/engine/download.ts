import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run";

const PLATFORMS: Record<string, string> = { x64: "linux-x64", arm64: "linux-arm64" };

/**
 * Puts the binaries of the official release into `binDir`, checked against the checksums that were published with it.
 *
 * @throws where the release cannot be reached within 5 s, is not made for this machine, or does not match its checksum
 */
export async function downloadRelease(version: string, binDir: string): Promise<void> {
  const platform = PLATFORMS[process.arch];
  if (process.platform !== "linux" || platform === undefined) {
    throw new Error(
      `no official release is known for ${process.platform}-${process.arch} (known: ${Object.values(PLATFORMS).join(", ")})`,
    );
  }
  const release = `https://github.com/pulumi/pulumi/releases/download/v${version}`;
  const name = `pulumi-v${version}-${platform}.tar.gz`;
  const checksums = (await get(`${release}/pulumi-${version}-checksums.txt`)).toString("utf8");
  const archive = await get(`${release}/${name}`);

  const published = checksums
    .split("\n")
    .find((line) => line.trim().endsWith(name))
    ?.trim()
    .split(/\s+/)[0];
  const found = createHash("sha256").update(archive).digest("hex");
  if (found !== published) {
    throw new Error(`${name} has SHA-256 ${found}, but ${published ?? "nothing"} was published for it`);
  }
  const archivePath = join(binDir, name);
  writeFileSync(archivePath, archive);
  await run(["tar", "--extract", "--gzip", "--file", archivePath, "--directory", binDir, "--strip-components=1"]);
  rmSync(archivePath);
}

async function get(url: string): Promise<Buffer> {
  const abort = new AbortController();
  const unanswered = setTimeout(() => abort.abort(new Error("no answer within 5 s")), 5_000);
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([abort.signal, AbortSignal.timeout(300_000)]) });
    clearTimeout(unanswered);
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  } catch (error) {
    throw new Error(`${url}: ${reasonOf(error)}`);
  } finally {
    clearTimeout(unanswered);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
