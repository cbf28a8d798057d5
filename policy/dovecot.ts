/** A setting of Dovecot, as in doveconf(1). */
export interface Setting {
  name: string;
  value: string;
  /** What stands around it, from the outside in, e.g. `remote 192.0.2.0/24`. Without any, it is for everybody. */
  sections: string[];
}

/** Reads dovecot.conf, which 2.3 and 2.4 take apart alike. Files that it includes are not known here. */
export function parseDovecotConf(text: string): Setting[] {
  const sections: string[] = [];
  return logicalLines(text).flatMap((line): Setting[] => {
    const [, name, value = ""] = /^([^\s=]+)\s*=\s*(.*)$/s.exec(line) ?? [];
    if (name !== undefined) return [{ name, value: value.replace(/^(["'])(.*)\1$/s, "$2"), sections: [...sections] }];
    if (line === "}") sections.pop();
    else if (line.endsWith("{")) sections.push(line.slice(0, -1).trim());
    return [];
  });
}

/** What a setting comes to, for everybody and for those whom a section concerns: in each place, the last value counts. */
export function effectiveSettings(settings: Setting[], name: string): Setting[] {
  // A listener's `ssl` says that it begins with TLS, and is another setting than the one for logins.
  const isOfListener = ({ sections }: Setting) => sections.some((section) => section.startsWith("inet_listener"));
  const named = settings.filter((setting) => setting.name === name && !isOfListener(setting));
  return [...new Map(named.map((setting) => [locationOf(setting), setting])).values()];
}

/** The file and the sections in which a setting stands. */
export function locationOf({ sections }: Setting): string {
  return ["dovecot.conf", ...sections].join(", ");
}

function logicalLines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => withoutComment(line).trim())
    .filter((line) => line !== "")
    .join("\n")
    .replace(/\s*\\\n/g, " ")
    .split("\n");
}

/** A `#` in quotes begins no comment. */
function withoutComment(line: string): string {
  return line.replace(/^((?:[^#"']|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')*)#.*$/, "$1");
}
