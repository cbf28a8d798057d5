/**
 * Environment variables of an SSH session with the server's answer to each.
 *
 * The library sends them without asking for an answer, so this reaches into the parts of it that its types do not show.
 */
import type { Client, ClientChannel } from "ssh2";

/** What the server said to one variable. */
export interface EnvironmentReply {
  name: string;
  accepted: boolean;
}

interface ClientInternals {
  _protocol: {
    env(channel: number, name: string, value: string, wantReply: boolean): void;
    exec(channel: number, command: string, wantReply: boolean): void;
  };
  _chanMgr: { _channels: Record<string, ChannelInternals | undefined> };
}

interface ChannelInternals {
  outgoing?: { id: number };
  _callbacks: ((failure: Error | boolean) => void)[];
}

/**
 * Starts a command after the server has answered to each variable.
 *
 * @param judge is given each answer; if it throws, the command does not start and the error is passed on
 * @param follow is given the channel in the same tick as the library gives it, which may tell of the end in that tick
 */
export function execWithEnvironment<T>(
  client: Client,
  command: string,
  environment: Record<string, string>,
  judge: (reply: EnvironmentReply) => void,
  follow: (channel: ClientChannel) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | undefined, channel: ClientChannel) =>
      error ? reject(error) : resolve(follow(channel));
    if (Object.keys(environment).length === 0) {
      client.exec(command, done);
      return;
    }
    const { _protocol: protocol, _chanMgr: channels } = client as unknown as ClientInternals;
    const [sendVariable, sendCommand] = [protocol.env.bind(protocol), protocol.exec.bind(protocol)];
    const replies: Promise<EnvironmentReply>[] = [];

    protocol.env = (id, name, value) => {
      const channel = Object.values(channels._channels).find((candidate) => candidate?.outgoing?.id === id);
      replies.push(
        new Promise((answer) => channel?._callbacks.push((failure) => answer({ name, accepted: !failure }))),
      );
      sendVariable(id, name, value, true);
    };
    protocol.exec = (id, text, wantReply) => {
      Promise.all(replies)
        .then((answers) => {
          for (const answer of answers) judge(answer);
          sendCommand(id, text, wantReply);
        })
        .catch(reject);
    };
    client.once("close", () => reject(new Error("the connection was lost")));
    client.exec(command, { env: environment }, done);
  });
}
