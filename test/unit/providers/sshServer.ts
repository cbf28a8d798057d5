import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type AuthContext, Server, type ServerChannel, type Session } from "ssh2";
import { newKeyPair } from "../../../lab/providers/sshKeys";

/** A real SSH server on the loopback address that runs commands by `/bin/sh`. */
export interface TestServer {
  port: number;
  /** The key that it shows, in the form of `authorized_keys`. */
  hostKey: string;
  /** Moments at which a TCP connection came in, in milliseconds. */
  arrivals: number[];
  /** Connections that are open now. */
  open: Set<Socket>;
  /** What clients did, e.g. `exec uptime`, `env NAME=value`, `pty`. */
  requests: string[];
  /** How it signed for its key, e.g. `ssh-ed25519`. */
  signatures: string[];
  close(): Promise<void>;
}

export interface TestServerBehaviour {
  /** Kinds of host keys. @default ["ed25519"] */
  hostKeys?: ("ed25519" | "ecdsa" | "rsa")[];
  /** Names of environment variables that are accepted. @default none */
  acceptEnv?: string[];
  /** How many connections are hung up on before one is let in. */
  refuseFirst?: number;
  /** Accept connections and never say a word. */
  silent?: boolean;
  /** Judges a log-in; undefined: answers it itself. @default everybody is let in */
  login?: (attempt: AuthContext) => boolean | undefined;
  /** Runs nothing, and says in one packet of TCP that a command has started and ended. @default false */
  endsAtOnce?: boolean;
}

const login = newKeyPair();

/** A connection to the server that checks its key, logs in with one, and gives up at the first failure. */
export function connectionTo({ port, hostKey }: TestServer, more: object = {}) {
  return { host: "127.0.0.1", port, hostKey, privateKey: login.private, dialErrorLimit: 0, ...more };
}

export async function startServer(behaviour: TestServerBehaviour = {}): Promise<TestServer> {
  const {
    hostKeys = ["ed25519"],
    acceptEnv = [],
    refuseFirst = 0,
    silent = false,
    login = () => true,
    endsAtOnce,
  } = behaviour;
  const keys = hostKeys.map((kind) => newKeyPair(kind));
  const server = {
    hostKey: keys[0]!.public,
    arrivals: [] as number[],
    open: new Set<Socket>(),
    requests: [] as string[],
    signatures: [] as string[],
  };

  const ssh = new Server({ hostKeys: keys.map((key) => key.private) }, (client) => {
    client.on("error", () => {});
    client.on("handshake", ({ serverHostKey }) => server.signatures.push(serverHostKey));
    client.on("authentication", (attempt) => {
      const allowed = login(attempt);
      if (allowed) attempt.accept();
      else if (allowed === false) attempt.reject(["publickey", "password", "keyboard-interactive"]);
    });
    client.on("tcpip", (accept, _reject, { destIP, destPort }) => {
      server.requests.push(`tunnel to ${destPort}`);
      const stream = accept();
      const socket = connect(destPort, destIP);
      socket.on("error", () => stream.end());
      stream.on("error", () => socket.destroy());
      stream.pipe(socket).pipe(stream);
    });
    client.on("session", (accept) => {
      const session = accept();
      if (endsAtOnce) endAtOnce(session, server.open);
      else serveSession(session, acceptEnv, server.requests);
    });
  });

  const listener = createServer((socket) => {
    server.arrivals.push(performance.now());
    server.open.add(socket);
    socket.on("close", () => server.open.delete(socket));
    socket.on("error", () => {});
    if (server.arrivals.length <= refuseFirst) socket.destroy();
    else if (!silent) ssh.injectSocket(socket);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");

  return {
    ...server,
    port: (listener.address() as AddressInfo).port,
    async close() {
      for (const socket of server.open) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}

function endAtOnce(session: Session, sockets: Set<Socket>): void {
  session.on("exec", (accept) => {
    for (const socket of sockets) socket.cork();
    const channel = accept();
    channel.exit(0);
    channel.close();
    for (const socket of sockets) socket.uncork();
  });
}

function serveSession(session: Session, acceptEnv: string[], requests: string[]): void {
  const environment: Record<string, string> = {};
  session.on("env", (accept, reject, { key, val }) => {
    requests.push(`env ${key}=${val}`);
    if (!acceptEnv.includes(key)) return reject?.();
    environment[key] = val;
    accept?.();
  });
  session.on("pty", (accept) => {
    requests.push("pty");
    accept?.();
  });
  session.on("exec", (accept, _reject, { command }) => {
    requests.push(`exec ${command}`);
    runShell(accept(), command, environment);
  });
}

function runShell(channel: ServerChannel, command: string, environment: Record<string, string>): void {
  const child = spawn("/bin/sh", ["-c", command], { env: { PATH: process.env.PATH, ...environment } });
  channel.pipe(child.stdin);
  child.stdin.on("error", () => channel.unpipe(child.stdin));
  child.stdout.on("data", (data) => channel.write(data));
  child.stderr.on("data", (data) => channel.stderr.write(data));
  channel.on("error", () => child.kill());
  child.on("close", (code, signal) => {
    if (signal) channel.exit(signal.replace("SIG", ""));
    else channel.exit(code ?? 0);
    channel.close();
  });
}
