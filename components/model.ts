import type { DkimArgs, DmarcArgs, MtaStsArgs, SpfArgs, TlsRptArgs } from "./args";
import type { Platform } from "./platforms/platform";
import type { ServicePort } from "./services/contributions";

/**
 * What a mail server is, decided once: Postfix tables, Dovecot files, firewall ports and DNS records are all functions of it and
 * so cannot contradict each other. It holds no secret; where a text is known only when resources exist, a mark stands for it (`lateTexts.ts`).
 */
export interface MailModel {
  /** Name by which mail programs and web names know the server: that of its first machine. */
  hostname: string;
  /** At least one; so far, no args make more. */
  machines: Machine[];
  /** Sorted by name. */
  domains: MailDomain[];
  /** Addresses of the mailboxes, sorted. */
  mailboxes: string[];
  /** What each address stands for; sorted, complete (RFC 2142 roles, catch-alls and what they must not swallow). */
  aliases: AddressEntry[];
  /** What each name of the machine stands for; those that every machine has first, then sorted. */
  localAliases: LocalAlias[];
  /** People with an account on the machine. @default - none gets mail */
  systemAccounts?: SystemAccounts;
  /** Which logins may send as an address; sorted. */
  senders: AddressEntry[];
  /** How much mailboxes may hold. @default - as much as there is room */
  quota?: Quota;
  postmaster: string;
  recipientDelimiter: string;
  /** Addresses and blocks of clients that need not pass SPF or greet by a full name; in the form of cidr_table(5). */
  trustedClients: string[];
  /** Folder of the mailboxes: in it one a domain, in that one a user. */
  mailStore: string;
  /** Bytes. */
  messageSizeLimit: number;
  /** Bytes. @default - Postfix has its own relation to the size of messages */
  queueMinFree?: number;
  pop3: boolean;
  /** Whether mail is filtered by Sieve scripts. */
  sieve: boolean;
  /** Whether IMAP is served on 143, too. */
  imapStartTls: boolean;
  /** Whether mail is submitted on 587, too. */
  submissionStartTls: boolean;
  /** Further ports on which mail is submitted as on 587; ascending. */
  additionalSubmissionPorts: number[];
  /** Whether recipients are told which mail programs people use. */
  keepClientHeaders: boolean;
  /** Mailboxes that may write any address into From; sorted. */
  freeSenders: string[];
  /** Who sends mail on. */
  relayHost?: RelayHost;
  /** Mail server on port 25 that a new machine must reach. */
  outboundProbe?: string;
  acme: Acme;
  /** Ports of the services, those too that are not offered. */
  ports: ServicePort[];
  /** Ports that the stack opens for programs of its own. */
  additionalTcpPorts: number[];
  firewall: boolean;
  /** Whether CAA records name the ACME account. */
  namesAccount: boolean;
  /** Whether the certificate's key is published. */
  dane: boolean;
  /** Whether CAA records are published for the hostname. */
  caa: boolean;
  /** What services alone know of their members of the args, by the names of the services. */
  own: Record<string, unknown>;
  /** Names that neither send nor receive mail; sorted. */
  parkedDomains: string[];
}

/** A machine of the server. */
export interface Machine {
  /** Tells it from the others, in names of resources and records and in facts. */
  name: string;
  /** Its own name: in its greeting, its certificate, its reverse DNS and an MX record of each domain. */
  hostname: string;
  platform: Platform;
  /** Whether every service listens, sends and is published on IPv6 too. */
  ipv6: boolean;
  /** Ports on which sshd is let in. */
  sshPorts: number[];
  /** Keys of its hostname, for its own mail; undefined where that is one of the domains, or signs nothing. */
  hostDkim?: Dkim;
}

/** The first machine's name. It stands in no names of resources and records: they are called after the server. */
export const firstMachine = "first";

/** The model as one machine has it: what its roles are a function of. */
export type MachineModel = MailModel & Machine;

/** The model as a machine has it. @default machine - the first */
export function onMachine(model: MailModel, machine: Machine = model.machines[0] as Machine): MachineModel {
  return { ...model, ...machine };
}

/** What records say of a machine. */
export type DnsMachine = Pick<Machine, "name" | "hostname" | "ipv6" | "hostDkim">;

/** The part of the model that DNS records are a function of. */
export type DnsModel = Pick<
  MailModel,
  "hostname" | "domains" | "ports" | "acme" | "namesAccount" | "dane" | "caa" | "parkedDomains"
> & { machines: DnsMachine[] };

/** A mail domain. */
export interface MailDomain {
  name: string;
  dkim: Dkim;
  dmarc: DmarcArgs;
  mtaSts?: MtaSts;
  /** Whether mail programs find their settings by themselves. */
  enableAutoconfig: boolean;
  /** Names that a web server answers for the domain; sorted. */
  webNames: string[];
  /** Who else may send for the domain. */
  spf?: SpfArgs;
  /** Addresses that receive reports of failed TLS deliveries. */
  tlsRpt?: TlsRptArgs;
  /** Whether SRV records lead mail programs here. */
  enableSrvRecords: boolean;
  /** Whether CAA records hold for the whole domain. */
  enableCaa: boolean;
}

/** Which keys a domain has, and which of them signs. */
export type Dkim = Required<DkimArgs>;

/** A server that sends mail on, and the name to log in there with. */
export interface RelayHost {
  hostname: string;
  port: number;
  user?: string;
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

/** A name of the machine, without a domain. */
export interface LocalAlias {
  name: string;
  targets: string[];
}

/** People with an account on the machine, who log in by its name. */
export interface SystemAccounts {
  /** Sorted. */
  names: string[];
  enableForwardFiles: boolean;
}

/** How much mailboxes may hold; sizes as Dovecot writes them. */
export interface Quota {
  /** Of each mailbox that has no other. */
  storageSize: string;
  /** At which its owner is told. */
  warningPercentage: number;
  /** By address. */
  ofMailbox: Record<string, string>;
  /** Aliases whose mail goes to one mailbox and nowhere else; sorted. */
  aliases: [alias: string, mailbox: string][];
}

/** An address and what belongs to it. */
export interface AddressEntry {
  address: string;
  targets: string[];
}
