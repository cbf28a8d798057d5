import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { buildFromSource } from "../../../lab/engine/build";
import { fillOnce } from "../../../lab/engine/cache";
import { downloadRelease } from "../../../lab/engine/download";
import { engineEnvironment, engineOnPath, isAtLeast } from "../../../lab/engine/engine";
import { CommandFailed, run } from "../../../lab/engine/run";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-"));
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function executable(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
}

describe("an engine that is installed", () => {
  const installed = (version: string, files: string[]) => {
    for (const file of files) executable(join(folder, "bin", file), `echo v${version}`);
    vi.stubEnv("PATH", [join(folder, "none"), join(folder, "bin"), process.env.PATH].join(delimiter));
  };

  test("an engine that is installed is used when it is new enough and has its language host", async () => {
    installed("3.300.1", ["pulumi", "pulumi-language-nodejs"]);
    expect(await engineOnPath(() => {})).toEqual({ binDir: join(folder, "bin"), version: "3.300.1" });
  });

  test.each([
    ["3.247.9", ["pulumi", "pulumi-language-nodejs"], /3\.247\.9; 3\.248\.0 or later is needed/],
    ["3.300.0", ["pulumi"], /no pulumi-language-nodejs beside it/],
    ["nonsense", ["pulumi", "pulumi-language-nodejs"], /is left alone/],
  ])(
    "an engine that is installed is left alone, and that is said, when it is %s with %j",
    async (version, files, said) => {
      installed(version, files);
      const lines: string[] = [];
      expect(await engineOnPath((line) => lines.push(line))).toBeUndefined();
      expect(lines.join("\n")).toMatch(said);
    },
  );
});

test.each([
  ["3.248.0", "3.248.0", true],
  ["3.248.0-alpha.1", "3.248.0", true],
  ["3.9.9", "3.10.0", false],
  ["4.0.0", "3.248.0", true],
  ["", "0.0.0", false],
])("the version %s is at least %s: %s", (version, oldest, expected) => {
  expect(isAtLeast(version, oldest)).toBe(expected);
});

test("a run of the engine keeps to itself", () => {
  vi.stubEnv("PULUMI_ACCESS_TOKEN", "somebody's");
  vi.stubEnv("PULUMI_STACK", "production");
  vi.stubEnv("SSH_AUTH_SOCK", "/run/agent");
  const environment = engineEnvironment({
    binDir: "/engine/bin",
    home: "/lab/home",
    state: "/lab/state",
    passphrase: "word",
  });
  expect(environment).toMatchObject({
    PULUMI_HOME: "/lab/home",
    PULUMI_BACKEND_URL: "file:///lab/state",
    PULUMI_CONFIG_PASSPHRASE: "word",
  });
  expect(environment.PATH).toMatch(/^\/engine\/bin:/);
  for (const name of ["PULUMI_ACCESS_TOKEN", "PULUMI_STACK", "SSH_AUTH_SOCK"])
    expect(environment).not.toHaveProperty(name);
});

describe("filling a folder once", () => {
  const target = () => join(folder, "cache", "tool");

  test("two that want a folder at the same time get one filling", async () => {
    let fillings = 0;
    const fill = async (empty: string) => {
      fillings++;
      await sleep(300);
      writeFileSync(join(empty, "tool"), "whole");
    };
    await Promise.all([fillOnce(target(), () => {}, fill), fillOnce(target(), () => {}, fill)]);
    await fillOnce(target(), () => {}, fill);
    expect(fillings).toBe(1);
    expect(readFileSync(join(target(), "tool"), "utf8")).toBe("whole");
    expect(readdirSync(join(folder, "cache"))).toEqual(["tool"]);
  });

  test("a filling of a folder that fails leaves nothing, and the next one tries again", async () => {
    const broken = fillOnce(
      target(),
      () => {},
      async (empty) => {
        writeFileSync(join(empty, "tool"), "half");
        throw new Error("no space left");
      },
    );
    await expect(broken).rejects.toThrow("no space left");
    expect(readdirSync(join(folder, "cache"))).toEqual([]);
    await fillOnce(
      target(),
      () => {},
      async (empty) => writeFileSync(join(empty, "tool"), "whole"),
    );
    expect(existsSync(target())).toBe(true);
  });

  test("what a killed process left of a folder is cleaned up", async () => {
    const dead = await run(["/bin/sh", "-c", "echo $$"]);
    mkdirSync(`${target()}.unfinished-${dead.trim()}`, { recursive: true });
    writeFileSync(`${target()}.lock`, dead);
    await fillOnce(
      target(),
      () => {},
      async () => {},
    );
    expect(readdirSync(join(folder, "cache"))).toEqual(["tool"]);
  });
});

