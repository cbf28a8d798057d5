import { canonicalAddress } from "./addresses";
import type { DkimArgs, DmarcArgs, MtaStsArgs, RelayHostArgs, SpfArgs } from "./args";
import { OperatingSystem } from "./args";
import { oneDkimKey, type ValidArgs, type ValidDnsArgs } from "./schema";

/**
 * What a mail server is, decided once: Postfix tables, Dovecot files, firewall ports and DNS records are all functions of it and
 * so cannot contradict each other. It holds no secret and nothing that is known only when resources exist.
 */
export interface MailModel {
  hostname: string;
  platform: Platform;
  /** Whether every service listens, sends and is published on IPv6 too. */
  ipv6: boolean;
  /** Sorted by name. */
  domains: MailDomain[];
  /** Addresses of the mailboxes, sorted. */
  mailboxes: string[];
  /** Keys of the hostname, for the machine's own mail; undefined where it is one of the domains, or signs nothing. */
  hostDkim?: Dkim;
  /** What each address stands for; sorted, complete (RFC 2142 roles, catch-alls and what they must not swallow). */
  aliases: AddressEntry[];
  /** Which mailboxes may send as an address; sorted. */
  senders: AddressEntry[];
  postmaster: string;
  recipientDelimiter: string;
  /** Addresses and blocks of clients that need not pass SPF or greet by a full name; in the form of cidr_table(5). */
  trustedClients: string[];
  /** Bytes. */
  messageSizeLimit: number;
  pop3: boolean;
  /** Whether recipients are told which mail programs people use. */
  keepClientHeaders: boolean;
  /** Mailboxes that may write any address into From; sorted. */
  freeSenders: string[];
  /** Who sends mail on. */
  relayHost?: RelayHost;
  acme: Acme;
  /** Ports that the machine listens on for the world, SSH included. */
  ports: Port[];
  firewall: boolean;
  /** Whether the certificate's key is published. */
  dane: boolean;
  /** Whether CAA records are published for the hostname. */
  caa: boolean;
  /** What the stack adds to the daemons' files. */
  additions: Additions;
  /** Names that neither send nor receive mail; sorted. */
  parkedNames: string[];
}

/** The part of the model that DNS records are a function of. */
export type DnsModel = Pick<
  MailModel,
  "hostname" | "ipv6" | "domains" | "hostDkim" | "pop3" | "acme" | "dane" | "caa" | "parkedNames"
>;

/** An operating system and the versions that decide how files are written. */
export interface Platform {
  /** `ID` and `VERSION_ID` of `/etc/os-release`. */
  id: string;
  versionId: string;
  /** Postfix up to 3.9 cannot redact the client's address by itself. */
  postfix: "3.7" | "3.10";
  /** The two have different configuration languages. */
  dovecot: "2.3" | "2.4";
  /** Since 3.5, key exchange withstands quantum computers. */
  openssl: "3.0" | "3.5";
}

/** A mail domain. */
export interface MailDomain {
  name: string;
  dkim: Dkim;
  dmarc: DmarcArgs;
  mtaSts?: MtaSts;
  /** Whether mail programs find their settings by themselves. */
  autoconfig: boolean;
  /** Names that a web server answers for the domain; sorted. */
  webNames: string[];
  /** Who else may send for the domain. */
  spf?: SpfArgs;
  /** Addresses that receive reports of failed TLS deliveries. */
  tlsReports?: string[];
  /** Whether SRV records lead mail programs here. */
  clientRecords: boolean;
  /** Whether CAA records hold for the whole domain. */
  caa: boolean;
}

/** Which keys a domain has, and which of them signs. */
export type Dkim = Required<DkimArgs>;

/** A server that sends mail on, and the name to log in there with. */
export type RelayHost = Required<Pick<RelayHostArgs, "hostname" | "port">> & Pick<RelayHostArgs, "user">;

