import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { mailServerSchema } from "../../components/schema";
import { validate } from "../../components/validate";
import { checkout } from "../../lab/paths";
import { rules } from "../../policy/rules";
import { exampleArgs, passwordHash } from "./fixture";

/** What people read, by its path in the checkout. */
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(checkout, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(md|yml)$/.test(name))
    .map((name) => join("docs", name)),
  ...["examples/yaml/Pulumi.yaml", "examples/yaml/package.json", "examples/parts/package.json"],
];
const read = (page: string) => readFileSync(join(checkout, page), "utf8");
const readme = read("README.md");

describe.each(pages.filter((page) => page.endsWith(".md")))("%s", (page) => {
  const text = read(page);
  const inline = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? "");
  const named = [...withoutCode(text).matchAll(/^\[[^\]]+\]: (\S+)$/gm)].map(([, target]) => target ?? "");
  const links = [...inline, ...named].filter((target) => !/^https?:/.test(target));

  test("a page of the documentation leads to files and headings that are there", () => {
    const broken = links.filter((target) => {
      const [path = "", heading] = target.split("#");
      const there = path === "" ? page : relative(checkout, join(checkout, dirname(page), path));
      if (!existsSync(join(checkout, there))) return true;
      return heading !== undefined && !headings(read(there)).includes(heading);
    });
    expect(broken).toEqual([]);
  });

  test("a page of the documentation calls mailserver with commands and options that it has", () => {
    const calls = [...text.matchAll(/(?:mailserver|mailserver\.ts) (drift|rollback)\b([^\n`]*)/g)];
    for (const [, name, rest = ""] of calls) {
      for (const [, option] of rest.matchAll(/(?:^| )(--?[a-z][a-z-]*)/g))
        expect(optionsOf(name), rest).toContain(option);
    }
  });
});

/** npm may have something else under the names of this package and of its command, which nobody has reserved there. */
test.each(pages)("%s has nothing fetched from npm that only has this package's name", (page) => {
  const text = read(page);
  expect(text.match(/npx (?!--no |without )\S+.*/g) ?? []).toEqual([]);
  expect(text.match(/npm (install|i|add|exec) (.* )?pulumi-mailserver\b(?!-).*/g) ?? []).toEqual([]);
  expect(text.match(/"pulumi-mailserver": "(?!file:).*/g) ?? []).toEqual([]);
});

test.each(["README.md", "docs/reuse.md"])("%s says before it is installed where the package comes from", (page) => {
  const text = read(page);
  expect(text.indexOf("The package is not on npm yet")).toBeGreaterThan(-1);
  expect(text.indexOf("The package is not on npm yet")).toBeLessThan(text.indexOf("npm install ./pulumi-mailserver-"));
});

test.each(pages)("%s names files, scripts and variables that there are", (page) => {
  const text = read(page);
  const paths = [
    ...text.matchAll(/`((?:bench|ci|cli|components|docs|examples|lab|plugin|policy|stacks|test)\/[\w./-]*)`/g),
  ];
  const missing = paths
    .map(([, path = ""]) => path)
    .filter((path) => ![checkout, join(checkout, dirname(page))].some((folder) => existsSync(join(folder, path))));
  // What the reader makes.
  expect(missing.filter((path) => path !== "stacks/Pulumi.production.yaml")).toEqual([]);

  const { scripts } = JSON.parse(read("package.json"));
  const called = [...text.matchAll(/npm run (?:--\w+ )?([\w:-]+)/g)].map(([, script = ""]) => script);
  expect(called.filter((script) => !(script in scripts))).toEqual([]);

  const faults = readdirSync(join(checkout, "test/lab/faults")).map((name) => read(join("test/lab/faults", name)));
  const sources = [read("test/long.ts"), read("test/lab/faults.test.ts"), ...faults].join("\n");
  const variables = [...text.matchAll(/\bFAULT_[A-Z_]+/g)].map(([variable]) => variable.replace("FAULT_", ""));
  expect(variables.filter((name) => !sources.includes(name))).toEqual([]);
});

test("README.md and the guides name the versions that package.json demands", () => {
  const { version, engines, peerDependencies } = JSON.parse(read("package.json"));
  const [, node] = /^>=(\d+)$/.exec(engines.node) ?? [];
  expect([...readme.matchAll(/Node\.js (\d+) or newer/g)].map(([, each]) => each)).toEqual([node]);
  const [, engine] = /^\^(\d+\.\d+)\.0$/.exec(peerDependencies["@pulumi/pulumi"]) ?? [];
  expect(readme).toContain(`[Pulumi CLI](https://www.pulumi.com/docs/install/), ${engine} or newer`);
  const packed = pages.flatMap((page) => read(page).match(/pulumi-mailserver-\d[\d.]*\.tgz/g) ?? []);
  expect(packed.length).toBeGreaterThan(2);
  expect([...new Set(packed)]).toEqual([`pulumi-mailserver-${version}.tgz`]);
});

test("docs/architecture.md has a row for each folder of components/ that it names, and no other", () => {
  const rows = [...read("docs/architecture.md").matchAll(/^\| `(\w+)\/`/gm)].map(([, folder = ""]) => folder);
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.filter((folder) => !existsSync(join(checkout, "components", folder)))).toEqual([]);
});

describe("README's table of args", () => {
  const firstCells = cells(section(readme, "Args"));
  const members = firstCells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ""));
  const topLevel = members.map((name) => name.split(/[.[]/)[0]);

  test("README's table of args names each member", () => {
    expect(Object.keys(mailServerSchema.shape).filter((name) => !topLevel.includes(name))).toEqual([]);
  });

  test("README's table of args names nothing but members", () => {
    expect(members.filter((name) => !hasMember(mailServerSchema, name.replaceAll("[]", "")))).toEqual([]);
  });
});

test("README's table of outputs names each output, and nothing else", () => {
  const table = section(readme, "Args").split(/^\| output/m)[1] ?? "";
  const source = readFileSync(join(checkout, "components/mailServer.ts"), "utf8");
  const outputs = [...source.matchAll(/^ {2}readonly (\w+): pulumi\.Output/gm)].map(([, name]) => name);
  const told = [...table.matchAll(/^\| `(\w+)`.*?(?:`(\w+)` its IPv6.*)?\|$/gm)].flatMap(([, ...names]) => names);
  expect(told.filter((name) => name !== undefined).sort()).toEqual(outputs.sort());
});

test("docs/policy.md lists the policies of the pack, with their levels", () => {
  const rows = [...read("docs/policy.md").matchAll(/^\| `([\w.-]+)` .*\| (\w+) +\|$/gm)];
  expect(rows.map(([, name, level]) => [name, level])).toEqual(
    rules.map(({ name, enforcementLevel = "mandatory" }) => [name, enforcementLevel]),
  );
});

test("docs/policy.md shows what can be configured, with the defaults", () => {
  const [, shown = "{}"] = /```json\n([\s\S]*?)```/.exec(section(read("docs/policy.md"), "Configuration")) ?? [];
  const configurable = rules.flatMap(({ name, configSchema }) => {
    const properties = Object.entries(configSchema?.properties ?? {});
    return properties.length === 0
      ? []
      : [[name, Object.fromEntries(properties.map(([key, each]) => [key, each.default]))]];
  });
  expect(JSON.parse(shown)).toEqual(Object.fromEntries(configurable));
});

test("stack files and guides name members that there are", () => {
  const texts = [...pages, ...readdirSync(join(checkout, "stacks")).map((name) => join("stacks", name))].map(read);
  const named = new Set(texts.flatMap((text) => [...text.matchAll(/\bmail:(\w+)/g)].map(([, name]) => name ?? "")));
  named.delete("MEMBER");
  expect([...named].filter((name) => !(name in mailServerSchema.shape))).toEqual([]);
});

test("README says how long an `up` waits for names that a person enters", () => {
  expect(readme).toContain("`up` waits two minutes for the name to resolve");
  const agent = join(checkout, "components/activation/agent");
  const words = ["-c", "import progress; print(progress.RESOLVE_TIMEOUT)"];
  expect(execFileSync("python3", words, { cwd: agent, encoding: "utf8" })).toBe("120\n");
});

const help = new Map<string, string[]>();

/** The options of a command, as its help lists them. */
function optionsOf(command = ""): string[] {
  const words = ["--import", "tsx", join(checkout, "cli/mailserver.ts"), command, "--help"];
  const known =
    help.get(command) ?? execFileSync(process.execPath, words, { encoding: "utf8" }).match(/(?<= )--?\w[\w-]*/g);
  help.set(command, known ?? []);
  return known ?? [];
}

/** The text between a heading and the next one of its rank. */
function section(text: string, heading: string): string {
  return text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? "";
}

/** The first cell of each row of the first table. */
function cells(text: string): string[] {
  const [table = ""] = text.split(/^\| output/m);
  return [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell]) => cell ?? "").slice(2);
}

/** GitHub's names of the headings of a page. */
function headings(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function withoutCode(text: string): string {
  return text.replace(/^ *```[\s\S]*?^ *```$/gm, "");
}

interface Shape {
  shape?: Record<string, Shape>;
  element?: Shape;
  def?: { innerType?: Shape; in?: Shape };
}

/** Whether a schema has a member such as `domains.dkim`. */
function hasMember(schema: unknown, path: string): boolean {
  const [first = "", ...more] = path.split(".");
  const member = unwrapped(schema as Shape).shape?.[first];
  return member !== undefined && (more.length === 0 || hasMember(member, more.join(".")));
}

/** What stands behind a default, an option, a list or a step of a pipe. */
function unwrapped(schema: Shape): Shape {
  const inner = schema.element ?? schema.def?.innerType ?? schema.def?.in;
  return schema.shape || !inner ? schema : unwrapped(inner);
}

describe("the index of docs/", () => {
  const index = read("docs/README.md");

  test("the index of docs/ has each page once in a list of its kind, but for commands and decisions, which are looked up too", () => {
    const linked = [...index.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, page]) => page);
    const there = readdirSync(join(checkout, "docs")).filter((page) => page.endsWith(".md") && page !== "README.md");
    expect([...new Set(linked)].sort()).toEqual(there.sort());
    expect(linked.filter((page, at) => linked.indexOf(page) < at)).toEqual(["operations.md"]);
  });
});

