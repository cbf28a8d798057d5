import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { reverseName } from "../../zones";
import { failure, type Operation, type ResourceType } from "../standIn";
import { isUnknown } from "../values";
import { notFound, type OvhApi, OvhError, type OvhState } from "./api";

/** Seconds between two tries. */
const PAUSE = 5;

/** `ovh.ip.Reverse`: the name of an address. OVH takes it only when the name leads to the address. */
export function reverse(api: OvhApi, pause = wait): ResourceType {
  return {
    token: "ovh:Ip/reverse:Reverse",
    secrets: [],
    computed: [],
    replaceOn: "any",
    check(inputs) {
      api.logIn();
      const { ip, ReverseIp, readinessTimeoutDuration: duration } = inputs;
      return {
        inputs,
        failures: [
          ...failure("ip", isUnknown(ip) || ipaddr.isValidCIDR(String(ip)), `value ${ip} is not a valid IP block`),
          ...failure(
            "ReverseIp",
            isUnknown(ReverseIp) || isIP(String(ReverseIp)) > 0,
            `value ${ReverseIp} is not a valid IP`,
          ),
          ...failure(
            "readinessTimeoutDuration",
            duration === undefined || isUnknown(duration) || seconds(String(duration)) > 0,
            `cannot parse the duration ${duration}; it is written as in Go, such as 60s or 10m`,
          ),
        ],
      };
    },
    async create({ ip, ReverseIp, ReverseValue, readinessTimeoutDuration = "60s" }, operation) {
      const address = String(ReverseIp);
      const name = await untilReady(operation, seconds(String(readinessTimeoutDuration)), pause, () =>
        setReverse(api, String(ip), address, String(ReverseValue)),
      ).catch((error: Error) => {
        throw new Error(`failed to create OVH IP Reverse: ${error.message}`);
      });
      return { id: address, outputs: { ReverseValue: name } };
    },
    async read({ ip, readinessTimeoutDuration }, { id }) {
      const [first = "", second] = id.split("|");
      const [block, address] = second === undefined ? [String(ip), first] : [first, second];
      const name = api.call(
        "GET",
        `/ip/${encodeURIComponent(block)}/reverse/${address}`,
        ({ reverses }) => reverses[address],
      );
      if (name === undefined) return undefined;
      const inputs = { ip: block, ReverseIp: address, ReverseValue: name };
      return {
        id: address,
        inputs: readinessTimeoutDuration === undefined ? inputs : { ...inputs, readinessTimeoutDuration },
        outputs: {},
      };
    },
    async delete({ ip, ReverseIp }) {
      const address = String(ReverseIp);
      const name = api.call("DELETE", `/ip/${encodeURIComponent(String(ip))}/reverse/${address}`, (state) => {
        const old = state.reverses[address];
        delete state.reverses[address];
        return old;
      });
      if (name !== undefined) await api.world.publish([pointer(address, name)], [], 0);
    },
  };
}

/** Sets the name, with the dot at its end that OVH gives it. @throws while the name does not lead to the address */
async function setReverse(api: OvhApi, block: string, address: string, value: string): Promise<string> {
  const name = value.endsWith(".") ? value : `${value}.`;
  api.call("POST", `/ip/${encodeURIComponent(block)}/reverse`, (state) => requireBlock(state, block, address));
  const known = (await api.world.addressesOf(name.slice(0, -1))).map(canonical);
  if (!known.includes(canonical(address))) throw new OvhError(400, `${name} does not resolve to ${address}`);
  const old = api.account.change((state) => {
    const before = state.reverses[address];
    state.reverses[address] = name;
    return before;
  });
  await api.world.publish(old === undefined ? [] : [pointer(address, old)], [pointer(address, name)], 0);
  return name;
}

/** The block must be one of the account's machines, /32 for IPv4, /64 or /128 for IPv6, and hold the address. */
export function requireBlock(state: OvhState, block: string, address: string): void {
  const [network = "", length = ""] = block.split("/");
  const own = Object.values(state.vps).some(({ ips }) => ips.some((ip) => canonical(ip) === canonical(address)));
  const [inside, allowed] = [ipaddr.parse(address), isIP(address) === 4 ? ["32"] : ["64", "128"]];
  const holds = inside.kind() === ipaddr.parse(network).kind() && inside.match(ipaddr.parseCIDR(block));
  if (!own || !holds || !allowed.includes(length)) notFound("This service does not exist");
}

/** The original asks again every five seconds, without a word, as long as the answer is that the name does not resolve yet. */
async function untilReady<Result>(
  { cancelled }: Operation,
  limit: number,
  pause: (seconds: number) => Promise<void>,
  work: () => Promise<Result>,
): Promise<Result> {
  for (let waited = 0; ; waited += PAUSE) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof OvhError) || error.status !== 400 || cancelled.aborted) throw error;
      if (waited + PAUSE > limit)
        throw new Error(`retry duration exhausted for ovh_ip_reverse resource creation: ${error.message}`);
    }
    await pause(PAUSE);
  }
}

function pointer(address: string, name: string) {
  return { name: reverseName(address), ttl: 60, type: "PTR", content: name };
}

export function canonical(address: string): string {
  return ipaddr.parse(address).toString();
}

/** A duration of the Go language, in seconds; 0 where it is none. */
export function seconds(duration: string): number {
  const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.map(([whole]) => whole).join("") !== duration) return 0;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0), 0);
}

function wait(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}