/** What stands last in a daemon's file. */
export interface Additions {
  mainCf: Record<string, string>;
  masterCf: string[];
  /** Text, empty or whole lines. */
  dovecot: string;
  /** Text, empty or whole lines. */
  opendkim: string;
}

/** An MTA-STS policy. */
export type MtaSts = Required<MtaStsArgs>;

/** The authority that issues the certificates. */
export interface Acme {
  directoryUrl: string;
  email?: string;
  caaIdentity?: string;
  /** Of the account with the authority that the ACME account is bound to. */
  externalKeyId?: string;
}

/** An address and what belongs to it. */
export interface AddressEntry {
  address: string;
  targets: string[];
}

/** A TCP port that is open to the world. */
export interface Port {
  number: number;
  /** The service, as in the IANA registry. */
  service: string;
}

const platforms: Record<OperatingSystem, Platform> = {
  [OperatingSystem.Debian12]: { id: "debian", versionId: "12", postfix: "3.7", dovecot: "2.3", openssl: "3.0" },
  [OperatingSystem.Debian13]: { id: "debian", versionId: "13", postfix: "3.10", dovecot: "2.4", openssl: "3.5" },
};

/** RFC 2142 sections 4 and 5: addresses that every mail domain answers. */
const roleNames = ["abuse", "postmaster"];

/** Decides everything that follows from valid args. */
export function resolve(args: ValidArgs): MailModel {
  const mailboxes = args.mailboxes.map((each) => each.address).sort();
  const postmaster = postmasterOf(args);
  const explicit = explicitAliases(args, postmaster);
  return {
    hostname: args.hostname,
    platform: platforms[args.operatingSystem],
    ipv6: args.host.ovhVps?.ipv6 ?? args.host.ssh?.addressV6 !== undefined,
    domains: mailDomains(args),
    mailboxes,
    hostDkim: hostDkim(args),
    aliases: withCatchAlls(args, explicit),
    senders: senders(mailboxes, explicit, args),
    postmaster,
    recipientDelimiter: args.recipientDelimiter,
    trustedClients: args.trustedClients,
    messageSizeLimit: args.messageSizeLimit,
    pop3: args.enablePop3,
    keepClientHeaders: args.submission.keepClientHeaders,
    freeSenders: [...args.submission.freeSenders].sort(),
    relayHost: relayHost(args),
    acme: acme(args.certificate),
    ports: ports(args),
    firewall: args.firewall.enabled,
    dane: args.dane,
    caa: args.caa,
    additions: { ...args.postfix, dovecot: args.dovecot.conf, opendkim: args.opendkim.conf },
    parkedNames: [...args.parkedNames].sort(),
  };
}

/** Decides everything that DNS records follow from. */
export function resolveDns(args: ValidDnsArgs): DnsModel {
  return {
    hostname: args.hostname,
    ipv6: args.addressV6 !== undefined,
    domains: mailDomains(args),
    hostDkim: hostDkim(args),
    pop3: args.enablePop3,
    acme: acme(args.certificate),
    dane: args.certificateKey !== undefined,
    caa: args.caa,
    parkedNames: [...args.parkedNames].sort(),
  };
}

function hostDkim({ hostname, hostnameDkim, domains }: Pick<ValidDnsArgs, "hostname" | "hostnameDkim" | "domains">) {
  return domains.some(({ name }) => name === hostname) ? undefined : (hostnameDkim ?? oneDkimKey);
}

function mailDomains(args: { domains: ValidDnsArgs["domains"] }): MailDomain[] {
  return args.domains
    .map((domain) => ({
      name: domain.name,
      dkim: domain.dkim,
      dmarc: domain.dmarc,
      mtaSts: domain.mtaSts,
      autoconfig: domain.autoconfig,
      webNames: webNames(domain),
      spf: domain.spf,
      tlsReports: domain.tlsReports,
      clientRecords: domain.clientRecords,
      caa: domain.caa,
    }))
    .sort((a, b) => compare(a.name, b.name));
}