describe.each(readdirSync(join(checkout, "docs/adr")))("the decision %s", (page) => {
  const text = read(`docs/adr/${page}`);

  test("a decision has its number, a status, the alternatives and what it costs or could miss", () => {
    expect(text).toMatch(new RegExp(`^# ${Number(page.slice(0, 4))}\\. `));
    expect(text).toMatch(/^Status: (proposed|accepted|superseded by decision \d+), \d{4}-\d{2}-\d{2}\.$/m);
    expect(text).toMatch(/^Alternatives:/m);
    expect(text).toMatch(/^What this (costs|could miss)/m);
  });
});

test("CHANGELOG.md says of each version what was added, changed and fixed, in this order, and nothing beside", () => {
  const versions = read("CHANGELOG.md").split(/^## /m).slice(1);
  for (const version of versions) {
    const groups = [...version.matchAll(/^### (.+)$/gm)].map(([, group]) => group);
    expect(groups).toEqual(["Added", "Changed", "Fixed"].filter((each) => groups.includes(each)));
    expect(version.split("\n").filter((line) => line.startsWith("#"))).toHaveLength(groups.length);
  }
  expect(versions.length).toBeGreaterThan(0);
});

/** What the spelling of single words does not tell. */
const dialect = /\b(what is had|is had by|by (its|their) looks|under fire)\b/gi;

test.each(pages)("%s uses the field's words, no expressions of its own", (page) => {
  expect(read(page).match(dialect) ?? []).toEqual([]);
});

test("docs/accounts.md shows args that are valid once the credentials are set as it says", () => {
  const page = read("docs/accounts.md");
  const { config } = parse(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? "") as { config: Record<string, unknown> };
  const args = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("mail:", ""), value]));
  const accounts = args.dnsAccounts as Record<string, Record<string, string>>[];
  expect(() => validate(exampleArgs({ ...args, aliases: [] }))).toThrow(/dnsAccounts\[0\].*\n.*dnsAccounts\[1\]/);
  const paths = [...page.matchAll(/--path 'mail:dnsAccounts\[(\d)\]\.(\w+)\.(\w+)'/g)];
  for (const [, index, provider = "", member = ""] of paths) accounts[Number(index)]![provider]![member] = "a text";
  expect(validate(exampleArgs({ ...args, aliases: [] })).dnsAccounts.map(({ name }) => name)).toEqual([
    "customer",
    "old",
  ]);
});

test("docs/rules.md shows args that are valid", () => {
  const blocks = [...read("docs/rules.md").matchAll(/```yaml\n(.*?)```/gs)].map(([, block = ""]) => block);
  expect(blocks.length).toBeGreaterThan(5);
  for (const block of blocks) {
    const config = Object.entries(parse(block) as object).map(([key, value]) => [key.replace("mail:", ""), value]);
    const mailboxes = ["anna", "ben", "team"].map((name) => ({ address: `${name}@example.org`, passwordHash }));
    const args = { mailboxes, domains: [{ name: "example.org" }], aliases: [], ...Object.fromEntries(config) };
    expect(() => validate(exampleArgs(args)), block).not.toThrow();
  }
});
