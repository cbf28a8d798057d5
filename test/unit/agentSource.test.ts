import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agentSource, withoutProse } from "../../components/activation/agentSource";

const folder = join(__dirname, "../../components/activation/agent");

/** What Python makes of programs, without documentation. */
const outline = `
import ast, json, sys
prose = lambda one: isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) and isinstance(one.value.value, str)
def outline(text):
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list):
            node.body = [one for one in node.body if not prose(one)] or [ast.Pass()]
    return ast.dump(tree)
print(json.dumps([outline(text) for text in json.load(sys.stdin)]))
`;

function outlinesOf(programs: string[]): string[] {
  const input = JSON.stringify(programs);
  return JSON.parse(execFileSync("python3", ["-c", outline], { input, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }));
}

describe("the agent's source", () => {
  const names = readdirSync(folder).filter((name) => name.endsWith(".py"));
  const sources = names.map((name) => readFileSync(join(folder, name), "utf8"));

  it("does the same without prose, and is a quarter shorter", () => {
    const bare = sources.map(withoutProse);
    const [before, after] = [outlinesOf(sources), outlinesOf(bare)];
    expect(names.filter((_, index) => before[index] !== after[index])).toEqual([]);
    expect(bare.join("").length).toBeLessThan(0.85 * sources.join("").length);
  });

  it("keeps what looks like prose in a text", () => {
    const texts = `a = "#1"\nb = '# 2'\nc = """\\\n# 3\n\n  \\"""4\n"""\nd = '''\n"""5"""\n# 6\n'''\n`;
    expect(withoutProse(`"""Prose."""\n\n# More.\n${texts}# The end.\n`)).toBe(`\n""\n${texts}`);
  });

  it("is one program, whose modules do not import one another", () => {
    expect(agentSource()).toMatch(/^from __future__ import annotations\n/);
    expect(agentSource()).not.toMatch(/^from (paths|errors|process) import/m);
  });
});
