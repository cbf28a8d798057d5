import { readFileSync } from "node:fs";
import { join } from "node:path";
import { strToU8, zlibSync } from "fflate";

/** The first that runs of the bundle. */
const start = readFileSync(join(__dirname, "agent", "start.py"), "utf8");

/**
 * What a command of `remoteCommand.ts` reads from its standard input: the agent, and what the agent is to know, as deflated JSON in Base64.
 *
 * Deflated since the engine keeps it twice in its state, which it writes anew after each record. By a library of one version, since the
 * same server must give the same text on every computer, and Node.js deflates differently from version to version.
 */
export function bundle(agent: string, known: object): string {
  return Buffer.from(zlibSync(strToU8(JSON.stringify({ agent, start, ...known })))).toString("base64");
}
