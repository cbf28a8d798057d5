import { unknownValue } from "@pulumi/pulumi/runtime/rpc";
import { describe, expect, test } from "vitest";
import { containsSecret, secret } from "../../../lab/providers/values";
import { type EngineSide, seen } from "./engineSide";
import { engine, server } from "./remote";
import { connectionTo } from "./sshServer";

describe("the commands of a resource's life", () => {
  test("creating a command runs `create`; what it writes becomes stdout and stderr, without one trailing newline", async () => {
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

  test("updating a command runs `update` where there is one, else `create`", async () => {
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

  test("deleting a command runs `delete`, with stdin, and connects to nothing without one", async () => {
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

  test("where no input has changed, nothing is to be done", async () => {
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
  ])("another input %s (%j) updates the command", async (property, value) => {
    const plugin = engine();
    expect(await plugin.diff(await state(plugin), { ...inputs, [property]: value })).toEqual({
      changes: true,
      replaces: [],
    });
  });

  test.each([[["a", 2]], [["a"]], [[]]])("other triggers (%j) replace the command", async (triggers) => {
    const plugin = engine();
    expect(await plugin.diff(await state(plugin), { ...inputs, triggers })).toEqual({
      changes: true,
      replaces: ["triggers"],
    });
  });

  test("an input that is not known yet counts as changed; a mark of secrecy alone does not", async () => {
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

  test("what is wrong is said for each property; a member of a connection that is not known has the whole connection printed", async () => {
    const wrong = {
      connection: { port: "22", privateKey: "-----canary-----", proxy: { host: "192.0.2.2", passwort: "canary" } },
    };
    const refusal = await engine()
      .check(wrong)
      .catch((error: Error) => error.message);
    expect(refusal).toContain("connection.host: is required");
    expect(refusal).toContain("connection.port: must be a number");
    expect(refusal).toContain('connection.proxy.passwort: is not a member of {"host":"192.0.2.2","passwort":"canary"}');
    expect(refusal).not.toContain("-----canary-----");
    const mistyped = engine().check({
      connection: { host: "192.0.2.1", privatKey: "x", privateKey: "-----canary-----" },
    });
    await expect(mistyped).rejects.toThrow("-----canary-----");
  });

  test("any text is taken for `logging`; one that is none of its words logs nothing", async () => {
    const host = await server();
    const plugin = engine();
    await plugin.create({ connection: connectionTo(host), create: "echo out", logging: "nonsense" });
    expect(plugin.messages).toEqual([]);
  });

  test("a diff says which paths differ, and looks into nothing that is secret", async () => {
    const plugin = engine();
    const connection = { host: "192.0.2.1" };
    const inputs = { connection, create: "true", stdin: secret("x"), environment: { A: "1", B: "1" }, triggers: [1] };
    const after = {
      connection: { host: "192.0.2.2" },
      stdin: secret("y"),
      environment: { A: "2", C: "1" },
      triggers: [],
    };
    expect(await plugin.details(await plugin.check(inputs), after)).toEqual({
      ...{ connection: "update", create: "delete", stdin: "update", triggers: "update" },
      ...{ "environment.A": "update", "environment.B": "delete", "environment.C": "add" },
    });
  });

  test("unknown inputs pass the check", async () => {
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