describe("downloading", () => {
  const version = "9.8.7";
  const platform = process.arch === "arm64" ? "linux-arm64" : "linux-x64";
  const archive = `pulumi-v${version}-${platform}.tar.gz`;

  /** Stands in for the release's web server: a tarball as it is published, and the file of checksums. */
  const publish = async (checksumOf: (bytes: Buffer) => string) => {
    for (const tool of ["pulumi", "pulumi-language-nodejs"])
      executable(join(folder, "release", "pulumi", tool), "echo tool");
    await run([
      "tar",
      "--create",
      "--gzip",
      "--file",
      join(folder, "archive"),
      "--directory",
      join(folder, "release"),
      "pulumi",
    ]);
    const bytes = readFileSync(join(folder, "archive"));
    const files: Record<string, Buffer> = {
      [archive]: bytes,
      [`pulumi-${version}-checksums.txt`]: Buffer.from(
        `${"0".repeat(64)}  other.tar.gz\n${checksumOf(bytes)}  ${archive}\n`,
      ),
    };
    vi.stubGlobal("fetch", async (url: string) => {
      expect(url).toContain(`https://github.com/pulumi/pulumi/releases/download/v${version}/`);
      const file = files[url.split("/").at(-1) ?? ""];
      return file ? new Response(new Uint8Array(file)) : new Response("", { status: 404 });
    });
    mkdirSync(join(folder, "bin"));
  };

  afterEach(() => vi.unstubAllGlobals());

  test("a download of the engine is unpacked when it is what was published", async () => {
    await publish((bytes) => createHash("sha256").update(bytes).digest("hex"));
    await downloadRelease(version, join(folder, "bin"));
    expect(readdirSync(join(folder, "bin")).sort()).toEqual(["pulumi", "pulumi-language-nodejs"]);
    expect(await run([join(folder, "bin", "pulumi")])).toBe("tool\n");
  });

  test("a download that is not what was published is refused, and nothing of it unpacked", async () => {
    await publish(() => "1".repeat(64));
    await expect(downloadRelease(version, join(folder, "bin"))).rejects.toThrow(`${archive} has SHA-256 `);
    expect(readdirSync(join(folder, "bin"))).toEqual([]);
  });

  test("a download of the engine says which address did not answer", async () => {
    vi.stubGlobal("fetch", async () => new Response("", { status: 503 }));
    await expect(downloadRelease(version, folder)).rejects.toThrow(
      /^https:\/\/github\.com\/.*-checksums\.txt: HTTP 503$/,
    );
  });
});

describe("building", () => {
  test("building the engine without Go says what to install", async () => {
    vi.stubEnv("PATH", folder);
    await expect(buildFromSource(folder, () => {})).rejects.toThrow(/^Go 1\.\d+ or later .*`go` is not on PATH$/);
  });

  test("building the engine with an old Go says which one was found", async () => {
    executable(join(folder, "go"), "echo go version go1.19.8 linux/amd64");
    vi.stubEnv("PATH", [folder, "/bin"].join(delimiter));
    await expect(buildFromSource(folder, () => {})).rejects.toThrow("found go version go1.19.8");
  });
});

describe("running a command", () => {
  test("a command that is run returns its output", async () => {
    expect(await run(["/bin/sh", "-c", "echo out; echo err >&2"])).toBe("out\n");
  });

  test("a command that fails, cannot start or takes too long shows the end of both streams", async () => {
    await expect(run(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"])).rejects.toThrow(
      /ended with exit code 3:\n(out\nerr|err\nout)$/,
    );
    await expect(run(["/nonexistent/tool"])).rejects.toThrow(CommandFailed);
    await expect(run(["/bin/sleep", "30"], { timeout: 50 })).rejects.toThrow("was ended by SIGTERM");
  });
});
