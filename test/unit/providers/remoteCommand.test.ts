import { unknownValue } from "@pulumi/pulumi/runtime/rpc";
import { utils } from "ssh2";
import { afterEach, describe, expect, test } from "vitest";
import { remoteCommand } from "../../../lab/providers/command/remoteCommand";
import { containsSecret, secret } from "../../../lab/providers/values";
import { EngineSide, seen } from "./engineSide";
import { startServer, type TestServer, type TestServerBehaviour } from "./sshServer";

const servers: TestServer[] = [];

async function server(behaviour?: TestServerBehaviour): Promise<TestServer> {
  const started = await startServer(behaviour);
  servers.push(started);
  return started;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((each) => each.close()));
});

const login = utils.generateKeyPairSync("ed25519");

function connectionTo({ port, hostKey }: TestServer, more: object = {}) {
  return { host: "127.0.0.1", port, hostKey, privateKey: login.private, dialErrorLimit: 0, ...more };
}

function engine() {
  return new EngineSide("command", remoteCommand);
}

describe("the commands of a resource's life", () => {
  test("create runs `create`; what it writes becomes stdout and stderr, without one trailing newline", async () => {
    const host = await server();
    const state = seen(
      await engine().create({ connection: connectionTo(host), create: "printf 'a\\nb\\n\\n'; printf 'oops' >&2" }),
    );
    expect(state).toMatchObject({ stdout: "a\nb\n", stderr: "oops" });
    expect(host.requests).toEqual(["exec printf 'a\\nb\\n\\n'; printf 'oops' >&2"]);
  });

  test("nothing is contacted without a command", async () => {
    const host = await server();
    expect(seen(await engine().create({ connection: connectionTo(host) }))).toMatchObject({ stdout: "", stderr: "" });
    expect(host.arrivals).toEqual([]);
  });

  test("update runs `update` where there is one, else `create`", async () => {
    const host = await server();
    const connection = connectionTo(host);
    const plugin = engine();
    const state = await plugin.create({ connection, create: "echo made" });
    expect(seen(await plugin.update(state, { connection, create: "echo again" })).stdout).toBe("again");
    expect(seen(await plugin.update(state, { connection, create: "echo made", update: "echo changed" })).stdout).toBe(
      "changed",
    );
  });

  test("an update without a command keeps the outputs", async () => {
    const host = await server();
    const plugin = engine();
    const state = await plugin.create({ connection: connectionTo(host), create: "echo made" });
    expect(seen(await plugin.update(state, { connection: connectionTo(host), stdin: "new" })).stdout).toBe("made");
    expect(host.arrivals).toHaveLength(1);
  });

  test("delete runs `delete`, with stdin, and connects to nothing without one", async () => {
    const host = await server();
    const plugin = engine();
    const connection = connectionTo(host);
    await plugin.delete(await plugin.create({ connection, delete: 'test "$(cat)" = end', stdin: "end" }));
    expect(host.requests).toHaveLength(1);
    await plugin.delete(await plugin.create({ connection }));
    expect(host.arrivals).toHaveLength(1);
  });

  test("stdin reaches create and update", async () => {
    const host = await server();
    const plugin = engine();
    const inputs = { connection: connectionTo(host), create: "cat", stdin: "ein Wort: Grüße\n" };
    const state = await plugin.create(inputs);
    expect(seen(state).stdout).toBe("ein Wort: Grüße");
    expect(seen(await plugin.update(state, { ...inputs, stdin: "other" })).stdout).toBe("other");
  });
});

