/**
 * Writes what people read about the args from their declaration: `components/args.ts` and README's table.
 *
 * Usage: npm run args
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argsObjects, mailServerSchema } from "../components/schema";
import { argsSource } from "./argsSource";
import { argsTable } from "./argsTable";

const checkout = join(__dirname, "..");

/** The files by their paths, as they should be. */
export function argsFiles(): Record<string, string> {
  const readme = readFileSync(join(checkout, "README.md"), "utf8");
  return {
    "components/args.ts": argsSource(argsObjects),
    "README.md": readme.replace(
      /(<!-- args[^\n]*-->\n).*?(\n<!-- \/args -->)/s,
      (_, begin, end) => `${begin}${argsTable(mailServerSchema)}${end}`,
    ),
  };
}

if (require.main === module)
  for (const [path, content] of Object.entries(argsFiles())) writeFileSync(join(checkout, path), content);
