import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A plugin `command` whose commands all succeed without effect. */
export interface Agreeable {
  /** What an engine must find in its environment to ask it. */
  environment: { PULUMI_DEBUG_PROVIDERS: string };
  stop(): void;
}

/** Starts the plugin. */
export async function startAgreeable(): Promise<Agreeable> {
  const child = spawn(process.execPath, ["--import", "tsx", join(__dirname, "agreeableCommands.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = await once(child.stdout, "data");
  return {
    environment: { PULUMI_DEBUG_PROVIDERS: `command:${String(port).trim()}` },
    stop: () => child.kill(),
  };
}
