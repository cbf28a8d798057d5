import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import * as z from "zod";
import { type MailServerArgs, OperatingSystem } from "../../components/args";
import { membersOf } from "../../components/declaration";
import { mailServerSchema } from "../../components/schema";
import { wantedHost } from "../../components/services/wantedHost";
import { validate } from "../../components/validate";
import { checkout } from "../../lab/paths";
import { exampleArgs, modelFor, noSecrets } from "./fixture";

/** A row of the table in docs/reference/guides.md. */
interface Row {
  number: number;
  guides: string[];
  instruction: string;
  verdict: string;
  args: string[];
  here: string;
  tests: string;
}

const page = readFileSync(join(checkout, "docs/reference/guides.md"), "utf8");
const rows = page
  .split("\n")
  .filter((line) => /^\| \d/.test(line))
  .map((line): Row => {
    const [number, guides = "", instruction = "", verdict = "", args = "", here = "", tests = "", ...more] = line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim());
    expect(more, `row ${number} has more cells than the table`).toEqual([]);
    return {
      number: Number(number),
      guides: guides.split(" "),
      instruction,
      verdict,
      args: args === "" ? [] : args.split(" "),
      here,
      tests,
    };
  });

/** Rows as they are named where one is wrong. */
const named = (wrong: Row[]) => wrong.map(({ number, instruction }) => `${number}: ${instruction}`);

const proved = ["default", "arg", "addition", "page"];
const unproved: Record<string, string> = { "not yet": "not yet", "out of scope": "—" };

test("the table of the guides has at least 300 rows, numbered one after the other, each of a guide and with what it is about", () => {
  expect(rows.length).toBeGreaterThanOrEqual(300);
  expect(rows.map(({ number }) => number)).toEqual(rows.map((_, at) => at + 1));
  expect(named(rows.filter(({ guides }) => !guides.every((guide) => /^S[0-4]$/.test(guide))))).toEqual([]);
  expect(named(rows.filter(({ instruction, here }) => instruction === "" || here === ""))).toEqual([]);
});

test("each row of the table of the guides has a verdict, and a test where something does what it says", () => {
  const verdicts = [...proved, "replaced", ...Object.keys(unproved)];
  expect([...page.matchAll(/^\| ([a-z ]+) \| [A-Z]/gm)].map(([, verdict]) => verdict)).toEqual(verdicts);
  expect(named(rows.filter(({ verdict }) => !verdicts.includes(verdict)))).toEqual([]);
  const proofs = ({ tests }: Row) => tests !== "" && tests !== "—" && tests !== "not yet";
  expect(named(rows.filter((row) => proved.includes(row.verdict) && !proofs(row)))).toEqual([]);
  expect(named(rows.filter(({ verdict, tests }) => (unproved[verdict] ?? tests) !== tests))).toEqual([]);
  expect(named(rows.filter(({ verdict, tests }) => tests === "not yet" && verdict !== "not yet"))).toEqual([]);
  expect(named(rows.filter(({ verdict, args }) => verdict === "arg" && args.length === 0))).toEqual([]);
  expect(named(rows.filter(({ tests }) => tests === ""))).toEqual([]);
});

test("each test that the table of the guides names is there, in the file that it names", () => {
  let judged = 0;
  for (const { number, tests } of rows) {
    if (tests === "—" || tests === "not yet") continue;
    for (const each of tests.split("<br>")) {
      const [, path = "", title = ""] = /^`(test\/[\w/.]+\.(?:ts|py))` "(.+)"$/.exec(each) ?? [];
      expect([number, each, titlesIn(path).has(title)]).toEqual([number, each, true]);
      judged += 1;
    }
  }
  expect(judged).toBeGreaterThanOrEqual(300);
});

test("each arg that the table of the guides names is declared", () => {
  const paths = rows.flatMap(({ number, args }) => args.map((arg) => [number, arg] as const));
  expect(paths.length).toBeGreaterThanOrEqual(80);
  expect(paths.filter(([, arg]) => !/^`[\w.[\]]+`$/.test(arg) || !isDeclared(arg.slice(1, -1)))).toEqual([]);
  expect(
    ["domain[].name", "domains.name", "hostname[]", "domains[].dkim.size"].filter((path) => isDeclared(path)),
  ).toEqual([]);
});

