import { isIPv4 } from "node:net";
import { failure, type ResourceType } from "../standIn";
import { isUnknown, type Values } from "../values";
import { notFound, type OvhApi, OvhError, type OvhFirewall, type OvhRule, type OvhState } from "./api";
import { edgeRuleset } from "./edge";
import { requireBlock } from "./reverse";

/** Most rules that one address can have. */
const MOST_RULES = 20;
const PROTOCOLS = ["ah", "esp", "gre", "icmp", "ipv4", "tcp", "udp"];

const where = (ip: unknown, address: unknown) => `/ip/${encodeURIComponent(String(ip))}/firewall/${address}`;

/** `ovh.ip.Firewall`: the firewall at the network's edge, of one IPv4 address. */
export function firewall(api: OvhApi): ResourceType {
  return {
    token: "ovh:Ip/firewall:Firewall",
    secrets: [],
    computed: ["state"],
    replaceOn: ["ip", "ipOnFirewall"],
    check(inputs) {
      api.logIn();
      return { inputs: { enabled: false, ...inputs }, failures: ipv4Only(inputs) };
    },
    // `POST /ip/{ip}/firewall` takes nothing but the address, and what it makes is off: the provider switches it on by a second request
    // (since 2.11, https://github.com/ovh/terraform-provider-ovh/pull/1204).
    async create({ ip, ipOnFirewall, enabled }) {
      const address = String(ipOnFirewall);
      api.call("POST", `/ip/${encodeURIComponent(String(ip))}/firewall`, (state) => {
        requireBlock(state, block(ip), address);
        if (state.firewalls[address] !== undefined) throw new OvhError(409, "This firewall already exists");
        state.firewalls[address] = { enabled: false, rules: [] };
      });
      if (enabled === true) await enable(api, ip, address, true);
      return { id: String(ip), outputs: { enabled, state: "ok" } };
    },
    async read({ ip, ipOnFirewall }, { id }) {
      // An import names the address after the block.
      const cut = id.lastIndexOf("/");
      const [network, address] =
        ipOnFirewall === undefined ? [id.slice(0, cut), id.slice(cut + 1)] : [String(ip), String(ipOnFirewall)];
      const { enabled } = calling("Get", where(network, address), (path) =>
        api.call("GET", path, (state) => found(state, address)),
      );
      return { id: network, inputs: { ip: network, ipOnFirewall: address, enabled }, outputs: { state: "ok" } };
    },
    async update(_before, { ip, ipOnFirewall, enabled }) {
      await enable(api, ip, ipOnFirewall, enabled === true);
      return { enabled, state: "ok" };
    },
    async delete({ ip, ipOnFirewall }) {
      calling("Delete", where(ip, ipOnFirewall), (path) =>
        api.call("DELETE", path, (state) => {
          found(state, ipOnFirewall);
          delete state.firewalls[String(ipOnFirewall)];
        }),
      );
      await takeEffect(api);
    },
  };
}

/** `ovh.ip.FirewallRule`: one of the twenty rules. They are tried in their order, without any memory of connections. */
export function firewallRule(api: OvhApi): ResourceType {
  return {
    token: "ovh:Ip/firewallRule:FirewallRule",
    secrets: [],
    computed: ["creationDate", "destination", "destinationPortDesc", "rule", "sourcePortDesc", "state"],
    replaceOn: "any",
    check(inputs) {
      api.logIn();
      return { inputs, failures: [...ipv4Only(inputs), ...ruleFailures(inputs)] };
    },
    async create(inputs) {
      const rule = ruleOf(inputs);
      const address = String(inputs.ipOnFirewall);
      api.call("POST", `${where(inputs.ip, address)}/rule`, (state) => {
        const { rules } = found(state, address);
        if (rules.some(({ sequence }) => sequence === rule.sequence))
          throw new OvhError(409, `A rule with sequence ${rule.sequence} already exists`);
        rules.push(rule);
        rules.sort((one, other) => one.sequence - other.sequence);
      });
      await takeEffect(api);
      return { id: String(inputs.ip), outputs: described(rule, address) };
    },
    async read({ ip, ipOnFirewall, sequence }, { id }) {
      const [network = "", address = "", number] =
        ipOnFirewall === undefined ? id.split("|") : [ip, ipOnFirewall, sequence].map(String);
      const rule = calling("Get", `${where(network, address)}/rule/${number}`, (path) =>
        api.call("GET", path, (state) => ruleAt(state, address, number)),
      );
      const inputs = { ...rule, ip: network, ipOnFirewall: address };
      return { id: network, inputs, outputs: described(rule, address) };
    },
    async delete({ ip, ipOnFirewall, sequence }) {
      calling("Delete", `${where(ip, ipOnFirewall)}/rule/${sequence}`, (path) =>
        api.call("DELETE", path, (state) => {
          const [held, gone] = [found(state, ipOnFirewall), ruleAt(state, ipOnFirewall, sequence)];
          held.rules = held.rules.filter((each) => each !== gone);
        }),
      );
      await takeEffect(api);
    },
  };
}

