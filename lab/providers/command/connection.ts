/** What a program may say about the way to a host, completed and checked before anything is dialled. */
import type { CheckFailure } from "@pulumi/pulumi/provider";
import { failure } from "../standIn";
import { isObject, isUnknown, type Values } from "../values";

/** One SSH server and how to log in to it. */
export interface Endpoint {
  host: string;
  port: number;
  user: string;
  password?: string;
  privateKey?: string;
  privateKeyPassword?: string;
  /** @default the environment variable SSH_AUTH_SOCK */
  agentSocketPath?: string;
  /** How many dials may fail before the next failure is final; -1: any number. */
  dialErrorLimit: number;
  /** Seconds that one dial may take; 0: any number. */
  perDialTimeout: number;
  /** The only key that the host may show, in the form of a line of `authorized_keys`. @default any key is accepted */
  hostKey?: string;
}

/** A host, reached straight or through another one. */
export interface Connection extends Endpoint {
  proxy?: Endpoint;
}

const DEFAULTS = { port: 22, user: "root", dialErrorLimit: 10, perDialTimeout: 15 };
const STRINGS = ["host", "user", "password", "privateKey", "privateKeyPassword", "agentSocketPath", "hostKey"];
const NUMBERS = ["port", "dialErrorLimit", "perDialTimeout"];

/**
 * Adds the defaults to a connection, and finds what is wrong with it. As the original, it prints all of a connection that has a member which it does not know,
 * private key included (https://github.com/pulumi/pulumi-command/issues/773).
 */
export function checkConnection(connection: unknown): { connection: unknown; failures: CheckFailure[] } {
  if (isUnknown(connection)) return { connection, failures: [] };
  if (!isObject(connection))
    return { connection, failures: [{ property: "connection", reason: "is required and must be an object" }] };
  const { proxy, ...endpoint } = connection;
  const failures = endpointFailures("connection", endpoint);
  if (proxy === undefined || isUnknown(proxy)) return { connection: { ...DEFAULTS, ...connection }, failures };
  if (!isObject(proxy)) failures.push({ property: "connection.proxy", reason: "must be an object" });
  else failures.push(...endpointFailures("connection.proxy", proxy));
  return {
    connection: { ...DEFAULTS, ...endpoint, proxy: isObject(proxy) ? { ...DEFAULTS, ...proxy } : proxy },
    failures,
  };
}

function endpointFailures(path: string, endpoint: Values): CheckFailure[] {
  const known = [...STRINGS, ...NUMBERS];
  return [
    ...failure(`${path}.host`, endpoint.host !== undefined, "is required"),
    ...Object.entries(endpoint).flatMap(([name, value]) => {
      if (!known.includes(name))
        return [{ property: `${path}.${name}`, reason: `is not a member of ${JSON.stringify(endpoint)}` }];
      const wanted = STRINGS.includes(name) ? "string" : "number";
      return failure(`${path}.${name}`, isUnknown(value) || typeof value === wanted, `must be a ${wanted}`);
    }),
  ];
}
