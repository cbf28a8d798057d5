import { z } from "zod";
import { agentSource } from "../components/activation/agentSource";
import { bundle } from "../components/activation/bundle";
import { lookCommand, rollbackCommand } from "../components/activation/remoteCommand";
import { activationAnswer, answerIn } from "../components/activation/reported";
import { type HostFacts, hostFacts } from "./drift/facts";
import { runOverSsh } from "./ssh";
import type { Target } from "./target";

/** What the agent found on the machine, by one connection that changes nothing there. */
export function inspect(target: Target): Promise<HostFacts> {
  return ask(target, lookCommand(target.access.user), {}, hostFacts);
}

/** What a rollback did: the SHA-256 over all that is managed now, and the paths of the files that went back. */
const rollbackAnswer = activationAnswer.extend({ changed: z.array(z.string()) });
export type Rollback = z.output<typeof rollbackAnswer>;

/** What a rollback is to begin with, and whether it takes back another one. */
export interface RollbackOrder {
  /** SHA-256 over all that was managed when somebody looked. */
  from: string;
  forward: boolean;
}

/** Has the agent bring the previous generation back. */
export function rollBack(target: Target, order: RollbackOrder): Promise<Rollback> {
  const asked = { owner: target.owner ?? "", ...order };
  return ask(target, rollbackCommand(target.access.user), { asked }, rollbackAnswer);
}

async function ask<T>(target: Target, command: string, more: object, judge: z.ZodType<T>): Promise<T> {
  return answerIn(await runOverSsh(target, command, bundle(agentSource(), more)), judge, remedy);
}

const remedy =
  "See that a command over SSH runs as it is there, and is not answered by something else (a forced command, a shell's start-up file that ends the shell).";