describe("what a change of an input means", () => {
  const inputs = {
    connection: { host: "192.0.2.1", hostKey: "k" },
    create: "true",
    stdin: "x",
    triggers: ["a", 1],
    environment: { A: "1" },
  };
  const state = async (plugin: EngineSide) => ({ ...(await plugin.check(inputs)), stdout: "out", stderr: "err" });

  test("nothing changed: nothing to do", async () => {
    const plugin = engine();
    expect(await plugin.diff(await state(plugin), inputs)).toEqual({ changes: false, replaces: [] });
  });

  test.each([
    ["create", "false"],
    ["update", "true"],
    ["delete", "true"],
    ["stdin", "y"],
    ["stdin", undefined],
    ["logging", "none"],
    ["environment", { A: "2" }],
    ["connection", { host: "192.0.2.2", hostKey: "k" }],
    ["connection", { host: "192.0.2.1", hostKey: "k", perDialTimeout: 16 }],
  ])("another %s (%j) updates", async (property, value) => {
    const plugin = engine();
    expect(await plugin.diff(await state(plugin), { ...inputs, [property]: value })).toEqual({
      changes: true,
      replaces: [],
    });
  });

  test.each([[["a", 2]], [["a"]], [[]]])("other triggers (%j) replace", async (triggers) => {
    const plugin = engine();
    expect(await plugin.diff(await state(plugin), { ...inputs, triggers })).toEqual({
      changes: true,
      replaces: ["triggers"],
    });
  });

  test("a value that is not known yet counts as changed; a mark of secrecy alone does not", async () => {
    const plugin = engine();
    expect(await plugin.diff(await state(plugin), { ...inputs, stdin: unknownValue })).toMatchObject({ changes: true });
    expect(await plugin.diff(await state(plugin), { ...inputs, stdin: secret("x") })).toMatchObject({ changes: false });
  });
});

