import { readFileSync } from "node:fs";
import { join } from "node:path";
import { strToU8, zlibSync } from "fflate";

/** The first that runs of the bundle. */
const start = () => readFileSync(join(__dirname, "agent", "start.py"), "utf8");

/** JSON, deflated, in Base64: a line of the bundle. */
export function deflated(what: object): string {
  return Buffer.from(zlibSync(strToU8(JSON.stringify(what)))).toString("base64");
}

/** The line that holds an agent. */
export function agentLine(agent: string): string {
  return deflated({ agent, start: start() });
}
