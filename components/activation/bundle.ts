import { agentLine, deflated } from "./deflated";
import { ownAgent } from "./ownAgent";

/**
 * What a command of `remoteCommand.ts` reads from its standard input: the agent, and what the agent is to know, each as a line of deflated JSON in Base64.
 *
 * Deflated since the engine keeps it twice in its state, which it writes anew after each record. By a library of one version, since the
 * same server must give the same text on every computer, and Node.js deflates differently from version to version.
 */
export function bundle(known: object): string {
  return bundleWith(ownAgent(), known);
}

/** The same with another agent. */
export function bundleOf(agent: string, known: object): string {
  return bundleWith(agentLine(agent), known);
}

function bundleWith(line: string, known: object): string {
  return `${line}\n${deflated(known)}`;
}
