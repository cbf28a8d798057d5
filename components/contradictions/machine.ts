import { acmeAuthorities } from "../acmeAuthorities";
import { edgeRules, mostEdgeRules } from "../host/edgeRules";
import { choices, sshPort, sshPorts } from "../resolve";
import { servicePorts } from "../services";
import { openPorts } from "../services/openPorts";
import { smtpdSpace } from "../services/postfix/room";
import { formatValue, type PartialArgs, type Problem, requireExactlyOne } from "./problem";

/** What to buy or to take, and how to know it. */
export function ovhVpsProblems(args: PartialArgs): Problem[] {
  const vps = args.host?.ovhVps;
  if (!vps) return [];
  const { trustOnFirstUse, ...others } = vps;
  const trust = trustOnFirstUse ? { ...others, trustOnFirstUse } : others;
  return [
    ...requireExactlyOne("host.ovhVps", vps, ["serviceName", "order"]),
    ...requireExactlyOne("host.ovhVps", trust, ["hostKey", "trustOnFirstUse"]),
    ...(vps.ipv6Address !== undefined && !vps.enableIpv6
      ? [
          {
            propertyPath: "host.ovhVps.ipv6Address",
            reason: "is given although enableIpv6 is false; leave one of them out",
          },
        ]
      : []),
    ...(vps.enableEdgeFirewall ? edgeFirewallProblems(edgeRules(openPorts(portsOf(args)), vps.port).length) : []),
  ];
}

function portsOf({ host = {}, ...args }: PartialArgs) {
  return {
    ports: servicePorts(choices(args)),
    sshPorts: sshPorts({ ...args, host }),
    additionalTcpPorts: args.firewall.additionalTcpPorts,
  };
}

function edgeFirewallProblems(count: number): Problem[] {
  if (count <= mostEdgeRules) return [];
  const reason = `would need ${count} rules, and OVH's edge firewall has ${mostEdgeRules}; name fewer firewall.sshPorts, or leave it off`;
  return [{ propertyPath: "host.ovhVps.enableEdgeFirewall", reason }];
}

/** Of the ports that the server could have, those that it does not use are free for others: 443 for webmail, say. */
export function firewallProblems(args: PartialArgs): Problem[] {
  const offered = portsOf(args).ports.filter((port) => port.offered);
  const mailPorts = new Set(offered.map(({ number }) => number));
  const named = args.firewall.sshPorts?.map((number, index) => ({ number, path: `firewall.sshPorts[${index}]` }));
  const { host = {} } = args;
  const reached = host.ovhVps ? "host.ovhVps.port" : "host.ssh.port";
  const ssh = named ?? [{ number: sshPort(host), path: reached }];
  const more = args.firewall.additionalTcpPorts.map((number, index) => ({
    number,
    path: `firewall.additionalTcpPorts[${index}]`,
  }));
  const opened = new Set([...mailPorts, ...ssh.map(({ number }) => number)]);
  return [
    ...ssh
      .filter(({ number }) => mailPorts.has(number))
      .map(({ number, path }) => ({
        propertyPath: path,
        reason: `${number} is a port of the mail server; give the port on which sshd listens`,
      })),
    ...more
      .filter(({ number }, index) => opened.has(number) || more.findIndex((each) => each.number === number) < index)
      .map(({ number, path }) => ({
        propertyPath: path,
        reason: `${number} is a port of the mail server, of SSH, or there already; leave it out`,
      })),
  ];
}

/** A further port of submission is no port that a service has already. */
export function submissionPortProblems(args: PartialArgs): Problem[] {
  const others = portsOf({ ...args, additionalSubmissionPorts: [] }).ports;
  const taken = new Map(others.flatMap(({ offered, number, name }) => (offered ? [[number, name]] : [])));
  return args.additionalSubmissionPorts.flatMap((number, index, all) => {
    const propertyPath = `additionalSubmissionPorts[${index}]`;
    const owner = taken.get(number);
    if (number === 587 && owner === undefined)
      return [{ propertyPath, reason: "587 is switched off by enableSubmissionStartTls; leave one of them out" }];
    if (owner !== undefined)
      return [{ propertyPath, reason: `${number} is the mail server's port of ${owner}; give one that is free` }];
    return all.indexOf(number) < index ? [{ propertyPath, reason: `${number} is there already; leave it out` }] : [];
  });
}

/** An account is opened late in the first activation: what the authority is known to demand is said before. */
export function certificateProblems({ certificate }: PartialArgs): Problem[] {
  const { directoryUrl = "", externalAccount } = certificate.acme ?? {};
  const authority = acmeAuthorities[directoryUrl];
  if (!authority?.demandsExternalAccount || externalAccount) return [];
  const reason = `is missing, and ${authority.name} opens an ACME account for its own customers only; give { keyId, hmacKey } as it shows them for ACME clients (EAB)`;
  return [{ propertyPath: "certificate.acme.externalAccount", reason }];
}

/** Postfix warns of less than a message and a half, as it could not take the largest then. */
export function queueProblems({ queueMinFree, messageSizeLimit }: PartialArgs): Problem[] {
  const least = Math.ceil(smtpdSpace * messageSizeLimit);
  if (queueMinFree === undefined || queueMinFree >= least) return [];
  const reason = `${queueMinFree} is less than 1.5 times messageSizeLimit (${least}); give that or more, or leave it out`;
  return [{ propertyPath: "queueMinFree", reason }];
}

/** Who logs in needs both, and a server that relays to itself sends nothing. */
export function relayHostProblems({ relayHost, hostname }: PartialArgs): Problem[] {
  if (!relayHost) return [];
  const { user, password } = relayHost;
  const alone = user === undefined ? "password" : "user";
  return [
    ...((user === undefined) === (password === undefined)
      ? []
      : [{ propertyPath: `relayHost.${alone}`, reason: "is given alone; give user and password, or neither" }]),
    ...(relayHost.hostname === hostname
      ? [
          {
            propertyPath: "relayHost.hostname",
            reason: `${formatValue(hostname)} is this server itself; name another, or leave relayHost out`,
          },
        ]
      : []),
  ];
}
