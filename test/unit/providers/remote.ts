import { onTestFinished } from "vitest";
import { remoteCommand } from "../../../lab/providers/command/remoteCommand";
import { EngineSide } from "./engineSide";
import { startServer, type TestServer, type TestServerBehaviour } from "./sshServer";

/** An SSH server that is closed when the test has finished. */
export async function server(behaviour?: TestServerBehaviour): Promise<TestServer> {
  const started = await startServer(behaviour);
  onTestFinished(() => started.close());
  return started;
}

/** An engine that looks after a `remote.Command`. */
export const engine = () => new EngineSide("command", remoteCommand);
