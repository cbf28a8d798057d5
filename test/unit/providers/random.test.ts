import { verify } from "@node-rs/bcrypt";
import { describe, expect, test } from "vitest";
import { randomBytes } from "../../../lab/providers/random/randomBytes";
import { randomId } from "../../../lab/providers/random/randomId";
import { randomPassword } from "../../../lab/providers/random/randomPassword";
import { containsSecret } from "../../../lab/providers/values";
import { EngineSide, seen } from "./engineSide";

describe("RandomPassword", () => {
  const engine = () => new EngineSide("random", randomPassword);
  const draw = async (inputs: object) => seen(await engine().create({ ...inputs })) as Record<string, string>;

  test("a RandomPassword has the length and the kinds that were asked for", async () => {
    expect((await draw({ length: 24 })).result).toMatch(/^[A-Za-z0-9!@#$%&*()\-_=+[\]{}<>:?]{24}$/);
    expect((await draw({ length: 40, special: false, upper: false })).result).toMatch(/^[a-z0-9]{40}$/);
    expect((await draw({ length: 40, overrideSpecial: "~", lower: false, upper: false, numeric: false })).result).toBe(
      "~".repeat(40),
    );
    expect((await draw({ length: 6, minNumeric: 3, minUpper: 1, minSpecial: 1, minLower: 1 })).result).toMatch(
      /^(?=(?:\D*\d){3}\D*$)(?=[^A-Z]*[A-Z][^A-Z]*$)(?=[^a-z]*[a-z][^a-z]*$).{6}$/,
    );
  });

  test("a RandomPassword comes with its bcrypt hash, cost 10, of the first 72 bytes", async () => {
    const { result = "", bcryptHash = "" } = await draw({ length: 90 });
    expect(bcryptHash).toMatch(/^\$2a\$10\$[./A-Za-z0-9]{53}$/);
    expect(await verify(result.slice(0, 72), bcryptHash)).toBe(true);
    expect(await verify(result.slice(0, 71), bcryptHash)).toBe(false);
  });

  test("the password and hash of a RandomPassword are secret, and kept until an input changes", async () => {
    const plugin = engine();
    const inputs = { length: 12, keepers: { year: "1" } };
    const state = await plugin.create(inputs);
    expect(
      Object.keys(state)
        .filter((name) => containsSecret(state[name]))
        .sort(),
    ).toEqual(["bcryptHash", "result"]);
    expect(await plugin.diff(state, inputs)).toEqual({ changes: false, replaces: [] });
    expect(await plugin.diff(state, { ...inputs, keepers: { year: "2" } })).toEqual({
      changes: true,
      replaces: ["keepers"],
    });
  });

  test("the ID of a RandomPassword tells nothing, and its defaults stand among the outputs only", async () => {
    const plugin = engine();
    expect(await plugin.check({ length: 12 })).toEqual({ length: 12 });
    expect(await plugin.create({ length: 12 })).toMatchObject({ length: 12, special: true, minLower: 0 });
    expect(plugin.id).toBe("none");
  });

  test("a RandomPassword that cannot be drawn is refused", async () => {
    await expect(engine().check({ length: 0 })).rejects.toThrow("length: got 0");
    await expect(engine().check({ length: 3, minUpper: 4 })).rejects.toThrow("minimums of the kinds add up to 4");
    await expect(
      engine().check({ length: 3, lower: false, upper: false, numeric: false, special: false }),
    ).rejects.toThrow("no kind of character is allowed");
  });
});

describe("RandomBytes", () => {
  test("RandomBytes are secret, of the length that was asked for, in both forms, and kept", async () => {
    const plugin = new EngineSide("random", randomBytes);
    const state = await plugin.create({ length: 33 });
    // As the original's: why it must hold nothing that has to stay secret.
    expect(plugin.id).toBe(seen(state).base64);
    const { base64, hex } = seen(state) as Record<string, string>;
    expect(hex).toMatch(/^[0-9a-f]{66}$/);
    expect(Buffer.from(base64!, "base64").toString("hex")).toBe(hex);
    expect([containsSecret(state.base64), containsSecret(state.hex)]).toEqual([true, true]);
    expect(await plugin.diff(state, { length: 33 })).toEqual({ changes: false, replaces: [] });
    expect(await plugin.diff(state, { length: 34 })).toEqual({ changes: true, replaces: ["length"] });
  });
});

describe("RandomId", () => {
  test("a RandomId has the prefix in each form and is not secret", async () => {
    const state = await new EngineSide("random", randomId).create({ byteLength: 5, prefix: "id-" });
    expect(containsSecret(state)).toBe(false);
    const { b64Std, b64Url, dec, hex } = state as Record<string, string>;
    const bytes = Buffer.from(hex!.slice(3), "hex");
    expect(bytes).toHaveLength(5);
    expect([b64Std, b64Url, dec]).toEqual([
      `id-${bytes.toString("base64")}`,
      `id-${bytes.toString("base64url")}`,
      `id-${BigInt(`0x${bytes.toString("hex")}`)}`,
    ]);
  });
});
