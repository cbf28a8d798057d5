/**
 * Prints what `pulumi up` would change in a stack, as Markdown for a pull request, and exits as `pulumi preview` does.
 *
 * Usage: preview.ts STACK [option of `pulumi preview` …]
 */
import { spawnSync } from "node:child_process";
import { printableLines } from "../components/deployer/printable";
import { comment } from "./comment";

const [stack = "", ...more] = process.argv.slice(2);
const words = ["preview", "--diff", "--suppress-outputs", "--non-interactive", "--color", "never", "--stack", stack];
const { stdout, stderr, status, error } = spawnSync("pulumi", [...words, ...more], {
  encoding: "utf8",
  maxBuffer: 256 * 1024 * 1024,
});
if (error) throw error;
// The log of the job keeps all that was printed, as text and not as commands to the CI service.
process.stderr.write(printableLines(stdout + stderr, Number.POSITIVE_INFINITY));
process.stdout.write(comment(stack, `${stdout}\n${stderr}`));
process.exit(status ?? 1);
