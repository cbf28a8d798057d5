import { printableLines } from "../components/deployer/printable";
import { groupBy } from "../components/groupBy";

/** What the engine would do to a resource, in the words of `pulumi preview --diff`. */
interface Change {
  /** As the engine calls it: `create`, `update`, `delete`, `replace`, `import` … */
  action: string;
  type: string;
  name: string;
  /** Lines of the diff, the sign first. */
  lines: string[];
}

/** Tells a stack's comment from all others of a pull request; its first line. */
export function mark(stack: string): string {
  return `<!-- pulumi preview of ${stack} -->`;
}

/** Characters that a comment may have at GitHub; a longer one is refused. */
const maxCharacters = 65_536;

/**
 * What `pulumi preview --diff` printed, as Markdown for a pull request: what changes and nothing else, in an order that is the same each time, so that the
 * next push edits the comment no more than it changes the preview. Where there is too much to say, the diff is what gives way.
 */
export function comment(stack: string, raw: string): string {
  const printed = printableLines(raw, Number.POSITIVE_INFINITY);
  const changes = changesIn(printed).sort((a, b) => (a.name < b.name ? -1 : 1));
  const said = [
    `${mark(stack)}\n### \`pulumi up\` on \`${stack}\`: ${summary(printed)}`,
    shortened(names(changes), 20_000, ", "),
    fenced("", policyViolations(printed), 10_000),
    fenced("", errors(printed), 10_000),
  ];
  const diff = fenced("diff", diffOf(changes), maxCharacters - said.join("\n\n").length);
  return `${[...said, diff].filter((text) => text !== "").join("\n\n")}\n`;
}

/** `1 to create, 2 to update`, or what else the preview came to. */
function summary(printed: string): string {
  if (/^error: /m.test(printed)) return "refused";
  const [, resources = ""] = /^Resources:\n((?: +.*\n?)+)/m.exec(printed) ?? [];
  const counts = resources
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => / to [\w-]+$/.test(line));
  return counts.map((line) => line.replace(/^\D+/, "")).join(", ") || "nothing changes";
}

/** Whatever the engine's sign for the action is: `~ ` and `= ` have a space after them, `+-` and `=>` have none. */
const heading = /^( *)[-+~=<>]{0,2} *([\w@/.-]+:[\w/.-]+:\w+): \((\w[\w-]*)\)/;

/** Actions that the engine shows and does not count: nothing is changed by them. */
const unchangedActions = new Set(["same", "read", "read-replacement", "discard"]);

function changesIn(printed: string): Change[] {
  const changes: (Change & { indent: number; isShown: boolean; isOwn: boolean })[] = [];
  for (const line of printed.split(/^Resources:$/m)[0]?.split("\n") ?? []) {
    const [found, indent = "", type = "", action = ""] = heading.exec(line) ?? [];
    if (found !== undefined) {
      changes.push({ action, type, name: "", lines: [], indent: indent.length, isShown: false, isOwn: false });
      continue;
    }
    const change = changes.at(-1);
    if (!change) continue;
    const urn = /^ *\[urn=(.*)\]$/.exec(line)?.[1];
    if (urn === undefined) {
      addLine(change, line);
      continue;
    }
    const [, , types = "", ...name] = urn.split("::");
    change.name = name.join("::");
    change.isOwn = /(^|\$)mailserver:index:/.test(types);
  }
  return changes
    .filter(({ action, type }) => !unchangedActions.has(action) && !type.startsWith("pulumi:"))
    .map((change) => (isInnerCommand(change) ? { ...change, lines: [] } : change));
}

/**
 * A command of the component that brings about what other resources show: what it is told, mostly secret or unknown, says nothing more. A record's does, and
 * so does whatever else a program runs.
 */
function isInnerCommand({ type, isOwn, lines }: Change & { isOwn: boolean }): boolean {
  return isOwn && type.startsWith("command:") && !lines.some((line) => /\bRECORD\b/.test(line));
}

/** What takes something away stands first, where it is the last to be cut off. */
const actionOrder = ["delete", "replace", "import", "update", "create"];

