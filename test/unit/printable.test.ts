import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable, printableLines } from "../../components/deployer/printable";
import { hostileText, obeyed } from "./hostile";

describe("what others say, as it is printed", () => {
  it("what others say, as it is printed, stays as it is where it is plain text", () => {
    for (const text of ["", "220 mail.example.org ESMTP", "ünï ☃ 𝔘 – \\x1b", "see [::1] # 25"])
      expect(printable(text)).toBe(text);
    expect(printableLines("one\n  two\r\n\nthree")).toBe("one\n  two\n\nthree");
  });

  it("what others say, as it is printed, shows what a terminal would obey", () => {
    expect(printable("\x1b[2J\x1b]52;c;Y3VybA==\x07\u009b31m\x7f\t\n")).toBe(
      "\\x1b[2J\\x1b]52;c;Y3VybA==\\x07\\x9b31m\\x7f\\x09\\x0a",
    );
    expect(printable("a\u202eb\u2066c\u2028d\u200be\ud800")).toBe("a\\u{202e}b\\u{2066}c\\u{2028}d\\u{200b}e\\u{d800}");
  });

  it("what others say, as it is printed, is no command to a CI service", () => {
    expect(printable("  ::error title=x::y")).toBe("  \\x3a:error title=x::y");
    expect(printable("so ##[error]x and ##vso[task]y")).toBe("so \\x23#[error]x and \\x23#vso[task]y");
    expect(printableLines("a\n::warning::b")).toBe("a\n\\x3a:warning::b");
  });

  it("what others say, as it is printed, is no longer than somebody wants to read", () => {
    expect(printable("x".repeat(100), 10)).toBe(`${"x".repeat(10)}…`);
  });

  it("what others say, as it is printed, holds nothing that is obeyed, whatever was said, and says the same when it is printed twice", () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(printable(text)).not.toMatch(obeyed);
        expect(printable(text)).not.toContain("\n");
        expect(printableLines(text)).not.toMatch(obeyed);
        expect(printable(printable(text))).toBe(printable(text));
      }),
    );
  });
});
