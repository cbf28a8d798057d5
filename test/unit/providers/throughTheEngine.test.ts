/** Rules that only the real engine can show: what stands in the state, what a preview knows, what an `up` contacts. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { remote } from "@pulumi/command";
import { secret } from "@pulumi/pulumi";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { RandomBytes, RandomPassword } from "@pulumi/random";
import { PrivateKey } from "@pulumi/tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { engineEnvironment, ensureEngine } from "../../../lab/engine/engine";
import { installProviders } from "../../../lab/providers/install";
import { newKeyPair } from "../../../lab/providers/sshKeys";
import { startServer, type TestServer } from "./sshServer";

const folder = mkdtempSync(join(tmpdir(), "through-the-engine-"));
const login = newKeyPair();
const SECRETS = { stdin: "canary-stdin", password: "canary-password" };

let host: TestServer;
let stack: Stack;
let create = "cat; echo made";
let triggers = ["one"];
let stdin = SECRETS.stdin;
/** What the program got to see of the command's output. */
let knownOutputs: string[] = [];

async function program() {
  const key = new PrivateKey("key", { algorithm: "ED25519" });
  const password = new RandomPassword("password", { length: 20 });
  const bytes = new RandomBytes("bytes", { length: 16 });
  const command = new remote.Command(
    "command",
    {
      connection: {
        host: "127.0.0.1",
        port: host.port,
        hostKey: host.hostKey,
        privateKey: login.private,
        password: SECRETS.password,
        dialErrorLimit: 1,
      },
      create,
      delete: "echo deleted",
      stdin: secret(stdin),
      triggers,
      logging: "none",
      addPreviousOutputInEnv: false,
    },
    { additionalSecretOutputs: ["stdout", "stderr"] },
  );
  command.stdout.apply((known) => knownOutputs.push(known));
  return {
    stdout: command.stdout,
    publicKey: key.publicKeyOpenssh,
    hash: password.bcryptHash,
    hex: bytes.hex,
    password: password.result,
    privateKey: key.privateKeyPem,
  };
}

beforeAll(async () => {
  const { binDir } = await ensureEngine(() => {});
  const [home, state] = [join(folder, "home"), join(folder, "state")];
  mkdirSync(state);
  await installProviders(home, binDir, () => {});
  host = await startServer();
  const envVars = engineEnvironment({ binDir, home, state, passphrase: "test" }) as Record<string, string>;
  // The Automation API looks for the command line on this process's own PATH.
  process.env.PATH = envVars.PATH;
  stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "test", projectName: "test", program },
    { envVars, pulumiHome: home },
  );
}, 900_000);

afterAll(async () => {
  await host?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Everything that the engine wrote to disk: states, their backups and histories, the workspace. */
function written(directory: string): string {
  return readdirSync(directory, { withFileTypes: true })
    .map((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return entry.name === "plugins" ? "" : written(path);
      return statSync(path).isFile() ? readFileSync(path, "utf8") : "";
    })
    .join("\n");
}

test("a preview contacts nothing and knows that outputs are unknown", async () => {
  const { stdout, changeSummary } = await stack.preview({ diff: true });
  expect(changeSummary.create).toBe(5);
  expect(stdout).toMatch(/publicKey\s*: \[unknown\]/);
  expect(host.arrivals).toEqual([]);
}, 60_000);

test("up runs the command over one connection, and no secret stands in clear text on disk", async () => {
  const { outputs, summary } = await stack.up();
  expect(summary.resourceChanges).toEqual({ create: 5 });
  expect(outputs.stdout).toEqual({ value: "canary-stdinmade", secret: true });
  expect(outputs.publicKey).toMatchObject({ secret: false, value: expect.stringMatching(/^ssh-ed25519 /) });
  expect(host.requests).toEqual(["exec cat; echo made"]);
  expect(host.arrivals).toHaveLength(1);

  const onDisk = written(folder);
  expect(onDisk).toContain("ssh-ed25519 ");
  expect(onDisk).toContain("cat; echo made");
  const secrets = [
    ...Object.values(SECRETS),
    login.private.split("\n")[1]!,
    ...["hash", "hex", "password"].map((name) => String(outputs[name]!.value)),
    String(outputs.privateKey!.value).split("\n")[1]!,
  ];
  for (const value of secrets) expect(onDisk.includes(value), value).toBe(false);
}, 60_000);

test("a second up changes nothing, keeps every random value and contacts nothing", async () => {
  const before = await stack.outputs();
  const arrivals = host.arrivals.length;
  knownOutputs = [];
  const { outputs, summary } = await stack.up();
  expect(knownOutputs).toEqual(["canary-stdinmade"]);
  expect(summary.resourceChanges).toEqual({ same: 5 });
  expect(outputs).toEqual(before);
  expect(host.arrivals).toHaveLength(arrivals);
}, 60_000);

test("a changed input updates in place, its output is unknown in the preview, and a failure is retried by the next up", async () => {
  create = "cat >/dev/null; echo broken >&2; exit 9";
  knownOutputs = [];
  const preview = await stack.preview({ diff: true });
  expect(knownOutputs).toEqual([]);
  expect(preview.changeSummary).toEqual({ same: 4, update: 1 });
  const failed = await stack.up().catch((error: Error) => error.message);
  expect(failed).toContain('Process exited with status 9: running "cat >/dev/null; echo broken >&2; exit 9"');
  expect(failed).not.toContain("canary");

  create = "cat; echo repaired";
  const repaired = await stack.up();
  expect(repaired.summary.resourceChanges).toEqual({ same: 4, update: 1 });
  expect(repaired.outputs.stdout?.value).toBe("canary-stdinrepaired");
}, 60_000);

test("a changed secret is an update that is shown as a secret only", async () => {
  stdin = "canary-second";
  const { stdout, changeSummary } = await stack.preview({ diff: true });
  expect(changeSummary).toEqual({ same: 4, update: 1 });
  expect(stdout).toMatch(/stdin\s*: \[secret\]/);
  expect(stdout).not.toContain("canary");
}, 60_000);

test("a changed trigger replaces: the new one is created, then the old one is deleted", async () => {
  triggers = ["two"];
  host.requests.length = 0;
  const { summary } = await stack.up();
  expect(summary.resourceChanges).toEqual({ same: 4, replace: 1 });
  expect(host.requests).toEqual(["exec cat; echo repaired", "exec echo deleted"]);
}, 60_000);

test("destroy runs `delete`", async () => {
  host.requests.length = 0;
  await stack.destroy();
  expect(host.requests).toEqual(["exec echo deleted"]);
}, 60_000);
