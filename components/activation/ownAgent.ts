import { agentSource } from "./agentSource";
import { agentLine } from "./deflated";

let line: string | undefined;

/** The agent's line of the bundle, made once: it takes a tenth of a second. The npm package has it made when it is built (`plugin/bundle.ts`). */
export function ownAgent(): string {
  line ??= agentLine(agentSource());
  return line;
}
