import colors from "picocolors";
import { printable } from "../../components/deployer/printable";
import type { Target } from "../target";
import { type Difference, Remedy } from "./difference";
import type { Drift } from "./findDrift";

/** A file or a pipe gets none, wherever the command runs. */
const color = colors.createColors(colors.isColorSupported && process.stdout.isTTY === true);

/** For programs. */
export function asJson({ access }: Target, { differences, unknown }: Drift): string {
  const shown = differences.map((each) => ({
    ...each,
    subject: printable(each.subject),
    problem: printable(each.problem),
  }));
  const found = {
    host: access.address,
    drift: differences.length > 0,
    differences: shown,
    unknown: unknown.map((each) => printable(each)),
  };
  return JSON.stringify(found, undefined, 2);
}

/** For people: a line a difference, then how to put them right. */
export function asText({ access, records, pulumiOptions = "" }: Target, { differences, unknown }: Drift): string {
  const looked = `${access.address}${records ? " and DNS are" : " is"}`;
  if (differences.length === 0 && unknown.length === 0) return color.green(`${looked} as activated.`);
  const rows = differences.map(({ area, subject, problem }) => [area, printable(subject), printable(problem)] as const);
  const width = (column: 0 | 1) => Math.max(0, ...rows.map((row) => row[column].length));
  const lines = rows.map(
    ([area, subject, problem]) =>
      `${color.dim(area.padEnd(width(0)))}  ${color.bold(subject.padEnd(width(1)))}  ${problem}`,
  );
  const unclear = unknown.map((each) => color.yellow(`unknown: ${printable(each)}`));
  return [...lines, ...unclear, ...advice(differences, pulumiOptions)].join("\n");
}

function advice(differences: Difference[], words: string): string[] {
  const reapply = `pulumi config set --path 'mail:triggers[0]' "$(date -u +%FT%TZ)"${words} && pulumi up${words}`;
  const ways: Record<Remedy, string> = {
    [Remedy.Decision]: `To keep what the machine holds: check out the commit that it came from, and pulumi up${words}. To have what the stack describes: ${reapply}`,
    [Remedy.Reapply]: `To put the machine right (a change of \`triggers\`): ${reapply}`,
    [Remedy.Refresh]: `To put DNS right: pulumi up --refresh${words}; with rfc2136: ${reapply}; a pasted zone: paste it again`,
    [Remedy.Manual]:
      "By hand: `up` leaves alone packages on hold, what belongs to somebody else, and a disk that fills up.",
  };
  const needed = new Set(differences.map(({ remedy }) => remedy));
  return Object.values(Remedy).flatMap((remedy) => (needed.has(remedy) ? ["", ways[remedy]] : []));
}
