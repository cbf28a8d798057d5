import type { Operation, ResourceType } from "../standIn";
import type { Values } from "../values";
import { commandType, type Output, type Run } from "./command";
import { type Connection, checkConnection } from "./connection";
import { connect } from "./dial";
import { runInSession } from "./session";

/** `command.remote.Command`: a command on another machine, by SSH, without a terminal. */
export const remoteCommand: ResourceType = commandType("command:remote:Command", ["connection"], check, run);

function check(inputs: Values) {
  const { connection, failures } = checkConnection(inputs.connection);
  return { inputs: { ...inputs, connection }, failures };
}

async function run(run: Run, operation: Operation): Promise<Output> {
  const connected = await connect(run.inputs.connection as Connection, operation);
  try {
    return await runInSession(connected.client, run, operation);
  } finally {
    connected.close();
  }
}
