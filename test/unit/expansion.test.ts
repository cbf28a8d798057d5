import { describe, expect, it } from "vitest";
import { largestExpansion } from "../../components/expansion";
import { wantedHost } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { exampleArgs, modelFor, noSecrets } from "./fixture";

const alias = (name: string, destinations: string[]) => ({ address: `${name}@example.org`, destinations });
const many = (count: number, from = 0) => Array.from({ length: count }, (_, at) => `x${from + at}@example.net`);
const limits = (aliases: ReturnType<typeof alias>[]) =>
  (
    wantedHost(modelFor(validate(exampleArgs({ aliases }))), "test", noSecrets)
      .roles.flatMap(({ files }) => files)
      .find(({ path }) => path === "/etc/postfix/main.cf")?.content ?? ""
  ).match(/^virtual_alias_\w+_limit = .*$/gm);

describe("what an alias stands for", () => {
  it("what an alias stands for is allowed by Postfix, nested aliases included", () => {
    expect(limits([alias("team", many(1000))])).toBeNull();
    expect(limits([alias("team", many(1100))])).toEqual(["virtual_alias_expansion_limit = 1100"]);
    const nested = [
      alias("all", ["half+a@example.org", "rest@example.org"]),
      alias("half", many(600)),
      alias("rest", many(700, 600)),
    ];
    expect(limits(nested)).toEqual(["virtual_alias_expansion_limit = 1300"]);
    const chain = Array.from({ length: 1200 }, (_, at) =>
      alias(`a${at}`, [at === 1199 ? "anna@example.org" : `a${at + 1}@example.org`]),
    );
    expect(limits(chain)).toEqual(["virtual_alias_recursion_limit = 1200"]);
  });

  it("what an alias stands for is refused where a message would become too many", () => {
    const doubling = Array.from({ length: 20 }, (_, at) =>
      alias(`d${at}`, at === 19 ? many(2) : [`d${at + 1}@example.org`, `d${at + 1}+x@example.org`]),
    );
    expect(() => validate(exampleArgs({ aliases: doubling }))).toThrow(
      /aliases\[0\]: stands for 1048576 addresses.*allowed are 50000/,
    );
  });

  it("what an alias stands for counts what a catch-all catches, and an address that stands for itself", () => {
    const aliases = [
      { address: "@example.org", targets: ["anna@example.org"] },
      { address: "anna@example.org", targets: ["anna@example.org", "copy@example.net"] },
    ];
    expect(largestExpansion(aliases, "+")).toEqual({ addresses: 2, nesting: 2 });
  });
});
