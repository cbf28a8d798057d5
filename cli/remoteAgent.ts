import { agentSource } from "../components/activation/agentSource";
import { bundle } from "../components/activation/bundle";
import { lookCommand, rollbackCommand } from "../components/activation/remoteCommand";
import type { HostFacts } from "./drift/facts";
import { overSsh } from "./ssh";
import type { Target } from "./target";

/** What the agent found on the machine, by one connection that changes nothing there. */
export function look(target: Target): Promise<HostFacts> {
  return ask<HostFacts>(target, lookCommand(target.access.user), {});
}

/** What a rollback did. */
export interface Rollback {
  /** SHA-256 over all that is managed now. */
  manifest: string;
  /** Paths of the files that went back. */
  changed: string[];
}

/** What a rollback is to begin with, and whether it takes back another one. */
export interface RollbackOrder {
  /** SHA-256 over all that was managed when somebody looked. */
  from: string;
  forward: boolean;
}

/** Has the agent bring the previous generation back. */
export function rollBack(target: Target, order: RollbackOrder): Promise<Rollback> {
  return ask<Rollback>(target, rollbackCommand(target.access.user), {
    asked: { owner: target.owner ?? "", ...order },
  });
}

async function ask<T>(target: Target, command: string, more: object): Promise<T> {
  return JSON.parse(await overSsh(target, command, bundle(agentSource(), more))) as T;
}
