import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  activationAnswer,
  answerIn,
  certificateAnswer,
  marks,
  parseAccountUrl,
} from "../../components/activation/reported";
import { hostileText, obeyed } from "./hostile";

const key = "0123456789abcdef".repeat(4);
const acmeAccount = "https://acme-v02.api.letsencrypt.org/acme/acct/1234567890";
const told = { certificateKey: key, acmeAccount };
const marked = (value: unknown) =>
  `${marks.begin}${typeof value === "string" ? value : JSON.stringify(value)}${marks.end}\n`;
const read = (printed: string) => answerIn(printed, certificateAnswer, "Do this.");

describe("what a host answers", () => {
  it("is what stands between the marks, whatever else is printed", () => {
    for (const noise of [
      "",
      "Welcome!\n",
      "no line end",
      '{"certificateKey":"x"}\n',
      `${marks.begin} `,
      `${marks.begin}not JSON${marks.end}`,
      `${marks.begin}${marks.begin}\n`,
      marks.end,
      "x".repeat(1_000_000),
    ])
      expect(read(`${noise}${marked(told)}${noise}`)).toEqual(told);
  });

  it("may be alone, as an earlier version left it in a state", () => {
    expect(read(JSON.stringify(told))).toEqual(told);
    expect(() => read(`Welcome!\n${JSON.stringify(told)}`)).toThrow("no answer that can be used: it printed");
  });

  it("is one: the same twice is, and two that differ are none", () => {
    expect(read(marked(told) + marked(told))).toEqual(told);
    expect(() => read(marked(told) + marked({ ...told, certificateKey: "f".repeat(64) }))).toThrow(
      "The machine gave 2 answers that differ. Do this.",
    );
  });

  it.each([
    ["nothing", "", "it printed nothing"],
    ["no mark", "Welcome!\n", "it printed 9 characters: Welcome!"],
    ["no end", `${marks.begin}{"certificateKey":"${key}`, "it printed"],
    ["no JSON", marked("<html>\x1b[2J"), "an answer is not JSON: <html>\\x1b[2J"],
    ["another kind", marked([]), "the answer Invalid input: expected object"],
    ["a member less", marked({ certificateKey: key }), "acmeAccount is missing"],
    ["another type", marked({ ...told, certificateKey: 7 }), "certificateKey Invalid input: expected string"],
    ["half a hash", marked({ ...told, certificateKey: "abc" }), 'in 64 lower-case hexadecimal digits: "abc"'],
    ["a line more", marked({ ...told, certificateKey: `${key}\nsend` }), "hexadecimal digits: "],
    ["another account", marked({ ...told, acmeAccount: "https://a.example/\\" }), "acmeAccount is not the URL"],
  ])("is refused with what was got: %s", (_, printed, what) => {
    expect(() => read(printed)).toThrow("The machine gave no answer that can be used: ");
    expect(() => read(printed)).toThrow(what);
    expect(() => read(printed)).toThrow(/ Do this\.$/);
  });

  it("is judged quickly and shown briefly, however long it is", () => {
    const long = [
      marks.begin.repeat(200_000),
      `${marks.begin}${"{".repeat(5_000_000)}${marks.end}`,
      `${marks.begin}${"x".repeat(20_000_000)}${marks.end}`,
      "\n".repeat(5_000_000),
    ];
    for (const printed of long) {
      const before = Date.now();
      expect(() => read(printed)).toThrow(/^.{1,500}$/s);
      expect(Date.now() - before).toBeLessThan(5000);
    }
  });

  it("has no member that is not judged, and no error that a terminal obeys", () => {
    const count = { taken: 0, refused: 0 };
    const hash = fc.constant("0123456789abcdef".repeat(4));
    const account = fc.constant(acmeAccount);
    fc.assert(
      fc.property(hostileText, fc.oneof(hostileText, hash), fc.oneof(hostileText, account), (before, one, other) => {
        const printed = `${before}${marked({ manifest: one, certificateKey: one, acmeAccount: other })}${before}`;
        try {
          const answer = answerIn(printed, activationAnswer.extend(certificateAnswer.shape), "");
          count.taken += 1;
          expect(Object.values(answer).join(" ")).toMatch(/^[\x21-\x7e ]*$/);
        } catch (error) {
          expect((error as Error).message).not.toMatch(obeyed);
          count.refused += 1;
        }
      }),
      { numRuns: 200 },
    );
    expect(count.taken).toBeGreaterThan(10);
    expect(count.refused).toBeGreaterThan(50);
  });
});

describe("the URL of an ACME account", () => {
  it("may be what the authorities give", () => {
    for (const url of [
      acmeAccount,
      "https://acme.example.net:14000/my-account/1",
      "https://acme.example.net/acct?id=7&x=a%20b",
    ])
      expect(parseAccountUrl(url)).toEqual({ value: url });
  });

  it("holds nothing that ends a text, a line or a parameter", () => {
    for (const end of [
      "\n",
      "\r",
      "\0",
      "\x7f",
      "\u0085",
      "\u2028",
      " ",
      "\t",
      '"',
      "'",
      "\\",
      ";",
      "`",
      "$",
      "(",
      "ü",
    ])
      for (const at of ["https://a.example/x", "https://a.example"])
        expect(parseAccountUrl(`${at}${end}`)).toHaveProperty("problem");
    for (const url of [
      "http://a.example/",
      "https://",
      "https://-a/",
      "https://a:b@c/",
      `https://a/${"x".repeat(400)}`,
    ])
      expect(parseAccountUrl(url)).toHaveProperty("problem");
  });
});
