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

/** Reads master.cf; of a service's arguments only `-o` and `--`-less `name=value` matter here. */
export function parseMasterCf(text: string): Service[] {
  return logicalLines(text).map((line) => {
    const [name = "", type = "", , , , , , command = "", ...words] = line.split(/\s+/);
    const overrides = words.flatMap((word, index): [string, string][] => {
      if (words[index - 1] !== "-o") return [];
      const [parameter = "", ...value] = word.split("=");
      return [[parameter, value.join("=")]];
    });
    return { name, type, command, overrides: new Map(overrides) };
  });
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
