import { basename } from "node:path";
import { type Finding, fileContent, type Resource } from "./rule";

/** Parameters by their names, as in postconf(5). */
export type Parameters = Map<string, string>;

/** A Postfix of the stack. */
export interface Postfix {
  /** Name of the mail server that it is part of. */
  server: string;
  main: Scope;
  services: (Scope & { command: string })[];
}

/** Where parameters are set. */
export interface Scope {
  urn: string;
  /** `main.cf`, or `master.cf, submission`. */
  where: string;
  /** Where a service listens, if only there: `127.0.0.1`. Empty for all addresses of the machine. */
  address: string;
  /** What a service says otherwise than main.cf. */
  overrides: Parameters;
  /** All that is in force there. Parameters that a value names are replaced by their values. */
  parameters: Parameters;
}

/** A service of master(5) and what it overrides. */
export interface Service {
  /** `smtp`, `submission`, a port … */
  name: string;
  type: string;
  /** The program, e.g. `smtpd`. */
  command: string;
  overrides: Parameters;
}

const mainPath = "/etc/postfix/main.cf";
const masterPath = "/etc/postfix/master.cf";

/** Each Postfix whose main.cf is in the stack. */
export function postfixes(resources: Resource[]): Postfix[] {
  return resources.flatMap((resource): Postfix[] => {
    const text = fileContent(resource, mainPath);
    if (text === undefined) return [];
    const main = parseMainCf(text);
    const server = resource.name.slice(0, -mainPath.length);
    const master = resources.filter(({ name }) => name === `${server}${masterPath}`);
    return [
      {
        server,
        main: { urn: resource.urn, where: "main.cf", address: "", overrides: new Map(), parameters: expanded(main) },
        services: master.flatMap((file) =>
          parseMasterCf(fileContent(file, masterPath) ?? "").map(({ name, command, overrides }) => ({
            urn: file.urn,
            where: `master.cf, ${name}`,
            address: name.replace(/:?[^:\]]*$/, ""),
            command,
            overrides,
            parameters: expanded(new Map([...main, ...overrides])),
          })),
        ),
      },
    ];
  });
}

/** What a file itself sets: main.cf, or each service of master.cf. Nothing, for another resource. */
export function settingsIn(resource: Resource): Pick<Scope, "where" | "parameters">[] {
  const main = fileContent(resource, mainPath);
  const services = parseMasterCf(fileContent(resource, masterPath) ?? "");
  return [
    ...(main === undefined ? [] : [{ where: "main.cf", parameters: parseMainCf(main) }]),
    ...services.map(({ name, overrides }) => ({ where: `master.cf, ${name}`, parameters: overrides })),
  ];
}

/** What is wrong with each Postfix: as main.cf has it, and with services that run the program where main.cf alone is not to blame. */
export function postfixProblems(
  resources: Resource[],
  program: string,
  problemsIn: (place: Pick<Scope, "address" | "overrides" | "parameters">) => string[],
): Finding[] {
  return postfixes(resources).flatMap(({ main, services }) => {
    const everywhere = problemsIn(main);
    const places = [main, ...services.filter(({ command }) => command === program)];
    return places.flatMap((place) =>
      problemsIn(place)
        .filter((problem) => place === main || !everywhere.includes(problem))
        .map((problem) => ({ urn: place.urn, message: `${place.where}: ${problem}` })),
    );
  });
}

/** Reads main.cf: the last value of a parameter counts, and a line that begins with white space continues the one before. */
export function parseMainCf(text: string): Parameters {
  return new Map(
    logicalLines(text).flatMap((line): [string, string][] => {
      const [, name, value] = /^([^\s=]+)\s*=\s*(.*)$/s.exec(line) ?? [];
      return name === undefined ? [] : [[name, (value ?? "").trim()]];
    }),
  );
}

/** Reads master.cf; of a service's arguments only those that override parameters matter here, of which the last counts. */
export function parseMasterCf(text: string): Service[] {
  return logicalLines(text).map((line) => {
    const [name = "", type = "", , , , , , command = "", ...words] = fields(line);
    const overrides = words.flatMap((word, index): [string, string][] => {
      // What getopt(3) takes for an `-o`: letters without an argument may stand before it, and its own may follow at once.
      const [, attached] = /^-[cdDlSuvVz]*o(.*)$/s.exec(word) ?? [];
      const given = attached === "" ? words[index + 1] : attached;
      const [, parameter, value = ""] = /^\s*([^\s=]+)\s*=(.*)$/s.exec(given ?? "") ?? [];
      return parameter === undefined ? [] : [[parameter, value.trim()]];
    });
    // Postfix looks for it below its own folder, and takes a path.
    return { name, type, command: basename(command), overrides: new Map(overrides) };
  });
}

/** The fields of a service: white space ends one. */
function fields(line: string): string[] {
  return split(line, /\s/);
}

/** The words of a list parameter, which commas or white space separate. */
export function listOf(value = ""): string[] {
  return split(value, /[\s,]/);
}

/** The parts of a text. A separator in braces is part of one, and braces around a whole part are not. */
function split(text: string, separator: RegExp): string[] {
  const found = [""];
  let depth = 0;
  for (const letter of text) {
    if (letter === "{") depth++;
    if (letter === "}" && depth > 0) depth--;
    if (depth === 0 && separator.test(letter)) found.push("");
    else found.push(`${found.pop()}${letter}`);
  }
  return found.filter((part) => part !== "").map((part) => part.replace(/^\{(.*)\}$/s, "$1").trim());
}

/** Whether a parameter is on: Postfix takes the word in any case. */
export function isOn(value: string | undefined): boolean {
  return /^yes$/i.test(value ?? "");
}

/** Parameters with those that their values name replaced by their values; conditions (`${name?…}`) stay as they are. */
function expanded(parameters: Parameters): Parameters {
  const resolved = (name: string, within: string[]): string =>
    // One that names itself has no value, and Postfix does not start.
    within.includes(name)
      ? ""
      : (parameters.get(name) ?? "").replace(/\$(?:\$|(\w+)|\{(\w+)\}|\((\w+)\))/g, (found, bare, braced, round) =>
          // Two stand for one.
          found === "$$" ? "$" : resolved(bare ?? braced ?? round, [...within, name]),
        );
  return new Map([...parameters.keys()].map((name) => [name, resolved(name, [])]));
}

function logicalLines(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"))
    .join("\n")
    .replace(/\n[ \t]+/g, " ")
    .split("\n")
    .filter((line) => line !== "");
}
