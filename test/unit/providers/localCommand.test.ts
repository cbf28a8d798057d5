import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { localCommand } from "../../../lab/providers/command/localCommand";
import { containsSecret, secret } from "../../../lab/providers/values";
import { EngineSide, seen } from "./engineSide";

function engine() {
  return new EngineSide("command", localCommand);
}

test("create, update (or else create) and delete run, with what the run before wrote", async () => {
  const folder = mkdtempSync(join(tmpdir(), "local-command-"));
  try {
    const plugin = engine();
    const inputs = {
      dir: folder,
      create: "echo made | tee file",
      delete: 'echo "$PULUMI_COMMAND_STDOUT, then gone" > file',
    };
    const state = await plugin.create(inputs);
    expect(seen(state)).toMatchObject({ stdout: "made", stderr: "" });
    const updated = await plugin.update(state, {
      ...inputs,
      update: 'echo "$PULUMI_COMMAND_STDOUT and changed" | tee file',
    });
    expect(seen(updated).stdout).toBe("made and changed");
    expect(seen(await plugin.update(updated, inputs)).stdout).toBe("made");
    await plugin.delete(updated);
    expect(seen(await plugin.create({ dir: folder, create: "cat file" })).stdout).toBe("made and changed, then gone");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("addPreviousOutputInEnv: false keeps the run before to itself", async () => {
  const plugin = engine();
  const state = await plugin.create({ create: "echo 1; echo 2 >&2" });
  const update = 'echo "$PULUMI_COMMAND_STDOUT$PULUMI_COMMAND_STDERR"';
  expect(seen(await plugin.update(state, { update })).stdout).toBe("12");
  expect(seen(await plugin.update(state, { update, addPreviousOutputInEnv: false })).stdout).toBe("");
});

test("a local command has its interpreter, environment and stdin", async () => {
  const inputs = {
    interpreter: [process.execPath, "-p"],
    create: "process.env.PLACE + require('fs').readFileSync(0)",
    environment: { PLACE: "here: " },
    stdin: "text",
  };
  expect(seen(await engine().create(inputs)).stdout).toBe("here: text");
});

test("a secret stdin stays secret in the state; the output is not secret by itself", async () => {
  const state = await engine().create({ create: "cat", stdin: secret("shh") });
  expect(containsSecret(state.stdin)).toBe(true);
  expect(state.stdout).toBe("shh");
});

test("triggers replace a local command, anything else updates it, nothing does nothing", async () => {
  const plugin = engine();
  const inputs = { create: "true", triggers: [1], dir: "/" };
  const state = await plugin.create(inputs);
  expect(await plugin.diff(state, inputs)).toEqual({ changes: false, replaces: [] });
  expect(await plugin.diff(state, { ...inputs, dir: "/tmp" })).toEqual({ changes: true, replaces: [] });
  expect(await plugin.diff(state, { ...inputs, triggers: [2] })).toEqual({ changes: true, replaces: ["triggers"] });
});

test("a local command that fails shows itself and both streams", async () => {
  const attempt = engine().create({ create: "echo one; echo two >&2; exit 4", logging: "none" });
  await expect(attempt).rejects.toThrow('exit status 4: running "echo one; echo two >&2; exit 4":\n');
  await expect(attempt).rejects.toThrow("one\n");
  await expect(attempt).rejects.toThrow("two\n");
  await expect(engine().create({ create: "kill -TERM $$" })).rejects.toThrow(
    'signal: terminated: running "kill -TERM $$":',
  );
  await expect(engine().create({ create: "kill -KILL $$" })).rejects.toThrow("signal: killed: running ");
  await expect(engine().create({ create: "true", dir: "/nonexistent" })).rejects.toThrow(
    "chdir /nonexistent: no such file or directory: running ",
  );
  await expect(engine().create({ create: "true", interpreter: ["no-such-program"] })).rejects.toThrow(
    'exec: "no-such-program": executable file not found in $PATH: running ',
  );
});

test("a command need not read its input", async () => {
  expect(
    seen(await engine().create({ create: "exec <&-; echo done", stdin: "x".repeat(5 * 1024 * 1024) })).stdout,
  ).toBe("done");
});

test("lines of a local command are shown as `logging` says", async () => {
  const plugin = engine();
  await plugin.create({ create: "echo out; echo err >&2", logging: "stderr" });
  expect(plugin.messages).toEqual(["status: err"]);
});

test("cancelling waits for the end of the command", async () => {
  const plugin = engine();
  const attempt = plugin.create({ create: "sleep 0.5; echo done" });
  setTimeout(() => plugin.provider.cancel!(), 100);
  expect(seen(await attempt).stdout).toBe("done");
});

test("assets and archives are refused with a reason", async () => {
  await expect(engine().check({ create: "true", archivePaths: ["*.txt"] })).rejects.toThrow(
    "archivePaths: is not served by the lab's stand-in",
  );
});