test("each line of a file of the host that the table of the guides shows is written there", () => {
  const written = new Set(hosts().flatMap((text) => text.split("\n").map((line) => line.trim().replace(/ +/g, " "))));
  const lines = rows.flatMap(({ number, here }) =>
    [...here.matchAll(/`([^`]+)`/g)].flatMap(([, code = ""]) => (isLine.test(code) ? [[number, code] as const] : [])),
  );
  expect(lines.length).toBeGreaterThanOrEqual(60);
  expect(lines.filter(([, code]) => !written.has(code))).toEqual([]);
});

/** A line of main.cf, master.cf, dovecot.conf or opendkim.conf, and no command or path. */
const isLine = / = | =$|^-o |^\w+ inet |^[A-Z]\w+ [a-z]+$/;

/** Titles of the tests in a file: in TypeScript of `it`, `test` and a story's `step`, as they stand there; in Python the names of the methods. */
const titlesIn = cached((path: string): Set<string> => {
  const text = readFileSync(join(checkout, path), "utf8");
  if (path.endsWith(".py")) return new Set([...text.matchAll(/^ {4}def (test_\w+)/gm)].map(([, name = ""]) => name));
  const titles = new Set<string>();
  const visit = (node: ts.Node): void => {
    const [title] = ts.isCallExpression(node) ? node.arguments : [];
    if (title && ts.isCallExpression(node) && ["it", "test", "step"].includes(calledBy(node.expression))) {
      if (ts.isStringLiteralLike(title) || ts.isTemplateExpression(title)) titles.add(title.getText().slice(1, -1));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return titles;
});

/** What is called in the end: `it` of `it.each(rows)(…)`, `step` of `story.step(…)`. */
function calledBy(called: ts.Expression): string {
  if (ts.isIdentifier(called)) return called.text;
  if (ts.isCallExpression(called)) return calledBy(called.expression);
  if (!ts.isPropertyAccessExpression(called)) return "";
  return called.name.text === "step" ? "step" : calledBy(called.expression);
}

/** Whether the args have a member of this path, in which `[]` stands behind each list whose elements are meant. */
function isDeclared(path: string, within: z.core.$ZodType | undefined = mailServerSchema): boolean {
  const [first = "", ...rest] = path.split(".");
  const [, name, element] = /^(\w+)(\[\])?$/.exec(first) ?? [];
  const member = within && membersOf(within).find((each) => each.name === name);
  if (!member) return false;
  const list = member.type instanceof z.ZodArray ? member.type : undefined;
  if (element && !list) return false;
  const inner = list ? (element ? list.element : undefined) : member.type;
  return rest.length === 0 || (inner !== undefined && isDeclared(rest.join("."), inner as z.core.$ZodType));
}

/** All files of each operating system's host, of servers that use what the table speaks of; a parameter with several values in one line. */
function hosts(): string[] {
  const relayHost = { hostname: "smtp.example.net", user: "anna", password: "a password at the relay" };
  const { ipv4Address, hostKey } = exampleArgs().host.ssh ?? { ipv4Address: "", hostKey: "" };
  const servers: Partial<MailServerArgs>[] = [
    { enablePop3: true },
    { relayHost },
    { host: { ssh: { ipv4Address, hostKey } } },
  ];
  return Object.values(OperatingSystem).flatMap((operatingSystem) =>
    servers.map((changes) =>
      wantedHost(modelFor(validate(exampleArgs({ operatingSystem, ...changes }))), "test", noSecrets)
        .roles.flatMap(({ files }) => files)
        .map(({ content }) => content.replace(/,\n +/g, ", "))
        .join("\n"),
    ),
  );
}

function cached<Key, Value>(work: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<Key, Value>();
  return (key) => {
    const value = known.get(key) ?? work(key);
    known.set(key, value);
    return value;
  };
}