function enable(api: OvhApi, ip: unknown, address: unknown, enabled: boolean): Promise<void> {
  api.call("PUT", where(ip, address), (state) => {
    found(state, address).enabled = enabled;
  });
  return takeEffect(api);
}

function takeEffect(api: OvhApi): Promise<void> {
  return api.world.filter(edgeRuleset(api.account.state().firewalls));
}

function found(state: OvhState, address: unknown): OvhFirewall {
  return state.firewalls[String(address)] ?? notFound("The requested object (ipOnFirewall) does not exist");
}

function ruleAt(state: OvhState, address: unknown, sequence: unknown): OvhRule {
  const rule = found(state, address).rules.find((each) => each.sequence === Number(sequence));
  return rule ?? notFound("The requested object (sequence) does not exist");
}

/** The original takes what is gone for an error, in every refresh and when it is to be deleted. */
function calling<Result>(verb: "Get" | "Delete", path: string, work: (path: string) => Result): Result {
  try {
    return work(path);
  } catch (error) {
    throw new Error(`Error calling ${verb} ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

function block(ip: unknown): string {
  return String(ip).includes("/") ? String(ip) : `${ip}/32`;
}

function ipv4Only({ ipOnFirewall }: Values) {
  const fine = isUnknown(ipOnFirewall) || isIPv4(String(ipOnFirewall));
  return failure("ipOnFirewall", fine, `[ipOnFirewall] Given data (${ipOnFirewall}) is not valid for type ipv4`);
}

function ruleFailures({ action, protocol, sequence, tcpOption }: Values) {
  const oneOf = (property: string, value: unknown, allowed: string[]) =>
    failure(
      property,
      value === undefined || isUnknown(value) || allowed.includes(String(value)),
      `value must be one of: ${JSON.stringify(allowed)}, got: ${JSON.stringify(value)}`,
    );
  const number = Number(sequence);
  return [
    ...oneOf("action", action, ["permit", "deny"]),
    ...oneOf("protocol", protocol, PROTOCOLS),
    ...oneOf("tcpOption", tcpOption, ["established", "syn"]),
    ...failure("tcpOption", tcpOption === undefined || protocol === "tcp", "is for the protocol tcp only"),
    ...failure(
      "sequence",
      isUnknown(sequence) || (Number.isInteger(number) && number >= 0 && number < MOST_RULES),
      `value must be between 0 and ${MOST_RULES - 1}, got: ${sequence}`,
    ),
  ];
}

function ruleOf({
  sequence,
  action,
  protocol,
  source,
  sourcePort,
  destinationPort,
  tcpOption,
  fragments,
}: Values): OvhRule {
  const given = { source, sourcePort, destinationPort, tcpOption, fragments };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return { ...set, sequence: Number(sequence), action: String(action), protocol: String(protocol) };
}

function described({ action, protocol, sourcePort, destinationPort }: OvhRule, address: string): Values {
  const port = (number?: number) => (number === undefined ? "" : `eq ${number}`);
  return {
    creationDate: new Date().toISOString(),
    destination: `${address}/32`,
    destinationPortDesc: port(destinationPort),
    rule: `${action} ${protocol} any ${address}/32 ${port(destinationPort)}`.trim(),
    sourcePortDesc: port(sourcePort),
    state: "ok",
  };
}
