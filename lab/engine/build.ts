import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Log, withProgress } from "./progress";
import { run } from "./run";

interface Tool {
  binary: string;
  /** Folder beside this file with the `go.mod` and `go.sum` that pin every module. */
  folder: string;
  goPackage: string;
  version: string;
  /** What a person may have to wait on an idle machine with two cores. */
  expected: string;
}

/** The version of the command line that is built or downloaded. */
export const ENGINE_VERSION = "3.250.0";

const TOOLS: Tool[] = [
  {
    binary: "pulumi",
    folder: "cli",
    goPackage: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    version: ENGINE_VERSION,
    expected: "3 to 5 minutes",
  },
  {
    // Later language hosts live in a module of their own that the module proxy does not have.
    binary: "pulumi-language-nodejs",
    folder: "nodejs-host",
    goPackage: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    version: "3.68.0",
    expected: "1 minute",
  },
  {
    // For programs of people who write none: examples/yaml.
    binary: "pulumi-language-yaml",
    folder: "yaml-host",
    goPackage: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
    version: "1.30.0",
    expected: "1 minute",
  },
];

/** Changes whenever something else would be built: tools, versions, pinned modules, machine. */
export function recipeHash(): string {
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}`);
  for (const { folder, goPackage, version } of TOOLS) {
    hash.update(`${goPackage}@${version}`);
    for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(__dirname, folder, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

/**
 * Builds the command line and the language hosts of Node.js and YAML from the Go module proxy into `binDir`.
 *
 * @throws where Go is missing or older than the sources need, or the build fails
 */
export async function buildFromSource(binDir: string, log: Log): Promise<void> {
  await requireGo();
  for (const tool of TOOLS) {
    const linkerFlags = `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${tool.version}`;
    const command = [
      "go",
      "build",
      "-buildvcs=false",
      "-ldflags",
      linkerFlags,
      "-o",
      join(binDir, tool.binary),
      tool.goPackage,
    ];
    await withProgress(log, `building ${tool.binary} ${tool.version} (${tool.expected}, once on this machine)`, () =>
      run(command, {
        cwd: join(__dirname, tool.folder),
        env: { ...process.env, GOFLAGS: "-mod=readonly", GOWORK: "off" },
      }),
    );
  }
}

async function requireGo(): Promise<void> {
  const { needed } = /^go (?<needed>\d+\.\d+)/m.exec(readFileSync(join(__dirname, "cli", "go.mod"), "utf8"))!.groups!;
  const found = await run(["go", "version"]).catch(() => undefined);
  // From 1.21 on Go fetches the newer Go that a go.mod asks for by itself.
  if (found === undefined || /go1\.(\d|1\d|20)\D/.test(found)) {
    throw new Error(
      `Go ${needed} or later (any from 1.21 on may fetch it) is needed to build it; ${found === undefined ? "`go` is not on PATH" : `found ${found.trim()}`}`,
    );
  }
}
