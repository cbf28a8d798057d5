/** Parameters by their names, as in postconf(5). */
export type Parameters = Map<string, string>;

/** A service of master(5) and what it overrides. */
export interface Service {
  /** `smtp`, `submission`, a port … */
  name: string;
  type: string;
  /** The program, e.g. `smtpd`. */
  command: string;
  overrides: Parameters;
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
    return { name, type, command, overrides: new Map(overrides) };
  });
}

/** The fields of a service: white space ends one, but not in braces, and those around a whole field are no part of it. */
function fields(line: string): string[] {
  const found = [""];
  let depth = 0;
  for (const letter of line) {
    if (letter === "{") depth++;
    if (letter === "}" && depth > 0) depth--;
    if (depth === 0 && /\s/.test(letter)) found.push("");
    else found.push(`${found.pop()}${letter}`);
  }
  return found.filter((field) => field !== "").map((field) => field.replace(/^\{(.*)\}$/s, "$1").trim());
}

/** The words of a list parameter, which commas or white space separate. */
export function listOf(value = ""): string[] {
  return value.split(/[\s,]+/).filter((word) => word !== "");
}

/** A value with the parameters that it names replaced by theirs, one level deep. */
export function expanded(parameters: Parameters, name: string): string | undefined {
  return parameters.get(name)?.replace(/\$\{?(\w+)\}?/g, (_, inner: string) => parameters.get(inner) ?? "");
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
