/**
 * What the lab's stand-ins for Pulumi's plugins have in common: secrets, comparing, ids, unknown types.
 *
 * They serve the lab only, where the official plugins cannot be downloaded.
 */
import { randomBytes } from "node:crypto";
import type { CheckFailure, Provider } from "@pulumi/pulumi/provider";
import { type Messages, messagesTo } from "./messages";
import { changedProperties, containsSecret, plainValues, secret, type Values } from "./values";

/** What an operation gets besides the resource's properties. */
export interface Operation {
  /** Id of the resource, empty while it is being created. */
  id: string;
  messages: Messages;
  /** Aborted when the engine cancels the deployment. */
  cancelled: AbortSignal;
}

/** One resource type. All values that its functions see and return are plain; secrecy is added around them. */
export interface ResourceType {
  /** Type token, e.g. `random:index/randomId:RandomId`. */
  token: string;
  /** Inputs and outputs that are secret whether or not the program says so. */
  secrets: string[];
  /** Outputs that are not inputs too. */
  computed: string[];
  /** What the original takes for inputs that the program leaves out: it stands among the outputs, and is none of the inputs. @default none */
  defaults?: Values;
  /** Inputs whose change replaces the resource. */
  replaceOn: string[] | "any";
  /** Completes the inputs by their defaults and finds what is wrong with them. A value may be unknown. */
  check?(inputs: Values): { inputs: Values; failures: CheckFailure[] };
  /** Whether the original takes these two values of an input for the same, such as a text with quotes and without. @default - only equal ones */
  same?(property: string, before: unknown, after: unknown, inputs: Values): boolean;
  create(inputs: Values, operation: Operation): Promise<{ id?: string; outputs: Values }>;
  /** What stands there now, for a refresh, and for an import, where there is no state yet; undefined where it is gone. @default - as in the state */
  read?(state: Values, operation: Operation): Promise<Found | undefined>;
  update?(before: Values, inputs: Values, operation: Operation): Promise<Values>;
  delete?(state: Values, operation: Operation): Promise<void>;
}

/** A resource as it was found, which may have another id than the one that it was asked for by. */
export interface Found {
  id: string;
  inputs: Values;
  outputs: Values;
}

/** A function of the plugin, which looks something up. */
export interface FunctionType {
  /** Type token, e.g. `ovh:Vps/getVps:getVps`. */
  token: string;
  call(args: Values): Promise<Values>;
}

/**
 * The plugin `name` that serves these resource types.
 *
 * @param messages where messages about a resource go @default - to the engine
 */
export function standIn(
  name: string,
  version: string,
  types: ResourceType[],
  messages: (urn: string) => Messages = messagesTo,
  functions: FunctionType[] = [],
): Provider {
  const byToken = new Map(types.map((type) => [type.token, type]));
  const cancellation = new AbortController();
  const operation = (urn: string, id = "") => ({ id, messages: messages(urn), cancelled: cancellation.signal });
  const served = [...byToken.keys(), ...functions.map(({ token }) => token)];
  const typeOf = (urn: string): ResourceType => {
    const token = tokenOf(urn);
    const type = byToken.get(token);
    if (type === undefined) throw new Error(unknownType(name, token, served));
    return type;
  };

  return {
    version,

    async check(urn, _olds: Values, news: Values) {
      const type = byToken.get(tokenOf(urn));
      if (type === undefined) {
        return {
          inputs: news,
          failures: [{ property: "", reason: unknownType(name, tokenOf(urn), served) }],
        };
      }
      const given = plainValues(news);
      const { inputs, failures } = type.check?.(given) ?? { inputs: given, failures: [] };
      return { inputs: withSecrecyOf(news, given, inputs, type.secrets), failures };
    },

    async diff(_id, urn, olds: Values, news: Values) {
      const { computed, defaults, replaceOn, same } = typeOf(urn);
      const before = Object.fromEntries(
        Object.entries(plainValues(olds)).filter(([property]) => !computed.includes(property)),
      );
      const after = { ...defaults, ...plainValues(news) };
      const changed = changedProperties(before, after).filter(
        (property) => !same?.(property, before[property], after[property], after),
      );
      const replaces = replaceOn === "any" ? changed : changed.filter((property) => replaceOn.includes(property));
      return { changes: changed.length > 0, replaces };
    },

    async create(urn, inputs: Values) {
      const type = typeOf(urn);
      const all = { ...type.defaults, ...inputs };
      const { id, outputs } = await type.create(plainValues(all), operation(urn));
      return { id: id ?? nameOf(urn) + randomBytes(4).toString("hex"), outs: state(all, outputs, type.secrets) };
    },

    async read(id, urn, props: Values = {}) {
      const type = typeOf(urn);
      if (type.read === undefined) return { id, props };
      const found = await type.read(plainValues(props), operation(urn, id));
      if (found === undefined) return { id: "", props: {} };
      return {
        id: found.id,
        inputs: state(found.inputs, {}, type.secrets),
        props: state(found.inputs, found.outputs, type.secrets),
      };
    },

    async update(id, urn, olds: Values, news: Values) {
      const type = typeOf(urn);
      if (type.update === undefined) throw new Error(`${type.token} can only be replaced, never updated`);
      return {
        outs: state(news, await type.update(plainValues(olds), plainValues(news), operation(urn, id)), type.secrets),
      };
    },

    async delete(id, urn, olds: Values) {
      await typeOf(urn).delete?.(plainValues(olds), operation(urn, id));
    },

    async invoke(token, args: Values) {
      const found = functions.find((each) => each.token === token);
      if (found === undefined) throw new Error(unknownType(name, token, served));
      return { outputs: await found.call(plainValues(args)) };
    },

    async cancel() {
      cancellation.abort();
    },
  };
}

/** Checked inputs: what the check left alone stays as it came, what it changed is as secret as it was. */
function withSecrecyOf(raw: Values, given: Values, checked: Values, secrets: string[]): Values {
  return mapValues(checked, (value, property) => {
    if (value === given[property]) return raw[property];
    return secrets.includes(property) || containsSecret(raw[property]) ? secret(value) : value;
  });
}

function state(inputs: Values, outputs: Values, secrets: string[]): Values {
  return mapValues({ ...inputs, ...outputs }, (value, property) =>
    secrets.includes(property) ? secret(value) : value,
  );
}

function mapValues(values: Values, change: (value: unknown, property: string) => unknown): Values {
  return Object.fromEntries(Object.entries(values).map(([property, value]) => [property, change(value, property)]));
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` */
function tokenOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? urn;
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function unknownType(plugin: string, token: string, served: string[]): string {
  return (
    `${token} is not served here: this is the lab's stand-in for the plugin '${plugin}', which serves ${served.join(", ")}. ` +
    `Install the official plugin with \`pulumi plugin install resource ${plugin}\` to use any other.`
  );
}

/** A failure of one property unless its value is unknown or passes. */
export function failure(property: string, passes: boolean, reason: string): CheckFailure[] {
  return passes ? [] : [{ property, reason }];
}