describe("inputs", () => {
  test("a connection gets its defaults, and is secret however it came", async () => {
    const checked = await engine().check({ connection: { host: "192.0.2.1" }, create: "true" });
    expect(containsSecret(checked.connection)).toBe(true);
    expect(seen(checked).connection).toEqual({
      host: "192.0.2.1",
      port: 22,
      user: "root",
      dialErrorLimit: 10,
      perDialTimeout: 15,
    });
  });

  test("secret inputs are secret in the state; the outputs are not, by themselves", async () => {
    const host = await server();
    const state = await engine().create({
      connection: connectionTo(host),
      create: "cat",
      stdin: secret("shh"),
      environment: {},
    });
    expect(containsSecret(state.stdin)).toBe(true);
    expect(containsSecret(state.connection)).toBe(true);
    expect(state.stdout).toBe("shh");
  });

  test("what is wrong is said for each property, and no value of a connection is repeated", async () => {
    const wrong = {
      connection: { port: "22", privatKey: "-----canary-----", proxy: { host: "192.0.2.2", passwort: "canary" } },
      logging: "all",
    };
    const refusal = await engine()
      .check(wrong)
      .catch((error: Error) => error.message);
    expect(refusal).toContain('logging: got "all", allowed: stdout, stderr, stdoutAndStderr, none');
    expect(refusal).toContain("connection.host: is required");
    expect(refusal).toContain("connection.port: must be a number");
    expect(refusal).toContain("connection.privatKey: is not known");
    expect(refusal).toContain("connection.proxy.passwort: is not known");
    expect(refusal).not.toContain("canary");
  });

  test("unknown values pass the check", async () => {
    await engine().check({ connection: unknownValue, create: unknownValue, logging: unknownValue });
    await engine().check({ connection: { host: unknownValue, port: unknownValue, proxy: unknownValue } });
  });

  test("a type that is not served is refused with the types that are", async () => {
    const plugin = engine();
    const { failures = [] } = await plugin.provider.check!(plugin.urn("command:remote:CopyToRemote"), {}, {});
    expect(failures[0]?.reason).toMatch(
      /command:remote:CopyToRemote is not served.*lab's stand-in.*command:remote:Command/,
    );
    await expect(plugin.provider.invoke!("command:local:run", {})).rejects.toThrow(/lab's stand-in/);
  });
});

describe("the host's key", () => {
  test("the right key is accepted, also when the host has others that the client would like better", async () => {
    const host = await server({ hostKeys: ["ecdsa", "ed25519"] });
    expect(host.hostKey).toMatch(/^ecdsa-/);
    expect(seen(await engine().create({ connection: connectionTo(host), create: "echo in" })).stdout).toBe("in");
  });

  test("another key is refused before anybody logs in", async () => {
    const logins: string[] = [];
    const host = await server({ login: (attempt) => logins.push(attempt.method) > 0 });
    const hostKey = utils.generateKeyPairSync("ed25519").public;
    const attempt = engine().create({ connection: connectionTo(host, { hostKey }), create: "true" });
    await expect(attempt).rejects.toThrow("after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch");
    expect(logins).toEqual([]);
  });

  test("a key of a kind that the host does not have is refused", async () => {
    const host = await server();
    const hostKey = utils.generateKeyPairSync("ecdsa", { bits: 256 }).public;
    await expect(engine().create({ connection: connectionTo(host, { hostKey }), create: "true" })).rejects.toThrow(
      /handshake failed: .*no matching host key/,
    );
  });

  test("without a key any host is believed", async () => {
    const host = await server();
    const { hostKey: _, ...connection } = connectionTo(host);
    await engine().create({ connection, create: "true" });
    expect(host.requests).toEqual(["exec true"]);
  });

  test("a key that cannot be read is an error at once", async () => {
    const host = await server();
    const attempt = engine().create({
      connection: connectionTo(host, { hostKey: "ssh-ed25519 nonsense", dialErrorLimit: 10 }),
      create: "true",
    });
    await expect(attempt).rejects.toThrow("connection.hostKey cannot be read as a key");
    expect(host.arrivals).toEqual([]);
  });
});

describe("logging in", () => {
  test("by a password", async () => {
    const host = await server({
      login: (attempt) =>
        attempt.method === "password" && attempt.username === "deploy" && attempt.password === "right",
    });
    const { privateKey: _, ...connection } = connectionTo(host, { user: "deploy", password: "right" });
    await engine().create({ connection, create: "true" });
    const wrong = engine().create({ connection: { ...connection, password: "canary" }, create: "true" });
    await expect(wrong).rejects.toThrow("after 0 failed attempts: ssh: handshake failed: ssh: unable to authenticate");
    await expect(wrong).rejects.not.toThrow("canary");
  });

  test("by questions that the password answers", async () => {
    const answers: string[] = [];
    const host = await server({
      login: (attempt) => {
        if (attempt.method !== "keyboard-interactive") return false;
        attempt.prompt([{ prompt: "Password: ", echo: false }], (given) => {
          answers.push(...given);
          attempt.accept();
        });
        return undefined;
      },
    });
    const { privateKey: _, ...connection } = connectionTo(host, { password: "word" });
    await engine().create({ connection, create: "true" });
    expect(answers).toEqual(["word"]);
  });

  test("by a key before the password, and by an encrypted key", async () => {
    const tried: string[] = [];
    const encrypted = utils.generateKeyPairSync("ed25519", { passphrase: "open", cipher: "aes256-ctr", rounds: 4 });
    const host = await server({ login: (attempt) => tried.push(attempt.method) > 0 && attempt.method === "publickey" });
    await engine().create({
      connection: connectionTo(host, { password: "word", privateKey: encrypted.private, privateKeyPassword: "open" }),
      create: "true",
    });
    expect(tried).not.toContain("password");
    const closed = engine().create({
      connection: connectionTo(host, { privateKey: encrypted.private }),
      create: "true",
    });
    await expect(closed).rejects.toThrow("connection.privateKey cannot be read as a key");
  });

  test("an agent that is not there is an error at once", async () => {
    const host = await server();
    const attempt = engine().create({
      connection: connectionTo(host, { agentSocketPath: "/nonexistent/agent", dialErrorLimit: 10 }),
      create: "true",
    });
    await expect(attempt).rejects.toThrow("dial unix /nonexistent/agent");
    expect(host.arrivals).toEqual([]);
  });
});

describe("dialling", () => {
  test("goes on until the host answers, each wait half as long again, and says so", async () => {
    const host = await server({ refuseFirst: 3 });
    const plugin = engine();
    expect(
      seen(await plugin.create({ connection: connectionTo(host, { dialErrorLimit: 3 }), create: "echo up" })).stdout,
    ).toBe("up");
    const waits = host.arrivals.slice(1).map((moment, index) => moment - (host.arrivals[index] ?? 0));
    expect(waits[0]).toBeGreaterThanOrEqual(98);
    expect(waits[1]).toBeGreaterThanOrEqual(148);
    expect(waits[2]).toBeGreaterThanOrEqual(223);
    expect(plugin.messages.slice(0, 3)).toEqual([1, 2, 3].map((failed) => `status: Dial ${failed}/3 failed: retrying`));
  });

  test("ends after `dialErrorLimit` failures and one more", async () => {
    const host = await server({ refuseFirst: 99 });
    const attempt = engine().create({ connection: connectionTo(host, { dialErrorLimit: 2 }), create: "true" });
    await expect(attempt).rejects.toThrow("after 2 failed attempts: ");
    expect(host.arrivals).toHaveLength(3);
  });

  test("a closed port is named", async () => {
    const host = await server();
    await host.close();
    servers.pop();
    const attempt = engine().create({ connection: connectionTo(host), create: "true" });
    await expect(attempt).rejects.toThrow(
      `after 0 failed attempts: dial tcp 127.0.0.1:${host.port}: connect ECONNREFUSED`,
    );
  });

  test("-1 means without end, until the engine cancels", async () => {
    const host = await server({ refuseFirst: 99 });
    const plugin = engine();
    const attempt = plugin.create({ connection: connectionTo(host, { dialErrorLimit: -1 }), create: "true" });
    setTimeout(() => plugin.provider.cancel!(), 600);
    await expect(attempt).rejects.toThrow(/abort/i);
    expect(host.arrivals.length).toBeGreaterThanOrEqual(3);
    expect(plugin.messages[0]).toBe("status: Dial 1/inf failed: retrying");
  });

  test("a host that says nothing is given up after `perDialTimeout`", async () => {
    const host = await server({ silent: true });
    const attempt = engine().create({ connection: connectionTo(host, { perDialTimeout: 0.2 }), create: "true" });
    await expect(attempt).rejects.toThrow(`dial tcp 127.0.0.1:${host.port}: i/o timeout`);
  });
});

describe("a proxy", () => {
  test("carries the connection, has its own host key, and is left when the command is done", async () => {
    const [host, bastion] = [await server(), await server()];
    const proxy = connectionTo(bastion);
    expect(
      seen(await engine().create({ connection: connectionTo(host, { proxy }), create: "echo through" })).stdout,
    ).toBe("through");
    expect(bastion.requests).toEqual([`tunnel to ${host.port}`]);
    await expect.poll(() => bastion.open.size).toBe(0);
  });

  test("errors on the way are marked as the proxy's", async () => {
    const [host, bastion] = [await server(), await server()];
    const proxy = connectionTo(bastion, { hostKey: host.hostKey });
    const attempt = engine().create({ connection: connectionTo(host, { proxy }), create: "true" });
    await expect(attempt).rejects.toThrow(
      "proxy: after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch",
    );
  });
});

describe("a session", () => {
  test("has no terminal, is one connection, and ends it", async () => {
    const host = await server();
    await engine()
      .create({ connection: connectionTo(host), create: "test -t 0 && echo terminal" })
      .catch(() => {});
    expect(host.requests).toEqual(["exec test -t 0 && echo terminal"]);
    expect(host.arrivals).toHaveLength(1);
    await expect.poll(() => host.open.size).toBe(0);
  });

  test("5 MB go in and come out", async () => {
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

  test("an error shows the command and both streams, whatever is logged, but never stdin", async () => {
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
  ])("logging %s shows these lines", async (logging, shown) => {
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
  test("are set before the command runs", async () => {
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

  test("are fatal when the server refuses one, and the command does not run", async () => {
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
