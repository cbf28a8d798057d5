import { canonicalAddress, domainOf } from "./addresses";
import { textOrMark } from "./lateTexts";
import {
  type Acme,
  type AddressEntry,
  type DnsModel,
  firstMachine,
  type LocalAlias,
  type MailDomain,
  type MailModel,
  type Quota,
  type RelayHost,
} from "./model";
import { platforms } from "./platforms";
import type { ValidArgs, ValidDnsArgs } from "./schema";
import { oneDkimKey } from "./schemaDomains";
import { decisions, servicePorts } from "./services";
import type { Choices } from "./services/service";
import { webNames } from "./webNames";

/** RFC 2142 sections 4 and 5: addresses that every mail domain answers. */
const roleNames = ["abuse", "postmaster"];

/** Decides everything that follows from valid args. */
export function resolve(args: ValidArgs): MailModel {
  const chosen = choices(args);
  const mailboxes = args.mailboxes.map((each) => each.address).sort();
  const postmaster = postmasterOf(args);
  const explicit = explicitAliases(args, postmaster);
  return {
    hostname: args.hostname,
    machines: [
      {
        name: firstMachine,
        hostname: args.hostname,
        platform: platforms[args.operatingSystem],
        ipv6: args.host.ovhVps?.enableIpv6 ?? args.host.ssh?.ipv6Address !== undefined,
        sshPorts: sshPorts(args),
        hostDkim: hostDkim(args),
      },
    ],
    domains: mailDomains(args),
    mailboxes,
    aliases: withCatchAlls(args, explicit),
    localAliases: localAliases(args, postmaster),
    systemAccounts: args.systemAccounts && { ...args.systemAccounts, names: [...args.systemAccounts.names].sort() },
    quota: quota(args, explicit),
    senders: senders(mailboxes, [...explicit, ...localAddresses(args, writtenLocalAliases(args))], args),
    postmaster,
    recipientDelimiter: args.recipientDelimiter,
    trustedClients: args.trustedClients,
    mailStore: args.mailStore,
    messageSizeLimit: args.messageSizeLimit,
    queueMinFree: args.queueMinFree,
    ...offeredPorts(args),
    keepClientHeaders: args.submission.keepClientHeaders,
    freeSenders: args.submission.freeSenders.map((each) => loginOf(args, each)).sort(),
    relayHost: relayHost(args),
    outboundProbe: args.outboundProbe.enabled && !args.relayHost ? args.outboundProbe.hostname : undefined,
    acme: acme(args.certificate),
    namesAccount: true,
    ports: servicePorts(chosen),
    additionalTcpPorts: args.firewall.additionalTcpPorts,
    firewall: args.firewall.enabled,
    dane: args.enableDane,
    caa: args.enableCaa,
    own: chosen.own,
    parkedDomains: [...args.parkedDomains].sort(),
  };
}

/** Decides everything that DNS records follow from. */
export function resolveDns(args: ValidDnsArgs): DnsModel {
  return {
    hostname: args.hostname,
    machines: [
      {
        name: firstMachine,
        hostname: args.hostname,
        ipv6: args.ipv6Address !== undefined,
        hostDkim: hostDkim(args),
      },
    ],
    domains: mailDomains(args),
    ports: servicePorts({
      ...offeredPorts({ ...args, additionalSubmissionPorts: [] }),
      firewall: false,
      domains: args.domains,
      own: {},
    }),
    acme: acme(args.certificate),
    namesAccount: args.acmeAccountUri !== undefined,
    dane: args.certificateSpkiSha256 !== undefined,
    caa: args.enableCaa,
    parkedDomains: [...args.parkedDomains].sort(),
  };
}

function hostDkim({ hostname, hostnameDkim, domains }: Pick<ValidDnsArgs, "hostname" | "hostnameDkim" | "domains">) {
  return domains.some(({ name }) => name === hostname) ? undefined : (hostnameDkim ?? oneDkimKey);
}

/** What decides which services there are. */
export function choices(args: Pick<ValidArgs, OfPorts | "firewall" | "domains" | "mailboxes">): Choices {
  return { ...offeredPorts(args), firewall: args.firewall.enabled, domains: args.domains, own: decisions(args) };
}

type OfPorts =
  | "enablePop3"
  | "enableSieve"
  | "enableImapStartTls"
  | "enableSubmissionStartTls"
  | "additionalSubmissionPorts";

/** Which ports there are beside those that every server has. */
function offeredPorts(args: Pick<ValidArgs, OfPorts>) {
  return {
    pop3: args.enablePop3,
    sieve: args.enableSieve,
    imapStartTls: args.enableImapStartTls,
    submissionStartTls: args.enableSubmissionStartTls,
    additionalSubmissionPorts: [...args.additionalSubmissionPorts].sort((a, b) => a - b),
  };
}

