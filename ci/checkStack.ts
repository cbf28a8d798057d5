/**
 * Prints a stack file that can be previewed without any credentials: the given one, with a stand-in for each secret, for a machine that only an account
 * knows, and for the zones. What it says of domains, mailboxes and the rest is checked as it is.
 *
 * Usage: checkStack.ts stacks/Pulumi.STACK.yaml
 */
import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { type StackFile, withoutCredentials } from "./withoutCredentials";

const [file = ""] = process.argv.slice(2);
process.stdout.write(stringify(withoutCredentials(parse(readFileSync(file, "utf8")) as StackFile | null)));