/** A line for each action, with the names of all that it is done to. */
function names(changes: Change[]): string {
  return [...groupBy(changes, ({ action }) => action)]
    .sort(([a], [b]) => actionOrder.indexOf(a) - actionOrder.indexOf(b))
    .map(([action, each]) => `- ${action} ${each.map(({ name }) => `\`${name}\``).join(", ")}`)
    .join("\n");
}

/** The lines of those changes that have any. */
function diffOf(changes: Change[]): string {
  return changes
    .filter(({ lines }) => lines.length > 0)
    .flatMap(({ action, name, lines }) => [`@@ ${action} ${name} @@`, ...lines])
    .join("\n");
}

/** Properties that say what a new resource is for; the others are the same for all of its kind. */
const identifyingProperties = /^(content|data|target|ReverseValue|environment) *:/;

/** Takes over a line of a property that changes, with the sign in the first column, where GitHub colours it. */
function addLine(change: Change & { indent: number; isShown: boolean }, line: string): void {
  const [, spaces = "", sign = "", text = ""] = /^( *)(?:([+~-]) )?(.*)$/.exec(line) ?? [];
  const depth = spaces.length + (sign ? 2 : 0) - change.indent - 4;
  if (text === "" || depth < 0 || /^\[(id|provider)=/.test(text)) return;
  if (depth === 0) {
    if (/^[}\]]$/.test(text)) {
      closeObject(change);
      return;
    }
    change.isShown = change.action === "create" ? identifyingProperties.test(text) : isChanged(sign, text);
  }
  if (!change.isShown) return;
  const column = columns[change.action] ?? (sign === "~" || (depth === 0 && sign === "") ? "!" : sign || " ");
  const last = change.lines.at(-1);
  // An object that is as short as a record's is a line.
  if (depth > 0 && isObject(last))
    change.lines[change.lines.length - 1] = `${last}${last.endsWith("{") ? " " : ", "}${spaced(text)}`;
  else if (text.endsWith(": [unknown]")) addUnknown(change, spaced(text));
  else change.lines.push(`${column} ${" ".repeat(depth)}${depth === 0 ? spaced(text) : text}`.trimEnd());
}

const columns: Record<string, string> = { create: "+", delete: "-" };

/** A secret property of a node that changes has no sign: only its being there tells. */
function isChanged(sign: string, text: string): boolean {
  return (sign !== "" && !text.endsWith("(hidden)")) || /^secrets *: \[secret\]$/.test(text);
}

/** A value that is known only after the change replaces the one from before it. */
function addUnknown(change: Change, text: string): void {
  const name = text.split(":", 1)[0];
  const before = change.lines.findIndex((line) => line.startsWith(`- ${name}: `));
  if (before !== -1) change.lines.splice(before);
  change.lines.push(`${columns[change.action] ?? "!"} ${name}: known after the change`);
}

function closeObject(change: Change): void {
  const last = change.lines.at(-1);
  if (isObject(last)) change.lines[change.lines.length - 1] = `${last} }`;
}

/** Whether a line is the beginning of an object, which a line of a file never is: those stand further right. */
function isObject(line: string | undefined): line is string {
  return line !== undefined && /^. [\w-]+: \{(?!.* \}$)/.test(line);
}

/** Without the spaces that align the engine's colons. */
function spaced(text: string): string {
  return text.replace(/^([\w-]+) +:/, "$1:");
}

/** What policies found: how serious it is and where, why it matters, what was found. */
function policyViolations(printed: string): string {
  const found = printed.matchAll(/^ *\S+@v\S+ (\[(?:mandatory|advisory)\].*\)? {2}\S+ {2}\([^)]*\))(.*)\n(.*)$/gm);
  return [...found].map(([, what, why, finding]) => [what, why, finding].join("\n")).join("\n\n");
}

/** Why the preview came to nothing, in the words of the engine. */
function errors(printed: string): string {
  const [, text = ""] = /^(error: [\s\S]*)/m.exec(printed.replaceAll(/^error: preview failed$/gm, "")) ?? [];
  return text.trim();
}

/** As much of a text as there is room for, to the end of a line or of what else stands `between`. */
function shortened(text: string, room: number, between: string): string {
  if (text.length <= room) return text;
  const end = text.lastIndexOf(between, room);
  return `${text.slice(0, end > 0 ? end : room)}\n… shortened: the log of the job shows the rest`;
}

/** A block, if there is something to show, with a fence that is longer than any in the text. */
function fenced(language: string, text: string, room: number): string {
  if (text === "") return "";
  // No more than nine backticks stand in a row, so a hundred characters hold both fences and the word that something is missing.
  const shown = shortened(text, room - 100, "\n").replaceAll(/`{9,}/g, "`".repeat(9));
  const longest = Math.max(2, ...[...shown.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${shown}\n${fence}`;
}
