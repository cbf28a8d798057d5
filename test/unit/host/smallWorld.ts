import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Ran, run, source } from "./deployer";
import type { WorldServer } from "./world";

/** Runs scripts of the deployer where nothing but some name servers is there; the resolver is the one at 127.0.0.1. */
export class SmallWorld {
  private readonly folder = mkdtempSync(join(tmpdir(), "world-"));
  private readonly resolvConf = join(this.folder, "resolv.conf");

  constructor() {
    writeFileSync(this.resolvConf, "nameserver 127.0.0.1\n");
  }

  run(script: Parameters<typeof source>[0], servers: WorldServer[], environment: NodeJS.ProcessEnv): Promise<Ran> {
    const inWorld = 'ip link set lo up && mount --bind "$0" /etc/resolv.conf && exec "$@"';
    const tsx = pathToFileURL(require.resolve("tsx")).href;
    const program = [process.execPath, "--import", tsx, join(__dirname, "world.ts"), JSON.stringify(servers)];
    return run(["unshare", "-rmn", "sh", "-c", inWorld, this.resolvConf, ...program], source(script), environment);
  }

  forget(): void {
    rmSync(this.folder, { recursive: true });
  }
}