function mailDomains(args: { domains: ValidDnsArgs["domains"] }): MailDomain[] {
  return args.domains
    .map((domain) => ({
      name: domain.name,
      dkim: domain.dkim,
      dmarc: domain.dmarc,
      mtaSts: domain.mtaSts,
      enableAutoconfig: domain.enableAutoconfig,
      webNames: webNames(domain),
      spf: domain.spf,
      tlsRpt: domain.tlsRpt,
      enableSrvRecords: domain.enableSrvRecords,
      enableCaa: domain.enableCaa,
    }))
    .sort((a, b) => compare(a.name, b.name));
}

/** Exactly one authority is there once the args are accepted. */
function acme({ acme }: ValidArgs["certificate"]): Acme {
  const { directoryUrl = "", email, caaIdentity, externalAccount } = acme ?? {};
  const keyId = externalAccount && textOrMark("certificate.acme.externalAccount.keyId", externalAccount.keyId);
  return { directoryUrl, email, caaIdentity, externalKeyId: keyId };
}

function relayHost({ relayHost }: ValidArgs): RelayHost | undefined {
  if (!relayHost) return undefined;
  const { hostname, port, user } = relayHost;
  return {
    hostname: textOrMark("relayHost.hostname", hostname),
    port,
    user: user === undefined ? undefined : textOrMark("relayHost.user", user),
  };
}

/** Who receives what is sent to the people in charge. */
export function postmasterOf(args: Pick<ValidArgs, "postmaster" | "mailboxes">): string {
  return args.postmaster ?? args.mailboxes[0]?.address ?? "";
}

/** The aliases that were written down and those that RFC 2142 demands. */
export function explicitAliases(
  args: Pick<ValidArgs, "aliases" | "domains" | "mailboxes" | "roleAddresses"> & { hostname?: string },
  postmaster: string,
): AddressEntry[] {
  const mailboxes = new Set(args.mailboxes.map((each) => each.address));
  const written = new Map(args.aliases.map((each) => [each.address, unique(each.destinations)]));
  for (const { name, aliasOf } of args.domains) {
    if (aliasOf !== undefined) continue;
    // Mail for the machine's own name is not delivered by its local aliases where the name is a domain of mailboxes.
    const own = [...roleNames, ...args.roleAddresses];
    for (const role of name === args.hostname ? [...own, "root"] : own) {
      const address = `${role}@${name}`;
      if (!mailboxes.has(address) && !written.has(address)) written.set(address, [postmaster]);
    }
  }
  return sorted(new Map([...ofAliasDomains(args, [...mailboxes, ...written.keys()]), ...written]));
}

/** Names of every machine; its own mail goes to them. */
const machineNames = ["root", "postmaster", "abuse", "hostmaster"];

/** What each name of the machine stands for. */
export function localAliases(
  args: Pick<ValidArgs, "localAliases" | "roleAddresses">,
  postmaster: string,
): LocalAlias[] {
  const written = writtenLocalAliases(args);
  const own = unique([...machineNames, ...[...args.roleAddresses].sort()]).map((name) => ({
    name,
    targets: [postmaster],
  }));
  return [
    ...own.map((each) => written.find(({ name }) => name === each.name) ?? each),
    ...written.filter(({ name }) => own.every((each) => each.name !== name)),
  ];
}

function writtenLocalAliases({ localAliases }: Pick<ValidArgs, "localAliases">): LocalAlias[] {
  return localAliases
    .map(({ name, destinations }) => ({ name, targets: unique(destinations) }))
    .sort((a, b) => compare(a.name, b.name));
}

/** Names of the machine as addresses that others can write to; none where the hostname is a domain with addresses of its own. */
export function localAddresses(
  { hostname, domains }: { hostname?: string; domains: { name: string }[] },
  aliases: LocalAlias[],
): AddressEntry[] {
  if (hostname === undefined || domains.some(({ name }) => name === hostname)) return [];
  return aliases.map(({ name, targets }) => ({ address: `${name}@${hostname}`, targets }));
}

/** The name by which somebody logs in who has an address: that of the account, or the address itself. */
function loginOf(
  { systemAccounts, hostname }: Pick<ValidArgs, "systemAccounts" | "hostname">,
  address: string,
): string {
  return systemAccounts?.names.find((name) => address === `${name}@${hostname}`) ?? address;
}

/** Each address of a domain, for each domain that is its alias: a pattern for the whole domain would have Postfix accept addresses that nobody has. */
function ofAliasDomains({ domains }: Pick<ValidArgs, "domains">, addresses: string[]): [string, string[]][] {
  return domains.flatMap(({ name, aliasOf }) =>
    addresses
      .filter((address) => domainOf(address) === aliasOf)
      .map((address): [string, string[]] => [`${address.slice(0, -domainOf(address).length)}${name}`, [address]]),
  );
}