/** Exactly one authority is there once the args are accepted. */
function acme({ acme }: ValidArgs["certificate"]): Acme {
  const { directoryUrl = "", email, caaIdentity, externalAccount } = acme ?? {};
  return { directoryUrl, email, caaIdentity, externalKeyId: externalAccount?.keyId };
}

function relayHost({ relayHost }: ValidArgs): RelayHost | undefined {
  return relayHost && { hostname: relayHost.hostname, port: relayHost.port, user: relayHost.user };
}

/** The names at which a domain needs a web server, sorted. */
export function webNames({ name, mtaSts, autoconfig }: Pick<MailDomain, "name" | "mtaSts" | "autoconfig">): string[] {
  const hosts = [...(autoconfig ? ["autoconfig", "autodiscover"] : []), ...(mtaSts ? ["mta-sts"] : [])];
  return hosts.map((host) => `${host}.${name}`);
}

/** Who receives what is sent to the people in charge. */
export function postmasterOf(args: Pick<ValidArgs, "postmaster" | "mailboxes">): string {
  return args.postmaster ?? args.mailboxes[0]?.address ?? "";
}

/** The aliases that were written down and those that RFC 2142 demands. */
export function explicitAliases(
  args: Pick<ValidArgs, "aliases" | "domains" | "mailboxes"> & { hostname?: string },
  postmaster: string,
): AddressEntry[] {
  const mailboxes = new Set(args.mailboxes.map((each) => each.address));
  const written = new Map(args.aliases.map((each) => [each.address, unique(each.destinations)]));
  for (const { name, aliasOf } of args.domains) {
    if (aliasOf !== undefined) continue;
    // Mail for the machine's own name is not delivered by its local aliases where the name is a domain of mailboxes.
    for (const role of name === args.hostname ? [...roleNames, "root"] : roleNames) {
      const address = `${role}@${name}`;
      if (!mailboxes.has(address) && !written.has(address)) written.set(address, [postmaster]);
    }
  }
  return sorted(new Map([...ofAliasDomains(args, [...mailboxes, ...written.keys()]), ...written]));
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
  { recipientDelimiter, domains }: Pick<ValidArgs, "recipientDelimiter" | "domains">,
): AddressEntry[] {
  const named = (each: string) => canonicalAddress(each, recipientDelimiter);
  const targets = new Map(aliases.map((each) => [each.address, each.targets.map(named)]));
  const owners = new Map(mailboxes.map((each) => [each, [each]]));
  const known = new Set(mailboxes);
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
  return sorted(owners);
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

/** Every TCP port that the machine listens on for the world. */
export function ports(args: Pick<ValidArgs, "host" | "firewall" | "enablePop3" | "domains">): Port[] {
  const ssh = (args.firewall.sshPorts ?? [sshPort(args.host)]).map((number) => ({ number, service: "ssh" }));
  const more = args.firewall.morePorts.map((number) => ({ number, service: "added" }));
  return [...ssh, ...servicePorts(args), ...more].sort((a, b) => a.number - b.number);
}

/** The ports of the mail server's own services. */
export function servicePorts({ enablePop3, domains }: Pick<ValidArgs, "enablePop3" | "domains">): Port[] {
  const mail = [
    { number: 25, service: "smtp" },
    { number: 80, service: "http" },
    { number: 143, service: "imap" },
    { number: 465, service: "submissions" },
    { number: 587, service: "submission" },
    { number: 993, service: "imaps" },
  ];
  const pop3 = [
    { number: 110, service: "pop3" },
    { number: 995, service: "pop3s" },
  ];
  const web = domains.some((domain) => webNames(domain).length > 0) ? [{ number: 443, service: "https" }] : [];
  return [...mail, ...web, ...(enablePop3 ? pop3 : [])];
}

/** The port on which sshd is reached. */
export function sshPort(host: ValidArgs["host"]): number {
  return (host.ssh ?? host.ovhVps)?.port ?? 22;
}

/** The part of an address after the `@`. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
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
