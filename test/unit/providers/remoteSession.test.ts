import { describe, expect, test } from "vitest";
import { seen } from "./engineSide";
import { engine, server } from "./remote";
import { connectionTo } from "./sshServer";

describe("a session", () => {
  test("a session has no terminal, is one connection, and ends it", async () => {
    const host = await server();
    await engine()
      .create({ connection: connectionTo(host), create: "test -t 0 && echo terminal" })
      .catch(() => {});
    expect(host.requests).toEqual(["exec test -t 0 && echo terminal"]);
    expect(host.arrivals).toHaveLength(1);
    await expect.poll(() => host.open.size).toBe(0);
  });

  test("a command that has ended before anybody looks has ended well", async () => {
    const host = await server({ endsAtOnce: true });
    expect(seen(await engine().create({ connection: connectionTo(host), create: "true" })).stdout).toBe("");
  });

  test("a session takes 5 MB and gives them back", async () => {
    const host = await server();
    const stdin = "0123456789abcde\n".repeat((5 * 1024 * 1024) / 16);
    const state = seen(
      await engine().create({ connection: connectionTo(host), create: "cat", stdin, logging: "none" }),
    );
    expect(state.stdout === stdin.slice(0, -1)).toBe(true);
  });

  test("a command that fails without reading 5 MB says how it failed", async () => {
    const host = await server();
    const attempt = engine().create({
      connection: connectionTo(host),
      create: "echo no space left >&2; exit 3",
      stdin: "x".repeat(5 * 1024 * 1024),
    });
    await expect(attempt).rejects.toThrow(
      'Process exited with status 3: running "echo no space left >&2; exit 3":\nno space left\n',
    );
  });

  test("a command that succeeds without reading 5 MB has not succeeded", async () => {
    const host = await server();
    const attempt = engine().create({
      connection: connectionTo(host),
      create: "exec <&-; sleep 0.1",
      stdin: "x".repeat(5 * 1024 * 1024),
    });
    await expect(attempt).rejects.toThrow("EOF: running ");
  });

  test("an error of a session shows the command and both streams, whatever is logged, but never stdin", async () => {
    const host = await server();
    const plugin = engine();
    const attempt = plugin.create({
      connection: connectionTo(host),
      create: "cat >/dev/null; echo one; sleep 0.05; echo two >&2; exit 7",
      stdin: "canary",
      logging: "none",
    });
    const text = await attempt.catch((error: Error) => error.message);
    expect(text).toBe(
      'Process exited with status 7: running "cat >/dev/null; echo one; sleep 0.05; echo two >&2; exit 7":\none\ntwo\n',
    );
    expect(plugin.messages).toEqual([]);
  });

  test("a signal and a broken connection are told apart", async () => {
    const host = await server();
    const killed = engine().create({ connection: connectionTo(host), create: "kill -KILL $$" });
    await expect(killed).rejects.toThrow("Process exited with status 137 from signal KILL: running ");
    const cut = engine().create({ connection: connectionTo(host), create: "sleep 5" });
    setTimeout(() => {
      for (const socket of host.open) socket.destroy();
    }, 400);
    await expect(cut).rejects.toThrow("wait: remote command exited without exit status or exit signal: running ");
  });

  test.each([
    ["stdout", ["status: out"]],
    ["stderr", ["status: err"]],
    ["stdoutAndStderr", ["status: out", "status: err"]],
    [undefined, ["status: out", "status: err"]],
    ["none", []],
  ])("the `logging` %s of a session shows these lines", async (logging, shown) => {
    const host = await server();
    const plugin = engine();
    const state = seen(
      await plugin.create({ connection: connectionTo(host), create: "printf out; sleep 0.05; echo err >&2", logging }),
    );
    expect(plugin.messages.sort()).toEqual([...shown].sort());
    expect(state).toMatchObject({ stdout: "out", stderr: "err" });
  });
});

describe("environment variables", () => {
  test("environment variables are set before the command runs", async () => {
    const host = await server({ acceptEnv: ["GREETING", "PLACE"] });
    const state = seen(
      await engine().create({
        connection: connectionTo(host),
        create: 'echo "$GREETING, $PLACE"',
        environment: { GREETING: "hello", PLACE: "world" },
      }),
    );
    expect(state.stdout).toBe("hello, world");
  });

  test("environment variables are fatal when the server refuses one, and the command does not run", async () => {
    const host = await server({ acceptEnv: ["GREETING"] });
    const plugin = engine();
    const attempt = plugin.create({
      connection: connectionTo(host),
      create: "touch x",
      environment: { GREETING: "hi", PLACE: "world" },
    });
    await expect(attempt).rejects.toThrow('could not set environment variable "PLACE": ssh: setenv failed');
    expect(host.requests).not.toContain("exec touch x");
    expect(plugin.messages[0]).toMatch(/^error: 'PLACE' cannot be set.*AcceptEnv/);
    await expect.poll(() => host.open.size).toBe(0);
  });

  test("the output before is offered to update and delete where the server accepts it", async () => {
    const host = await server({ acceptEnv: ["PULUMI_COMMAND_STDOUT", "PULUMI_COMMAND_STDERR"] });
    const plugin = engine();
    const inputs = {
      connection: connectionTo(host),
      create: "echo 1; echo 2 >&2",
      update: 'echo "$PULUMI_COMMAND_STDOUT$PULUMI_COMMAND_STDERR"',
    };
    const state = await plugin.create(inputs);
    expect(seen(await plugin.update(state, inputs)).stdout).toBe("12");
  });

  test("the output before is only warned about where the server refuses it, and not sent where the program does not want it", async () => {
    const host = await server();
    const plugin = engine();
    const inputs = { connection: connectionTo(host), create: "echo 1" };
    const state = await plugin.create(inputs);
    expect(seen(await plugin.update(state, inputs)).stdout).toBe("1");
    expect(plugin.messages.filter((message) => message.startsWith("warning"))).toEqual([
      expect.stringContaining("PULUMI_COMMAND_STDOUT"),
    ]);
    host.requests.length = 0;
    await plugin.update(state, { ...inputs, addPreviousOutputInEnv: false });
    expect(host.requests).toEqual(["exec echo 1"]);
  });
});