/**
 * Postfix looks up `@domain` for every address that has no entry of its own, mailboxes included; so in a domain with a catch-all
 * each mailbox gets an entry that says: itself.
 */
function withCatchAlls(args: ValidArgs, explicit: AddressEntry[]): AddressEntry[] {
  const entries = new Map(explicit.map((each) => [each.address, each.targets]));
  const catching = new Map(args.domains.map(({ name, catchAll }) => [name, catchAll]));
  for (const { name, aliasOf } of args.domains) {
    const catchAll = catching.get(aliasOf ?? name);
    if (catchAll === undefined) continue;
    entries.set(`@${name}`, [catchAll]);
    for (const { address } of args.mailboxes)
      if (domainOf(address) === name && !entries.has(address)) entries.set(address, [address]);
  }
  return sorted(entries);
}

/**
 * A mailbox may send as itself and as every alias whose mail it receives; where the args say so, as whatever its catch-all receives: Postfix looks up `@domain`
 * for addresses that have no entry of their own.
 */
function senders(
  mailboxes: string[],
  aliases: AddressEntry[],
  args: Pick<ValidArgs, "recipientDelimiter" | "domains" | "systemAccounts" | "hostname">,
): AddressEntry[] {
  const { recipientDelimiter, domains, systemAccounts, hostname } = args;
  const accounts = systemAccounts?.names.map((name) => `${name}@${hostname}`) ?? [];
  const named = (each: string) => canonicalAddress(each, recipientDelimiter);
  const targets = targetsOf(aliases, recipientDelimiter);
  const owners = new Map([...mailboxes, ...accounts].map((each) => [each, [each]]));
  const known = new Set([...mailboxes, ...accounts]);
  for (const { address } of aliases) {
    const reached = [...(owners.get(address) ?? []), ...expand(address, targets).filter((each) => known.has(each))];
    if (reached.length > 0) owners.set(address, unique(reached).sort());
  }
  for (const { name, catchAll, catchAllSends } of domains) {
    if (catchAll === undefined || !catchAllSends) continue;
    const answering = expand(named(catchAll), targets).filter((each) => known.has(each));
    for (const each of domains)
      if (answering.length > 0 && (each.name === name || each.aliasOf === name))
        owners.set(`@${each.name}`, [...answering].sort());
  }
  return sorted(new Map([...owners].map(([address, own]) => [address, own.map((each) => loginOf(args, each))])));
}

/** Limits where there are any, and which aliases they hold for, too: those that a full mailbox makes useless. */
function quota(args: ValidArgs, aliases: AddressEntry[]): Quota | undefined {
  const given = args.mailboxes.flatMap(({ address, quota }) =>
    quota === undefined ? [] : [[address, quota] as const],
  );
  const { storageSize, warningPercentage } = args.quota;
  if ([storageSize, ...given.map(([, size]) => size)].every((size) => size === "unlimited")) return undefined;
  const known = new Set(args.mailboxes.map(({ address }) => address));
  const targets = targetsOf(aliases, args.recipientDelimiter);
  return {
    storageSize,
    warningPercentage,
    ofMailbox: Object.fromEntries(given),
    aliases: aliases.flatMap(({ address }): Quota["aliases"] => {
      const [first = "", ...others] = expand(address, targets);
      return others.length === 0 && known.has(first) && !known.has(address) ? [[address, first]] : [];
    }),
  };
}

function targetsOf(aliases: AddressEntry[], delimiter: string): Map<string, string[]> {
  return new Map(
    aliases.map(({ address, targets }) => [address, targets.map((each) => canonicalAddress(each, delimiter))]),
  );
}

/** Follows aliases to the addresses at their ends. Each alias is followed once, so a loop ends. */
function expand(address: string, targets: Map<string, string[]>, seen = new Set<string>()): string[] {
  if (seen.has(address)) return [];
  seen.add(address);
  const next = targets.get(address);
  return next === undefined
    ? [address]
    : unique(next.flatMap((each) => (each === address ? [each] : expand(each, targets, seen))));
}

/** The ports on which sshd is let in: by default the one by which Pulumi comes. */
export function sshPorts({ host, firewall }: Pick<ValidArgs, "host" | "firewall">): number[] {
  return firewall.sshPorts ?? [sshPort(host)];
}

/** The port on which sshd is reached. */
export function sshPort(host: ValidArgs["host"]): number {
  return (host.ssh ?? host.ovhVps)?.port ?? 22;
}

function sorted(entries: Map<string, string[]>): AddressEntry[] {
  return [...entries].map(([address, targets]) => ({ address, targets })).sort((a, b) => compare(a.address, b.address));
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}

/** Order by code unit: the same on every machine, whatever its locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
