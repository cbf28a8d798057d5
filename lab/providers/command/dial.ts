/** The way to a host: host key, log-in, and dialling until it answers. */
import { connect as connectSocket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type AnyAuthMethod,
  Client,
  type ClientErrorExtensions,
  type ConnectConfig,
  type ParsedKey,
  utils,
} from "ssh2";
import type { Operation } from "../standIn";
import type { Connection, Endpoint } from "./connection";

/** Milliseconds between two dials: each wait is half as long again as the one before, up to the longest. */
const WAIT = { first: 100, factor: 1.5, longest: 5_000 };

/** As Go's `net.Dialer` does unless told otherwise: so the plugin learns that a machine went away and came back. */
const keepAlive = { keepAlive: true, keepAliveInitialDelay: 15_000 };

/** A logged-in client, and the end of it and of whatever it goes through. */
export interface Connected {
  client: Client;
  close(): void;
}

/**
 * Dials until the host answers and lets us in.
 *
 * @throws at once where the endpoint itself cannot be used (a key that cannot be read, an agent that is not there);
 *   after `dialErrorLimit` failed dials, whatever the reason of the last one
 */
export async function connect({ proxy, ...host }: Connection, operation: Operation): Promise<Connected> {
  const login = await loginTo(host);
  if (proxy === undefined) {
    const client = await retry("Dial", host.dialErrorLimit, operation, () => dial(host, login));
    return { client, close: () => client.end() };
  }
  try {
    const proxyLogin = await loginTo(proxy);
    const bastion = await retry("Dial proxy", proxy.dialErrorLimit, operation, () => dial(proxy, proxyLogin));
    try {
      // The tunnel serves one attempt only, so a failed log-in needs a new one.
      const client = await retry("Dial from proxy", host.dialErrorLimit, operation, async () =>
        dial(host, login, await tunnel(bastion, host)),
      );
      return {
        client,
        close: () => {
          client.end();
          bastion.end();
        },
      };
    } catch (error) {
      bastion.end();
      throw error;
    }
  } catch (error) {
    throw new Error(`proxy: ${error instanceof Error ? error.message : error}`);
  }
}

/** Tries until it works, waiting longer each time; the failure after `limit` failures is final. */
async function retry<T>(
  what: string,
  limit: number,
  { messages, cancelled }: Operation,
  attempt: () => Promise<T>,
): Promise<T> {
  let wait = WAIT.first;
  for (let failed = 0; ; failed++) {
    cancelled.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (limit > -1 && failed >= limit) throw new Error(`after ${failed} failed attempts: ${reason}`);
      messages.status(`${what} ${failed + 1}/${limit === -1 ? "inf" : limit} failed: retrying`);
    }
    await sleep(wait, undefined, { signal: cancelled });
    wait = Math.min(wait * WAIT.factor, WAIT.longest);
  }
}

function dial(endpoint: Endpoint, login: ConnectConfig, socket?: Duplex): Promise<Client> {
  const { host, port, perDialTimeout } = endpoint;
  return new Promise((resolve, reject) => {
    const client = new Client();
    client.once("ready", () => {
      client.removeAllListeners("error");
      // The session reports the loss of the connection.
      client.on("error", () => {});
      resolve(client);
    });
    client.once("error", (error) => {
      client.on("error", () => {});
      client.destroy();
      reject(new Error(dialFailure(error, host, port)));
    });
    // A server that hangs up during the handshake is not an error to the library.
    client.once("close", () => reject(new Error("ssh: handshake failed: EOF")));
    client.connect({
      ...login,
      sock: (socket ?? connectSocket({ host, port, ...keepAlive })) as NonNullable<ConnectConfig["sock"]>,
      readyTimeout: perDialTimeout * 1000,
    });
  });
}

function dialFailure(error: Error & ClientErrorExtensions, host: string, port: number): string {
  if (error.level === "client-timeout") return `dial tcp ${host}:${port}: i/o timeout`;
  if (error.level === "client-socket") return `dial tcp ${host}:${port}: ${error.message}`;
  if (error.level === "client-authentication")
    return "ssh: handshake failed: ssh: unable to authenticate, no supported methods remain";
  if (/Host denied/.test(error.message)) return "ssh: handshake failed: ssh: host key mismatch";
  return `ssh: handshake failed: ${error.message}`;
}

function tunnel(bastion: Client, { host, port }: Endpoint): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    bastion.forwardOut("127.0.0.1", 0, host, port, (error, stream) => (error ? reject(error) : resolve(stream)));
  });
}

/** Everything about a log-in that is the same for each dial. */
async function loginTo(endpoint: Endpoint): Promise<ConnectConfig> {
  return { username: endpoint.user, authHandler: await authentication(endpoint), ...hostKeyCheck(endpoint.hostKey) };
}

/** A key is offered before a password, a password before the agent's keys. */
async function authentication({
  user,
  privateKey,
  privateKeyPassword,
  password,
  agentSocketPath,
}: Endpoint): Promise<AnyAuthMethod[]> {
  const methods: AnyAuthMethod[] = [{ type: "none", username: user }];
  if (privateKey !== undefined) {
    methods.push({ type: "publickey", username: user, key: parse("privateKey", privateKey, privateKeyPassword) });
  }
  if (password !== undefined) {
    methods.push({ type: "password", username: user, password });
    const prompt: (...args: [string, string, string, { prompt: string }[], (answers: string[]) => void]) => void = (
      _name,
      _instructions,
      _lang,
      prompts,
      answer,
    ) => answer(prompts.map(() => password));
    methods.push({ type: "keyboard-interactive", username: user, prompt });
  }
  const agent = agentSocketPath ?? process.env.SSH_AUTH_SOCK;
  if (agent) {
    await mustAnswer(agent);
    methods.push({ type: "agent", username: user, agent });
  }
  return methods;
}

function hostKeyCheck(hostKey: string | undefined): Pick<ConnectConfig, "hostVerifier" | "algorithms"> {
  if (hostKey === undefined) return { hostVerifier: () => true };
  const expected = parse("hostKey", hostKey);
  return {
    hostVerifier: (shown: Buffer) => shown.equals(expected.getPublicSSH()),
    // As the plugin does: of an RSA key, ssh-rsa with SHA-1 only.
    algorithms: { serverHostKey: [expected.type] as NonNullable<ConnectConfig["algorithms"]>["serverHostKey"] },
  };
}

function parse(property: string, text: string, passphrase?: string): ParsedKey {
  const key = utils.parseKey(text, passphrase) as ParsedKey | ParsedKey[] | Error;
  const found = Array.isArray(key) ? key[0] : key;
  if (found === undefined || found instanceof Error) {
    throw new Error(`ssh: connection.${property} cannot be read as a key: ${found?.message ?? "it is empty"}`);
  }
  return found;
}

function mustAnswer(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", (error) => reject(new Error(`dial unix ${socketPath}: ${error.message}`)));
  });
}
