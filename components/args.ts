// Written by `npm run args`: what stands here is declared in schema*.ts, services/*/settings.ts and dns/providers/.

import type { Input } from "@pulumi/pulumi";
import type {
  AccessAction,
  CheckAction,
  ClientCheck,
  ConflictingRecords,
  DmarcAlignment,
  DmarcPolicy,
  DmarcPsd,
  FirewallManager,
  MtaStsMode,
  OperatingSystem,
  PatternType,
  RecipientClass,
  RoleAddress,
  SenderClass,
  SpfAll,
  TsigAlgorithm,
} from "./enums";

export * from "./enums";

/**
 * Args of a mail server. They are plain nested data: the structure is the same in TypeScript, in other languages and in
 * a stack's configuration file.
 */
export interface MailServerArgs {
  /**
   * Fully qualified name of the machine: the name in its SMTP greeting, in its certificate, in its reverse DNS and in
   * every MX record. It must not be the name of a web site's CNAME.
   * @example "mail.example.org"
   */
  hostname: string;

  /** The machine. */
  host: HostArgs;

  /** Operating system of the machine. It is compared with what the machine itself reports. */
  operatingSystem: OperatingSystem;

  /** The mail domains. At least one. */
  domains: DomainArgs[];

  /**
   * People's mailboxes. Sub-addresses (`anna+shop@…`) arrive in the mailbox without being listed.
   * @default - none: every address is an alias
   */
  mailboxes?: MailboxArgs[];

  /**
   * Addresses whose mail goes to other addresses.
   * @default - none but `postmaster@` and `abuse@` of each domain, which RFC 2142 demands and which go to `postmaster`
   */
  aliases?: AliasArgs[];

  /**
   * Names of the machine itself, as `/etc/aliases` has them: mail to `NAME@localhost`, and to `NAME@` the hostname
   * where that is none of `domains`, goes to their destinations. What programs of the machine send to a name alone goes
   * there, too.
   * @default - none but `root`, `postmaster`, `abuse` and `hostmaster`, which go to `postmaster`
   */
  localAliases?: LocalAliasArgs[];

  /**
   * Names of RFC 2142 that each domain, and the machine, answers beside `postmaster` and `abuse`. Their mail goes to
   * `postmaster`, but for those that are a mailbox or an alias.
   * @default - none
   * @example ["hostmaster", "webmaster", "security"]
   */
  roleAddresses?: RoleAddress[];

  /**
   * People who have an account on the machine itself. They get mail as `NAME@` the hostname, which must be none of
   * `domains`, in `~/Maildir`, and log in with their names and the passwords of their accounts (PAM), over TLS only.
   * `root` never logs in.
   * @default - no account of the machine gets mail
   */
  systemAccounts?: SystemAccountsArgs;

  /**
   * Address that receives what is sent to `postmaster@` and `abuse@` of each domain and to `root` of the machine.
   * @default - the first mailbox
   */
  postmaster?: string;

  /**
   * Characters that separate the name of a mailbox from a sub-address, up to four of `+ = _ . ~ # -`. The empty string
   * switches sub-addresses off (Postfix `recipient_delimiter`).
   * @default "+"
   */
  recipientDelimiter?: string;

  /**
   * Whether the machine can send: a connection from it to port 25 of another mail server. Most providers keep that port
   * shut until they are asked. A machine that does not get out by IPv4 is refused before anything is changed on it, as
   * mail would stay in its queue; one that does not by IPv6 gets a warning. With `relayHost`, nothing is asked.
   * @default - a new machine must reach `smtp.google.com`
   */
  outboundProbe?: OutboundProbeArgs;

  /**
   * Whether the key of the server's certificate is published for port 25 (DANE, RFC 7672), so that senders insist on
   * it. It counts only where the zone is signed with DNSSEC. The key stays the same over renewals.
   * @default true
   */
  enableDane?: boolean;

  /**
   * Whether the machine calls itself `hostname`, too (hostname(1), `/etc/hostname`). The mail server does not need it:
   * Postfix and all others are told their name. Programs besides it write mail and logs by the machine's own name.
   * `pulumi destroy` gives the earlier name back.
   * @default false
   */
  setHostname?: boolean;

  /** The firewall on the machine. @default - UFW lets in the ports in use and SSH, and nothing else */
  firewall?: FirewallArgs;

  /**
   * Whether fail2ban shuts out addresses that guess passwords: for an hour after ten wrong ones within ten minutes, by
   * IMAP, POP3 and submission together, and after five by SSH. Port 25 stays open to them. Never shut out are the
   * machine itself, addresses that it was lately deployed from, and `neverBanned`.
   * @default true
   */
  enableFail2ban?: boolean;

  /**
   * Addresses, or blocks such as `203.0.113.0/24`, that fail2ban never shuts out: an office whose people share one, a
   * webmail on another machine.
   * @default - none
   */
  neverBanned?: string[];

  /** Additional configuration of OpenDKIM. @default - none */
  opendkim?: OpendkimArgs;

  /** Sieve scripts for the mail of all mailboxes. Needs `enableSieve`. @default - none */
  sieve?: SieveArgs;

  /**
   * Folder of the mailboxes, in which each domain has one, and in that each user: a path of its own, which may be a
   * file system of its own. An `up` makes it, and gives it to the account `vmail`. Where mail lies in another one
   * already, [it is moved by hand](docs/mailboxes.md#where-the-mail-lies) first.
   * @default "/var/mail/vhosts"
   * @example "/var/vmail"
   */
  mailStore?: string;

  /**
   * How much mail a mailbox may hold (Dovecot's quota). Mail to a full one is refused before it is taken (552 5.2.2),
   * from strangers and from who logs in, so that nobody gets a bounce; what was taken is delivered. Mail programs see
   * it by IMAP (RFC 9208).
   * @default - no limits
   */
  quota?: QuotaArgs;

  /** Additional configuration of Dovecot. @default - none */
  dovecot?: DovecotArgs;

  /**
   * Further ports on which mail is submitted as on 587: after STARTTLS and a login. For networks that let no other mail
   * port through. They stand in no SRV record, and last in the client settings.
   * @default - none
   * @example [2525]
   */
  additionalSubmissionPorts?: number[];

  /**
   * Addresses, or blocks such as `203.0.113.0/24`, of machines that hand in mail for this server's addresses and are
   * not checked further: a backup MX or an old provider that forwards, whose mail fails SPF, and devices and servers
   * that greet with a name of one label. They may not send to addresses elsewhere.
   * @default - none
   */
  trustedClients?: string[];

  /**
   * Largest message accepted, in bytes, headers and encoding included (Postfix `message_size_limit`). Encoding makes
   * attachments a third larger.
   * @default 52428800
   */
  messageSizeLimit?: number;

  /**
   * Bytes that must be free where the queue lies, or mail is put off (452 4.3.1; Postfix `queue_minfree`): 1.5 times
   * `messageSizeLimit` or more. `mailserver drift` warns when twice as much is left.
   * @default - 1.5 times `messageSizeLimit`
   */
  queueMinFree?: number;

  /**
   * Rules for the mail that users submit after a login, on 465 and 587.
   * @default - own addresses only; headers that tell of the mail program are removed
   */
  submission?: SubmissionArgs;

  /**
   * A server that takes all mail for others and sends it on (Postfix `relayhost`). It is for machines whose provider
   * blocks connections to port 25, or whose address has a bad reputation. The SPF record of each domain must name it,
   * too: `domains[].spf`.
   * @default - mail goes straight to the servers of its recipients
   */
  relayHost?: RelayHostArgs;

  /** Rules for mail, and additional configuration of Postfix. @default - none */
  postfix?: PostfixArgs;

  /** Tools for whoever logs in to the machine. The mail server needs none of them. @default - none */
  tools?: ToolsArgs;

  /**
   * Security updates that the machine installs by itself, once a day (unattended-upgrades, of Debian's security archive
   * alone). A daemon is restarted when its own package, or a library that it uses (needrestart), has changed. What goes
   * wrong is written to `root`, which is the postmaster. `{}` switches it on.
   * @default - what the machine does already
   */
  unattendedUpgrades?: UnattendedUpgradesArgs;

  /**
   * DKIM keys of `hostname`. They sign bounces, delivery reports and what programs of the machine write. Not for a
   * hostname that is one of `domains`: there, the keys of that domain sign.
   * @default - one key, at the selector `mail`
   */
  hostnameDkim?: DkimArgs;

  /** The server's TLS certificate. @default - Let's Encrypt: `{ acme: {} }` */
  certificate?: CertificateArgs;

  /**
   * Whether mail is filtered by Sieve scripts (RFC 5228) as it arrives: those of `sieve`, and each person's own, which
   * mail programs keep on the server by ManageSieve (RFC 5804), on port 4190 with STARTTLS. A script can file mail into
   * folders, answer while somebody is away, and redirect to up to four addresses; the mailbox is then the sender in the
   * envelope, for the sake of SPF. Mail that a script fails on stays in the inbox.
   * @default false
   */
  enableSieve?: boolean;

  /** Whether POP3 is served on 110 (STARTTLS) and 995 (TLS) beside IMAP. @default false */
  enablePop3?: boolean;

  /**
   * Whether IMAP is served on 143 (STARTTLS), too. With `false`, on 993 alone, where TLS begins at once (RFC 8314
   * section 3.3).
   * @default true
   */
  enableImapStartTls?: boolean;

  /**
   * Whether mail is submitted on 587 (STARTTLS), too. With `false`, on 465, where TLS begins at once (RFC 8314 section
   * 3.3), and on `additionalSubmissionPorts`.
   * @default true
   */
  enableSubmissionStartTls?: boolean;

  /**
   * Whether only the ACME authority may issue certificates for the hostname, only to the stack's account and only by
   * HTTP-01 (CAA, RFC 8659 and 8657). No CAA record is published where `certificate.acme` names an authority whose CAA
   * identity is not known. The account's key is kept in the stack, so that a machine that is built anew gets its
   * certificates.
   * @default true
   */
  enableCaa?: boolean;

  /**
   * Any texts, such as the time of day. When they change, the next `pulumi up` activates the host again and publishes
   * the records of `rfc2136` again, although nothing else has changed. This puts right what was changed by hand since;
   * `mailserver drift` says what that is.
   * @default - only changes reach the host
   * @example ["2026-11-28T09:00:00Z"]
   */
  triggers?: string[];

  /** Where the DNS records of the domains are published. */
  dns: DnsArgs;

  /**
   * Accounts at DNS providers, for zones that another account has than the one whose credentials the provider finds by
   * itself, in the environment, in the stack's configuration or in the component's option `providers`.
   * @default - none
   */
  dnsAccounts?: DnsAccountArgs[];

  /**
   * Where the PTR records of the machine's addresses are published.
   * @default - nowhere: set them at the machine's provider, as the output `reverseRecords` says
   */
  reverseDns?: ReverseDnsArgs;

  /**
   * Whether the machine's addresses must resolve to the hostname, and the hostname to them (forward-confirmed reverse
   * DNS), before an MX record is published that leads to it. The big providers refuse mail of a server where it is not
   * so. Where all MX records are pasted by hand, nothing is looked up.
   * @default true
   */
  requireReverseDns?: boolean;

  /**
   * Domains that neither send nor receive mail, with records that say so: null MX (RFC 7505), SPF `-all`, DMARC
   * `reject`. None of `domains`.
   * @default - none
   */
  parkedDomains?: string[];

  /**
   * Whether the new machine must pass a live probe before any MX record leads to it: from where Pulumi runs, SMTP with
   * STARTTLS and a valid certificate on 25, greetings on 465, 587 and 993, and the DKIM keys in DNS where they are
   * published. It needs a network that lets connections to port 25 out; homes and many clouds do not. With `false`,
   * only the machine's own tests stand before the MX records.
   * @default true
   */
  enableProbe?: boolean;
}

/** A machine. Exactly one member. */
export interface HostArgs {
  /** A machine that exists and is reached by SSH. */
  ssh?: SshHostArgs;

  /** A virtual private server at OVH. */
  ovhVps?: OvhVpsArgs;
}

/** A machine that exists and is reached by SSH. */
export interface SshHostArgs {
  /** Public IPv4 address: SSH connects to it, and A, SPF and PTR records name it. */
  ipv4Address: Input<string>;

  /**
   * Public IPv6 address, which AAAA, SPF and PTR records name. IPv6 is all or nothing: with it, every service listens
   * and sends on IPv6, too; without it, on IPv4 only. (The big providers refuse mail from an address without a PTR
   * record.)
   * @default - IPv4 only
   */
  ipv6Address?: Input<string>;

  /** TCP port of sshd. @default 22 */
  port?: number;

  /** Private key in PEM or OpenSSH format. @default - the SSH agent's keys */
  privateKey?: Input<string>;

  /** Pass phrase of `privateKey`. @default - the key has none */
  privateKeyPassword?: Input<string>;

  /** Path of the SSH agent's socket. @default - $SSH_AUTH_SOCK */
  agentSocketPath?: string;

  /** `root`, or a user whose `sudo` asks for no password. @default "root" */
  user?: string;

  /**
   * The machine's public host key, ed25519 or ecdsa: one line as in `/etc/ssh/ssh_host_ed25519_key.pub`. It is
   * required: without it, a man in the middle of the first connection would receive every secret. It is an output where
   * the same program makes the key and gives it to the machine, by cloud-init or the like.
   * @example "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"
   */
  hostKey: Input<string>;
}

/**
 * A virtual private server at OVH, whose addresses are looked up there. Exactly one of `serviceName` and `order`, and
 * exactly one of `hostKey` and `trustOnFirstUse`. Credentials are the provider's own (`OVH_ENDPOINT`,
 * `OVH_APPLICATION_KEY` …).
 */
export interface OvhVpsArgs {
  /**
   * Name of a VPS that the account has. It is used as it is; nothing here can reinstall or end it.
   * @example "vps-0a1b2c3d.vps.ovh.net"
   */
  serviceName?: Input<string>;

  /** A VPS to buy. It stays when the stack is destroyed. */
  order?: OvhVpsOrderArgs;

  /**
   * Whether the mail server uses IPv6, too. The image must have configured the address on the machine, as OVH's present
   * ones do.
   * @default true
   */
  enableIpv6?: boolean;

  /** Which IPv4 address is the server's, where the VPS has several. @default - its only one */
  ipv4Address?: string;

  /** Which IPv6 address is the server's, where the VPS has several. @default - its only one */
  ipv6Address?: string;

  /** TCP port of sshd. @default 22 */
  port?: number;

  /** Private key in PEM or OpenSSH format. @default - the SSH agent's keys */
  privateKey?: Input<string>;

  /** Pass phrase of `privateKey`. @default - the key has none */
  privateKeyPassword?: Input<string>;

  /** Path of the SSH agent's socket. @default - $SSH_AUTH_SOCK */
  agentSocketPath?: string;

  /**
   * A user whose `sudo` asks for no password, or `root`. The user of OVH's Debian images is called `debian`.
   * @default "debian"
   */
  user?: string;

  /**
   * The machine's public host key, ed25519 or ecdsa: one line as in `/etc/ssh/ssh_host_ed25519_key.pub`. Read it in the
   * KVM console of OVH's control panel, which no man in the middle can change.
   * @example "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"
   */
  hostKey?: Input<string>;

  /**
   * `true`: the host key that the machine shows on the first `pulumi up` is trusted and kept in the stack; from then on
   * no other is accepted. This is weaker than `hostKey`: a man in the middle of that one connection would receive every
   * secret. It exists because nobody can know the key of a VPS that is only being ordered. After a reinstallation, give
   * the new `hostKey`.
   */
  trustOnFirstUse?: boolean;

  /**
   * Whether OVH's edge firewall drops, before it reaches the machine, what is sent to other ports than those in use. It
   * is a second line of defence only: it is stateless, does not know IPv6, ignores what comes from inside OVH, and
   * takes minutes to change. The firewall on the machine does all of this; hence the default.
   * @default false
   */
  enableEdgeFirewall?: boolean;
}

/**
 * A VPS to buy, paid by the account's default payment method, month by month. It is bought once: no later change of
 * these members buys, reinstalls or ends anything. `pulumi destroy` takes all else down and ends with the error that
 * the VPS is protected (`--exclude-protected` leaves it out from the start). To stop paying, end it in OVH's control
 * panel.
 *
 * OVH sends the password of the image's user by e-mail. So the first `pulumi up` ends where it connects by SSH: put
 * your key on the machine (`ssh-copy-id`), then run it again. If an order was placed but the run broke off before the
 * delivery, look into OVH's control panel before the next run, which would order again: name what was delivered as
 * `serviceName`.
 */
export interface OvhVpsOrderArgs {
  /** Plan, as OVH's catalogue names it. @example "vps-2025-model1" */
  planCode: string;

  /** Datacenter, as the catalogue's `vps_datacenter` names it. @example "GRA" */
  datacenter: string;

  /** Image, as the catalogue's `vps_os` names it. It must be what `operatingSystem` says. @example "Debian 13" */
  image: string;

  /** Country of the OVH company that sends the bill. @example "FR" */
  ovhSubsidiary: string;

  /** Name in OVH's control panel. @default - OVH chooses */
  displayName?: string;
}

/** A mail domain of `MailServer`. */
export interface DomainArgs {
  /** The part after the `@`. Unicode names are accepted, and published in their ASCII form (RFC 5891). */
  name: string;

  /** DKIM signing (RFC 6376). @default - one key, which signs */
  dkim?: DkimArgs;

  /** Policy for mail that claims to come from the domain but does not (RFC 9989). @default - `p=quarantine` */
  dmarc?: DmarcArgs;

  /**
   * MTA-STS (RFC 8461): senders deliver to this server by TLS, or not at all. It needs a web server: nginx answers at
   * `https://mta-sts.DOMAIN` on port 443.
   * @default - none
   */
  mtaSts?: MtaStsArgs;

  /**
   * Whether mail programs find their settings by themselves. nginx answers on port 443 at `autoconfig.DOMAIN`
   * (Thunderbird, and a profile for Apple's Mail) and at `autodiscover.DOMAIN` (Outlook, which asks there before it
   * looks for an SRV record).
   * @default false
   */
  enableAutoconfig?: boolean;

  /** Who else may send for the domain (SPF, RFC 7208). @default - nobody but this server */
  spf?: SpfArgs;

  /** Reports of failed TLS deliveries (TLS-RPT, RFC 8460). @default - no reports */
  tlsRpt?: TlsRptArgs;

  /** Whether SRV records tell mail programs where the servers are (RFC 6186, RFC 8314). @default true */
  enableSrvRecords?: boolean;

  /**
   * Whether the CAA records of the hostname are published for the whole domain, too. All other certificates in the
   * domain, such as those of its web site, can then only be issued to the ACME account of the mail server.
   * @default false
   */
  enableCaa?: boolean;

  /**
   * Address that receives what is sent to any unknown address of the domain.
   * @default - unknown addresses are refused
   */
  catchAll?: string;

  /**
   * Whether the mailbox of `catchAll` may also send as any address of the domain that belongs to nobody else, so that
   * it can answer from the address that was written to.
   * @default - `false`
   */
  catchAllSends?: boolean;

  /**
   * Another of the domains. This one then has each of its addresses, too: mail to `anna@` of this domain goes where
   * mail to `anna@` of the other goes, and whoever may send as the one may send as the other. Addresses that the other
   * has not are refused. An alias of the same name takes precedence.
   * @default - the domain has mailboxes and aliases of its own
   */
  aliasOf?: string;

  /**
   * Where the DNS records of this domain are published. The same holds for those of the server's hostname, if it lies
   * in the domain.
   * @default - where the server's `dns` says
   */
  dns?: DnsArgs;
}

/** DKIM signing (RFC 6376) with RSA keys, one for each selector. The keys are made and kept in the stack. */
export interface DkimArgs {
  /** Selector of the key that signs. Its record is at `SELECTOR._domainkey.DOMAIN`. @default "mail" */
  selector?: string;

  /**
   * Further selectors. Their keys are kept and published, but do not sign: the next key until resolvers can see it, the
   * previous key until all mail that it signed has arrived.
   * @default - none
   */
  standbySelectors?: string[];

  /**
   * Selectors whose keys are deleted, and which are published as revoked: with an empty `p=` (RFC 6376 section 3.6.1).
   * @default - none
   */
  revokedSelectors?: string[];

  /**
   * Whether the record says that the domain is testing DKIM (`t=y`). Receivers then treat its mail no worse than
   * unsigned mail.
   * @default false
   */
  testMode?: boolean;

  /**
   * Whether the keys are for addresses of the domain alone, and not for those of its subdomains (`t=s`, RFC 6376
   * section 3.6.1).
   * @default false
   */
  exactDomain?: boolean;

  /**
   * Bits of the RSA keys that are made from now on: 2048, 3072 or 4096. A key that is there keeps its size; one of
   * another size is made under a new selector.
   * @default 2048
   */
  keySize?: number;
}

/** The tags of a DMARC record (RFC 9989 section 4.7; `pct` from RFC 7489). */
export interface DmarcArgs {
  /** Policy of the domain. @default DmarcPolicy.Quarantine */
  p?: DmarcPolicy;

  /** Policy of subdomains. @default - as `p` */
  sp?: DmarcPolicy;

  /** Policy of subdomains that do not exist. @default - as `sp` */
  np?: DmarcPolicy;

  /** How exactly the DKIM domain must match. @default - relaxed */
  adkim?: DmarcAlignment;

  /** How exactly the SPF domain must match. @default - relaxed */
  aspf?: DmarcAlignment;

  /** Addresses that receive aggregate reports. @default - no reports */
  rua?: string[];

  /** Addresses that receive failure reports. @default - no reports */
  ruf?: string[];

  /** When failure reports are made: any of `0`, `1`, `d`, `s`, separated by colons. @default - `0` */
  fo?: string;

  /** Test mode: receivers apply the next weaker policy. @default - `false` */
  t?: boolean;

  /** Whether the domain is a public suffix. @default - `DmarcPsd.Unknown` */
  psd?: DmarcPsd;

  /**
   * Share of mail that the policy applies to, in percent. RFC 9989 no longer has it; older receivers still read it.
   * @default - `100`
   */
  pct?: number;
}

/** MTA-STS (RFC 8461). */
export interface MtaStsArgs {
  /**
   * What senders do when they cannot reach the server by TLS with a valid certificate. Start with `MtaStsMode.Testing`.
   */
  mode: MtaStsMode;

  /**
   * How long senders remember the policy, in seconds: 86400 (a day) to 31557600 (a year). To leave MTA-STS, first
   * publish `MtaStsMode.None` for that long.
   * @default 604800
   */
  maxAge?: number;
}

/** Senders of a domain besides this server (SPF, RFC 7208). */
export interface SpfArgs {
  /**
   * Domains whose SPF records name further senders for this domain, such as the domain of a newsletter service. Macros
   * (RFC 7208 section 7) are allowed.
   * @default - none
   * @example ["_spf.example.net", "%{i}._ip.%{h}._ehlo.%{d}._spf.vendor.example"]
   */
  include?: string[];

  /** IPv4 addresses, or blocks such as `203.0.113.0/24`. @default - none */
  ip4?: string[];

  /** IPv6 addresses, or blocks such as `2001:db8::/32`. @default - none */
  ip6?: string[];

  /** What receivers should think of all others. @default SpfAll.Fail */
  all?: SpfAll;
}

/** TLS-RPT (RFC 8460). */
export interface TlsRptArgs {
  /** Addresses that receive the reports. */
  rua: string[];
}

/** Where DNS records are kept. Exactly one member. */
export interface DnsArgs {
  /**
   * A name server that takes dynamic updates (RFC 2136): BIND, Knot, PowerDNS and others. `nsupdate` and `dig` must be
   * there where Pulumi runs.
   */
  rfc2136?: Rfc2136Args;

  /** Nowhere: the output `zoneFile` holds the records, to be pasted at any provider. */
  zoneFile?: ZoneFileArgs;

  /** OVH. Credentials are the provider's own (`OVH_ENDPOINT`, `OVH_APPLICATION_KEY` …) or those of an account. */
  ovh?: OvhDnsArgs;

  /**
   * Cloudflare. The token is the provider's own (`CLOUDFLARE_API_TOKEN`) or that of an account; it needs the
   * permissions Zone:Read and DNS:Edit.
   */
  cloudflare?: CloudflareDnsArgs;

  /** Hetzner. The token is the provider's own (`HCLOUD_TOKEN`) or that of an account; it needs to read and write. */
  hetzner?: HetznerDnsArgs;
}

/** A name server that takes dynamic updates (RFC 2136), each signed (TSIG, RFC 8945). */
export interface Rfc2136Args {
  /** Address or name of the primary name server. */
  server: Input<string>;

  /** Its port. @default 53 */
  port?: number;

  /** Name of the TSIG key. */
  keyName: Input<string>;

  /** HMAC of the TSIG key. @default TsigAlgorithm.HmacSha256 */
  keyAlgorithm?: TsigAlgorithm;

  /** Secret of the TSIG key, base64. Always kept as a secret. */
  keySecret: Input<string>;

  /** Time to live of the records, in seconds. @default 3600 */
  ttl?: number;

  /**
   * What happens where MX and SPF records of another mail server stand at the same names.
   * @default ConflictingRecords.Fail
   */
  conflictingRecords?: ConflictingRecords;
}

/** The records are only an output. */
export interface ZoneFileArgs {
  /** Time to live of the records, in seconds. @default 3600 */
  ttl?: number;
}

/** A DNS zone at OVH. */
export interface OvhDnsArgs {
  /**
   * The zone, as OVH's control panel names it.
   * @default - the registrable domain of each name: `example.org` for `mail.example.org`
   */
  zone?: string;

  /** Time to live of the records, in seconds: 60 or more, or 0 for the zone's own. @default 3600 */
  ttl?: number;

  /**
   * What happens where MX and SPF records of another mail server stand at the same names.
   * @default ConflictingRecords.Fail
   */
  conflictingRecords?: ConflictingRecords;

  /**
   * Name of the account at the provider: one of `dnsAccounts`.
   * @default - the account of the provider's own credentials (`OVH_APPLICATION_KEY` …)
   */
  account?: string;
}

/** A DNS zone at Cloudflare. */
export interface CloudflareDnsArgs {
  /** ID of the zone: 32 hexadecimal digits, on the zone's overview page. */
  zoneId: Input<string>;

  /** Time to live of the records, in seconds: 60 to 86400, or 1 for Cloudflare's choice. @default 3600 */
  ttl?: number;

  /**
   * What happens where MX and SPF records of another mail server stand at the same names.
   * @default ConflictingRecords.Fail
   */
  conflictingRecords?: ConflictingRecords;

  /**
   * Name of the account at the provider: one of `dnsAccounts`.
   * @default - the account of the provider's own credentials (`CLOUDFLARE_API_TOKEN`)
   */
  account?: string;
}

/** A DNS zone at Hetzner. The records have the zone's own time to live. */
export interface HetznerDnsArgs {
  /**
   * The zone, as Hetzner Console names it.
   * @default - the registrable domain of each name: `example.org` for `mail.example.org`
   */
  zone?: string;

  /**
   * What happens where MX and SPF records of another mail server stand at the same names.
   * @default ConflictingRecords.Fail
   */
  conflictingRecords?: ConflictingRecords;

  /**
   * Name of the account at the provider: one of `dnsAccounts`.
   * @default - the account of the provider's own credentials (`HCLOUD_TOKEN`)
   */
  account?: string;
}

/** A mailbox. Exactly one of `password`, `passwordHash` and `weakPasswordHash`. */
export interface MailboxArgs {
  /**
   * E-mail address, and the name to log in with. The local part has letters and digits, and after the first character
   * also `.`, `_`, `-` and `=`. Where the domain has a Unicode name, the name to log in with has its ASCII form
   * (`anna@xn--…`), as in the output `clientSettings`.
   */
  address: string;

  /**
   * Password in clear: at least 10 characters, at most 72 bytes of UTF-8, and none of those that are guessed first. It
   * never leaves the deployer: the machine gets its bcrypt hash. Always kept as a secret.
   */
  password?: Input<string>;

  /**
   * Hash of the password, as `doveadm pw -s BLF-CRYPT -r 10`, `-s SHA512-CRYPT` or `-s ARGON2ID` prints it, or as
   * `/etc/shadow` of a Debian machine has it (yescrypt); with or without the scheme in front. Allowed are bcrypt of
   * cost 10 to 12, SHA512-CRYPT of 5000 to 500000 rounds, ARGON2ID of m=7168 to 131072 (KiB) with m times t of 35840 to
   * 524288 and p up to 8, and yescrypt of j9T to jBT. Always kept as a secret.
   */
  passwordHash?: Input<string>;

  /**
   * As `passwordHash`, but also accepted where it costs less work: whoever gets the hash finds the password sooner. It
   * is for mailboxes that come from another server, until each has a new password.
   */
  weakPasswordHash?: Input<string>;

  /**
   * Sieve script (RFC 5228) for its mail, which runs as long as its owner has activated none by ManageSieve. Dovecot's
   * `sievec` checks it before it is in use. Needs `enableSieve`.
   * @default - none
   */
  sieve?: string;

  /**
   * How much mail it may hold: a number and one of the units `M`, `G` and `T` (powers of 1024), or `unlimited`. See
   * `quota`.
   * @default - `quota.storageSize`
   * @example "5G"
   */
  quota?: string;
}

/** An address whose mail goes to other addresses. */
export interface AliasArgs {
  /**
   * The address, in one of the server's domains. It may be that of a mailbox; its mail then goes to the destinations
   * only.
   */
  address: string;

  /**
   * Where its mail goes: mailboxes, other aliases, or addresses elsewhere. A mailbox that keeps a copy names itself.
   * Mail that goes elsewhere keeps its envelope sender (no SRS), so that a server which is strict about SPF may refuse
   * it.
   */
  destinations: string[];
}

/** A name of the machine itself, without a domain. */
export interface LocalAliasArgs {
  /** The name. @example "contact" */
  name: string;

  /** Addresses that its mail goes to. */
  destinations: string[];
}

/** People who have an account on the machine itself, with mail at its hostname. */
export interface SystemAccountsArgs {
  /**
   * Names of accounts that are there (`adduser NAME`), each of a person: with a number of 1000 to 59999. Nobody else
   * who has an account gets mail here, or logs in.
   * @example ["anna"]
   */
  names: string[];

  /**
   * Whether a file `~/.forward` (aliases(5)) sends somebody's mail on: to addresses only, never to commands or files.
   * @default false
   */
  enableForwardFiles?: boolean;
}

/** What a machine that is not a mail server yet must reach before anything is changed on it. */
export interface OutboundProbeArgs {
  /** Whether it is asked. @default true */
  enabled?: boolean;

  /**
   * A mail server on port 25, by IPv4, and by IPv6 where the machine has that. It is greeted, and sent nothing. The
   * default has both kinds of addresses and is nearly always there.
   * @default "smtp.google.com"
   */
  hostname?: string;
}

/** The firewall on the machine. */
export interface FirewallArgs {
  /** Whether a firewall is installed, configured with exactly the ports in use, and switched on. @default true */
  enabled?: boolean;

  /**
   * Which one. The one before is switched off when it changes.
   * @default - what the operating system brings: UFW on Debian and Ubuntu
   */
  manager?: FirewallManager;

  /**
   * TCP ports of sshd that stay open, as the machine itself sees them (behind a translated port they differ from
   * `host.ssh.port`).
   * @default - `host.ssh.port`
   */
  sshPorts?: number[];

  /** Further TCP ports to let in, such as those of services that `postfix.masterCf` adds. @default - none */
  additionalTcpPorts?: number[];
}

/** Additional configuration of OpenDKIM. */
export interface OpendkimArgs {
  /** Text at the end of opendkim.conf (opendkim.conf(5)). OpenDKIM checks it before it is in use. @default "" */
  conf?: string;
}

/** Sieve scripts for the mail of all mailboxes. */
export interface SieveArgs {
  /**
   * Script that runs before that of the mailbox. Where it ends with `keep`, or with nothing, the next one runs; where
   * it files, redirects or discards the message, none does. Dovecot's `sievec` checks it before it is in use.
   * @default - none
   */
  before?: string;

  /**
   * Script that runs after that of the mailbox, where this one keeps the message. Dovecot's `sievec` checks it before
   * it is in use.
   * @default - none
   */
  after?: string;
}

/** How much mail a mailbox may hold. */
export interface QuotaArgs {
  /**
   * Limit of each mailbox that has no `quota` of its own: a number and one of the units `M`, `G` and `T` (powers of
   * 1024), or `unlimited`.
   * @default "unlimited"
   * @example "5G"
   */
  storageSize?: string;

  /** How full a mailbox is, in percent, when a mail in it says so. @default 90 */
  warningPercentage?: number;
}

/** Additional configuration of Dovecot. */
export interface DovecotArgs {
  /** Text at the end of dovecot.conf, where it takes precedence. Dovecot checks it before it is in use. @default "" */
  conf?: string;
}

/** Rules for the mail that users submit after a login (RFC 6409). */
export interface SubmissionArgs {
  /**
   * Whether headers stay that describe the sender's mail program and its address, such as `User-Agent`, `X-Mailer` and
   * `X-Originating-IP`. Recipients never see the client's name and address.
   * @default false
   */
  keepClientHeaders?: boolean;

  /**
   * Mailboxes that may write any address into `From:` and `Sender:`, such as that of a web shop which sends in the name
   * of its customers. The envelope sender stays theirs; OpenDKIM signs for whichever of `domains` stands in `From:`.
   * @default - nobody: each login may write the address of its mailbox and those of aliases that lead to it
   */
  freeSenders?: string[];
}

/**
 * A server that sends mail on, also called a smart host. It must speak TLS, with a certificate that is valid for its
 * name.
 */
export interface RelayHostArgs {
  /** Its name. @example "smtp.example.net" */
  hostname: Input<string>;

  /** Its port. On 465 TLS comes first; on any other, STARTTLS is demanded. @default 587 */
  port?: number;

  /** Name to log in with. @default - none: it knows the machine by its address */
  user?: Input<string>;

  /** Password to log in with. Always kept as a secret. @default - none */
  password?: Input<string>;
}

/**
 * Rules for mail, each in a table of its own, and additional configuration of Postfix, which takes precedence. All of
 * it stands in the diff and is checked by Postfix before it is in use.
 */
export interface PostfixArgs {
  /** Language of all patterns. `PatternType.Pcre` installs Postfix's package for it. @default PatternType.Regexp */
  patternType?: PatternType;

  /**
   * Rules about headers, for all mail that comes in, is submitted and is sent on (Postfix `header_checks`); about
   * headers of the parts of a message, too, where there are no `mimeHeaderChecks`. The server's own rules are asked
   * first.
   * @default - none
   */
  headerChecks?: MessageCheckArgs[];

  /** Rules about headers of the parts of messages (Postfix `mime_header_checks`). @default - none */
  mimeHeaderChecks?: MessageCheckArgs[];

  /** Rules about lines of bodies (Postfix `body_checks`), of which the first 50 KiB are looked at. @default - none */
  bodyChecks?: MessageCheckArgs[];

  /** What addresses of senders become (Postfix `sender_canonical_maps`). @default - none */
  senderCanonicalMaps?: AddressRewriteArgs[];

  /**
   * Where `senderCanonicalMaps` are asked: in headers, for mail that the machine itself writes.
   * @default - envelope and headers
   */
  senderCanonicalClasses?: SenderClass[];

  /** What addresses of recipients become (Postfix `recipient_canonical_maps`). @default - none */
  recipientCanonicalMaps?: AddressRewriteArgs[];

  /**
   * Where `recipientCanonicalMaps` are asked: in headers, for mail that the machine itself writes.
   * @default - envelope and headers
   */
  recipientCanonicalClasses?: RecipientClass[];

  /** What addresses become in mail that leaves for other servers (Postfix `smtp_generic_maps`). @default - none */
  smtpGenericMaps?: AddressRewriteArgs[];

  /** Address that receives a copy of all mail (Postfix `always_bcc`). @default - no copies */
  alwaysBcc?: string;

  /** Senders whose mail is copied (Postfix `sender_bcc_maps`). @default - none */
  senderBccMaps?: BccArgs[];

  /** Recipients whose mail is copied (Postfix `recipient_bcc_maps`). @default - none */
  recipientBccMaps?: BccArgs[];

  /** Clients on port 25 that are treated otherwise (Postfix `check_client_access`). @default - none */
  clientAccess?: ClientAccessArgs[];

  /** Names in HELO on port 25 that are treated otherwise (Postfix `check_helo_access`). @default - none */
  heloAccess?: HeloAccessArgs[];

  /** Senders on port 25 that are treated otherwise (Postfix `check_sender_access`). @default - none */
  senderAccess?: AddressAccessArgs[];

  /**
   * Recipients on port 25 that are treated otherwise (Postfix `check_recipient_access`). `trustedClients` are not
   * asked, nor is the machine itself.
   * @default - none
   */
  recipientAccess?: AddressAccessArgs[];

  /** How much one client may do. @default - what a server that writes a connection for each message needs */
  clientLimits?: ClientLimitsArgs;

  /**
   * Clients on port 25 whose address has no name that leads back to it (Postfix `reject_unknown_client_hostname`). Some
   * honest servers have none.
   * @default ClientCheck.Accept
   */
  unknownClientHostname?: ClientCheck;

  /**
   * Clients on port 25 whose address has no name at all (Postfix `reject_unknown_reverse_client_hostname`).
   * @default ClientCheck.Accept
   */
  unknownReverseClientHostname?: ClientCheck;

  /** Lists in DNS that clients on port 25 are looked up in (Postfix `reject_rbl_client`). @default - none */
  dnsbls?: DnsblArgs[];

  /**
   * Whether port 25 refuses every recipient (Postfix `smtpd_recipient_restrictions = reject`): a server from which mail
   * only goes out. Bounces and reports are refused, too.
   * @default false
   */
  rejectAllRecipients?: boolean;

  /**
   * Parameters of main.cf (postconf(5)) by name. Each replaces the value that the server would have.
   * @default - none
   * @example { smtpd_client_connection_count_limit: "20" }
   */
  mainCf?: Record<string, string>;

  /**
   * Entries of master.cf (master(5)): a service line, and below it its options, indented. Each replaces the entry of
   * the same name and type that the server would have.
   * @default - none
   * @example ["2525 inet n - y - - smtpd\n  -o syslog_name=postfix/2525"]
   */
  masterCf?: string[];
}

/** A rule about one line of messages (header_checks(5)). The first rule that matches a line decides about it. */
export interface MessageCheckArgs {
  /**
   * Regular expression, which capital letters do not matter to. A header is one line, however it is folded, with its
   * name in front; of a body, each line is looked at by itself, as it is encoded.
   * @example "^Subject:.*act now"
   */
  pattern: string;

  /** What is done. */
  action: CheckAction;

  /**
   * What belongs to the action: the reason, the address, the line. `$1` is what the first parentheses of the pattern
   * matched, `$$` a dollar.
   * @default - none
   */
  text?: string;
}

/**
 * A rule by which an address becomes another one (canonical(5)). Exactly one of `address` and `pattern`. Addresses are
 * asked before patterns.
 */
export interface AddressRewriteArgs {
  /** An address, or `@` and a domain for every address in it. @example "@old.example.org" */
  address?: string;

  /**
   * Regular expression for whole addresses, which capital letters do not matter to.
   * @example "^(.*)@[a-z]+\\.example\\.org$"
   */
  pattern?: string;

  /**
   * What it becomes: an address, or `@` and a domain, which leaves what stands before. With `pattern`, `$1` before the
   * `@` is what the first parentheses matched.
   * @example "anna@example.org"
   */
  to: string;
}

/** Whose mail is copied to whom. */
export interface BccArgs {
  /** An address, or `@` and a domain for every address in it. @example "ben@example.org" */
  address: string;

  /** Address that receives the copies. @example "anna@example.org" */
  to: string;
}

/**
 * An entry of a list of clients. Exactly one of `address` and `name`. Addresses are asked before names, in their order.
 */
export interface ClientAccessArgs {
  /** Address, or a block such as `203.0.113.0/24`. @example "203.0.113.0/24" */
  address?: string;

  /**
   * Name by the client's reverse DNS, where it leads back to the client, or a domain above it.
   * @example "dynamic.example.net"
   */
  name?: string;

  /** What is done. */
  action: AccessAction;

  /** What belongs to the action: the reason, the address, the header. @default - none */
  text?: string;
}

/** An entry of a list of names that clients give themselves. */
export interface HeloAccessArgs {
  /** Name in HELO or EHLO, or a domain above it. @example "localhost" */
  name: string;

  /** What is done. */
  action: AccessAction;

  /** What belongs to the action: the reason, the address, the header. @default - none */
  text?: string;
}

/** An entry of a list of senders or recipients. */
export interface AddressAccessArgs {
  /**
   * An address, a domain with all domains below it, or a name in every domain (`name@`).
   * @example "advertising.example.net"
   */
  address: string;

  /** What is done. */
  action: AccessAction;

  /** What belongs to the action: the reason, the address, the header. @default - none */
  text?: string;
}

/**
 * How much one client may do on each port; 0 is no limit. The machine itself has none. On Debian 13, all addresses of
 * an IPv6 network (/64) are one client.
 */
export interface ClientLimitsArgs {
  /** Connections at the same time (Postfix `smtpd_client_connection_count_limit`). @default 25 */
  connectionCount?: number;

  /** Connections in a minute (Postfix `smtpd_client_connection_rate_limit`). @default 3000 */
  connectionRate?: number;

  /** Messages in a minute, on port 25 (Postfix `smtpd_client_message_rate_limit`). @default 3000 */
  messageRate?: number;

  /** Recipients in a minute (Postfix `smtpd_client_recipient_rate_limit`). @default 6000 */
  recipientRate?: number;

  /** Attempts to log in in a minute (Postfix `smtpd_client_auth_rate_limit`). @default 120 */
  authRate?: number;
}

/**
 * A list in DNS of addresses that send spam. Most lists refuse to answer resolvers that many share, such as those of a
 * provider or 8.8.8.8: the machine needs a resolver of its own. Some of them answer those with a code that says so,
 * which a `filter` keeps apart from a listing.
 */
export interface DnsblArgs {
  /** Domain of the list. @example "zen.spamhaus.org" */
  domain: string;

  /**
   * Answers that count as a listing; numbers may be ranges.
   * @default - every answer in 127.0.0.0/8, those that mean an error too
   * @example "127.0.0.[2..11]"
   */
  filter?: string;

  /** What happens to a client that is listed. @default ClientCheck.Reject */
  action?: ClientCheck;
}

/** Tools for whoever logs in to the machine. */
export interface ToolsArgs {
  /** Whether the command `mail` is there (bsd-mailx). @default false */
  enableMailx?: boolean;

  /**
   * Whether the log is written to `/var/log/mail.log`, too, by rsyslog, and rotated by logrotate: each week, the last
   * four are kept. By the distribution's settings, which write other text files besides, or the machine's own.
   * @default false
   */
  enableMailLog?: boolean;

  /** pflogsumm(1), which sums up Postfix's log: who sent how much, and what was refused. @default - it is not there */
  pflogsumm?: PflogsummArgs;
}

/** pflogsumm(1), which sums up Postfix's log. */
export interface PflogsummArgs {
  /** Whether the postmaster gets the sums of each day on the next morning. @default false */
  enableDailyReport?: boolean;
}

/** Security updates that the machine installs by itself. */
export interface UnattendedUpgradesArgs {
  /**
   * When the machine restarts, by its own clock, where an update asks for it
   * (`Unattended-Upgrade::Automatic-Reboot-Time`): a new kernel does.
   * @default - it never restarts by itself
   * @example "04:00"
   */
  automaticRebootTime?: string;
}

/** The server's TLS certificate. Exactly one member. */
export interface CertificateArgs {
  /**
   * A certificate from an ACME authority (RFC 8555), proved by HTTP-01 on port 80 and renewed by the machine itself.
   */
  acme?: AcmeArgs;
}

/** An ACME authority. */
export interface AcmeArgs {
  /** Directory of the authority. @default "https://acme-v02.api.letsencrypt.org/directory" */
  directoryUrl?: string;

  /** Address that the authority may write to. @default - none */
  email?: string;

  /**
   * The authority's name in CAA records (RFC 8659 section 4.2). The authority must know the parameters `accounturi` and
   * `validationmethods` (RFC 8657).
   * @default - follows from `directoryUrl` for Let's Encrypt, ZeroSSL, Sectigo, SSL.com, Buypass and Google; no CAA
   * record for others
   * @example "letsencrypt.org"
   */
  caaIdentity?: string;

  /**
   * The account with the authority itself that the ACME account is bound to (RFC 8555 section 7.3.4). ZeroSSL, Sectigo,
   * SSL.com and Google demand one.
   * @default - none
   */
  externalAccount?: ExternalAccountArgs;
}

/**
 * An account with an authority itself, outside ACME, as its web site or command line gives it (`EAB`). Needed when the
 * ACME account is opened.
 */
export interface ExternalAccountArgs {
  /** Key identifier (`EAB KID`). */
  keyId: Input<string>;

  /** MAC key (`EAB HMAC Key`), base64url. Always kept as a secret. */
  hmacKey: Input<string>;
}

/**
 * An account at a DNS provider, beside the one whose credentials the provider finds by itself. Exactly one member
 * besides `name`.
 */
export interface DnsAccountArgs {
  /**
   * A name of your own, by which `dns` and `reverseDns` say whose zone it is (`account`). With another name, the
   * account's records are made anew.
   */
  name: string;

  /** At OVH. */
  ovh?: OvhAccountArgs;

  /** At Cloudflare. */
  cloudflare?: CloudflareAccountArgs;

  /** A project at Hetzner. */
  hetzner?: HetznerAccountArgs;
}

/** How to log in at OVH: by an application, by a service account (OAuth 2), or by an access token. */
export interface OvhAccountArgs {
  /** Which API: `ovh-eu`, `ovh-ca` or `ovh-us`. @default "ovh-eu" */
  endpoint?: string;

  /** Key of an application. Always kept as a secret. @default - none */
  applicationKey?: Input<string>;

  /** Secret of the application. Always kept as a secret. @default - none */
  applicationSecret?: Input<string>;

  /** What the account has granted to the application. Always kept as a secret. @default - none */
  consumerKey?: Input<string>;

  /** ID of a service account. Always kept as a secret. @default - none */
  clientId?: Input<string>;

  /** Secret of the service account. Always kept as a secret. @default - none */
  clientSecret?: Input<string>;

  /** An access token. Always kept as a secret. @default - none */
  accessToken?: Input<string>;
}

/** How to log in at Cloudflare. */
export interface CloudflareAccountArgs {
  /** An API token with the permissions Zone:Read and DNS:Edit for the zones of the account. Always kept as a secret. */
  apiToken: Input<string>;
}

/** How to log in to a project at Hetzner. */
export interface HetznerAccountArgs {
  /**
   * An API token of the project that has the zones, with the right to read and write: 64 characters. Always kept as a
   * secret.
   */
  token: Input<string>;
}

/** Where PTR records are kept. Exactly one member. */
export interface ReverseDnsArgs {
  /** A name server that takes dynamic updates of the reverse zones (RFC 2136). */
  rfc2136?: Rfc2136Args;

  /** OVH, for any machine of the account. */
  ovh?: OvhReverseDnsArgs;

  /** Hetzner, for a cloud server. */
  hetzner?: HetznerReverseDnsArgs;
}

/** PTR records at OVH, which accepts them only once the hostname resolves to the address. */
export interface OvhReverseDnsArgs {
  /**
   * The IPv4 block under which OVH lists the address.
   * @default - the address itself, as `/32`
   * @example "198.51.100.0/28"
   */
  blockV4?: string;

  /**
   * The IPv6 block under which OVH lists the address.
   * @default - the address itself, as `/128`: so it is for a VPS
   * @example "2001:db8:51::/64"
   */
  blockV6?: string;

  /**
   * Name of the account at the provider: one of `dnsAccounts`.
   * @default - the account of the provider's own credentials (`OVH_APPLICATION_KEY` …)
   */
  account?: string;
}

/** PTR records of a cloud server at Hetzner. */
export interface HetznerReverseDnsArgs {
  /** Number of the server, as `hcloud server list` and the address of its page in Hetzner Console show it. */
  serverId: number;

  /**
   * Name of the account at the provider: one of `dnsAccounts`.
   * @default - the account of the provider's own credentials (`HCLOUD_TOKEN`)
   */
  account?: string;
}

/** Args of the machine of a mail server. Its DNS records are published by something else. */
export interface MailHostArgs {
  /**
   * Fully qualified name of the machine: the name in its SMTP greeting, in its certificate, in its reverse DNS and in
   * every MX record. It must not be the name of a web site's CNAME.
   * @example "mail.example.org"
   */
  hostname: string;

  /** The machine. */
  host: HostArgs;

  /** Operating system of the machine. It is compared with what the machine itself reports. */
  operatingSystem: OperatingSystem;

  /** The mail domains. At least one. */
  domains: MailHostDomainArgs[];

  /**
   * People's mailboxes. Sub-addresses (`anna+shop@…`) arrive in the mailbox without being listed.
   * @default - none: every address is an alias
   */
  mailboxes?: MailboxArgs[];

  /**
   * Addresses whose mail goes to other addresses.
   * @default - none but `postmaster@` and `abuse@` of each domain, which RFC 2142 demands and which go to `postmaster`
   */
  aliases?: AliasArgs[];

  /**
   * Names of the machine itself, as `/etc/aliases` has them: mail to `NAME@localhost`, and to `NAME@` the hostname
   * where that is none of `domains`, goes to their destinations. What programs of the machine send to a name alone goes
   * there, too.
   * @default - none but `root`, `postmaster`, `abuse` and `hostmaster`, which go to `postmaster`
   */
  localAliases?: LocalAliasArgs[];

  /**
   * Names of RFC 2142 that each domain, and the machine, answers beside `postmaster` and `abuse`. Their mail goes to
   * `postmaster`, but for those that are a mailbox or an alias.
   * @default - none
   * @example ["hostmaster", "webmaster", "security"]
   */
  roleAddresses?: RoleAddress[];

  /**
   * People who have an account on the machine itself. They get mail as `NAME@` the hostname, which must be none of
   * `domains`, in `~/Maildir`, and log in with their names and the passwords of their accounts (PAM), over TLS only.
   * `root` never logs in.
   * @default - no account of the machine gets mail
   */
  systemAccounts?: SystemAccountsArgs;

  /**
   * Address that receives what is sent to `postmaster@` and `abuse@` of each domain and to `root` of the machine.
   * @default - the first mailbox
   */
  postmaster?: string;

  /**
   * Characters that separate the name of a mailbox from a sub-address, up to four of `+ = _ . ~ # -`. The empty string
   * switches sub-addresses off (Postfix `recipient_delimiter`).
   * @default "+"
   */
  recipientDelimiter?: string;

  /**
   * Whether the machine can send: a connection from it to port 25 of another mail server. Most providers keep that port
   * shut until they are asked. A machine that does not get out by IPv4 is refused before anything is changed on it, as
   * mail would stay in its queue; one that does not by IPv6 gets a warning. With `relayHost`, nothing is asked.
   * @default - a new machine must reach `smtp.google.com`
   */
  outboundProbe?: OutboundProbeArgs;

  /**
   * Whether the key of the server's certificate is published for port 25 (DANE, RFC 7672), so that senders insist on
   * it. It counts only where the zone is signed with DNSSEC. The key stays the same over renewals.
   * @default true
   */
  enableDane?: boolean;

  /**
   * Whether the machine calls itself `hostname`, too (hostname(1), `/etc/hostname`). The mail server does not need it:
   * Postfix and all others are told their name. Programs besides it write mail and logs by the machine's own name.
   * `pulumi destroy` gives the earlier name back.
   * @default false
   */
  setHostname?: boolean;

  /** The firewall on the machine. @default - UFW lets in the ports in use and SSH, and nothing else */
  firewall?: FirewallArgs;

  /**
   * Whether fail2ban shuts out addresses that guess passwords: for an hour after ten wrong ones within ten minutes, by
   * IMAP, POP3 and submission together, and after five by SSH. Port 25 stays open to them. Never shut out are the
   * machine itself, addresses that it was lately deployed from, and `neverBanned`.
   * @default true
   */
  enableFail2ban?: boolean;

  /**
   * Addresses, or blocks such as `203.0.113.0/24`, that fail2ban never shuts out: an office whose people share one, a
   * webmail on another machine.
   * @default - none
   */
  neverBanned?: string[];

  /** Additional configuration of OpenDKIM. @default - none */
  opendkim?: OpendkimArgs;

  /** Sieve scripts for the mail of all mailboxes. Needs `enableSieve`. @default - none */
  sieve?: SieveArgs;

  /**
   * Folder of the mailboxes, in which each domain has one, and in that each user: a path of its own, which may be a
   * file system of its own. An `up` makes it, and gives it to the account `vmail`. Where mail lies in another one
   * already, [it is moved by hand](docs/mailboxes.md#where-the-mail-lies) first.
   * @default "/var/mail/vhosts"
   * @example "/var/vmail"
   */
  mailStore?: string;

  /**
   * How much mail a mailbox may hold (Dovecot's quota). Mail to a full one is refused before it is taken (552 5.2.2),
   * from strangers and from who logs in, so that nobody gets a bounce; what was taken is delivered. Mail programs see
   * it by IMAP (RFC 9208).
   * @default - no limits
   */
  quota?: QuotaArgs;

  /** Additional configuration of Dovecot. @default - none */
  dovecot?: DovecotArgs;

  /**
   * Further ports on which mail is submitted as on 587: after STARTTLS and a login. For networks that let no other mail
   * port through. They stand in no SRV record, and last in the client settings.
   * @default - none
   * @example [2525]
   */
  additionalSubmissionPorts?: number[];

  /**
   * Addresses, or blocks such as `203.0.113.0/24`, of machines that hand in mail for this server's addresses and are
   * not checked further: a backup MX or an old provider that forwards, whose mail fails SPF, and devices and servers
   * that greet with a name of one label. They may not send to addresses elsewhere.
   * @default - none
   */
  trustedClients?: string[];

  /**
   * Largest message accepted, in bytes, headers and encoding included (Postfix `message_size_limit`). Encoding makes
   * attachments a third larger.
   * @default 52428800
   */
  messageSizeLimit?: number;

  /**
   * Bytes that must be free where the queue lies, or mail is put off (452 4.3.1; Postfix `queue_minfree`): 1.5 times
   * `messageSizeLimit` or more. `mailserver drift` warns when twice as much is left.
   * @default - 1.5 times `messageSizeLimit`
   */
  queueMinFree?: number;

  /**
   * Rules for the mail that users submit after a login, on 465 and 587.
   * @default - own addresses only; headers that tell of the mail program are removed
   */
  submission?: SubmissionArgs;

  /**
   * A server that takes all mail for others and sends it on (Postfix `relayhost`). It is for machines whose provider
   * blocks connections to port 25, or whose address has a bad reputation. The SPF record of each domain must name it,
   * too: `domains[].spf`.
   * @default - mail goes straight to the servers of its recipients
   */
  relayHost?: RelayHostArgs;

  /** Rules for mail, and additional configuration of Postfix. @default - none */
  postfix?: PostfixArgs;

  /** Tools for whoever logs in to the machine. The mail server needs none of them. @default - none */
  tools?: ToolsArgs;

  /**
   * Security updates that the machine installs by itself, once a day (unattended-upgrades, of Debian's security archive
   * alone). A daemon is restarted when its own package, or a library that it uses (needrestart), has changed. What goes
   * wrong is written to `root`, which is the postmaster. `{}` switches it on.
   * @default - what the machine does already
   */
  unattendedUpgrades?: UnattendedUpgradesArgs;

  /**
   * DKIM keys of `hostname`. They sign bounces, delivery reports and what programs of the machine write. Not for a
   * hostname that is one of `domains`: there, the keys of that domain sign.
   * @default - one key, at the selector `mail`
   */
  hostnameDkim?: DkimArgs;

  /** The server's TLS certificate. @default - Let's Encrypt: `{ acme: {} }` */
  certificate?: CertificateArgs;

  /**
   * Whether mail is filtered by Sieve scripts (RFC 5228) as it arrives: those of `sieve`, and each person's own, which
   * mail programs keep on the server by ManageSieve (RFC 5804), on port 4190 with STARTTLS. A script can file mail into
   * folders, answer while somebody is away, and redirect to up to four addresses; the mailbox is then the sender in the
   * envelope, for the sake of SPF. Mail that a script fails on stays in the inbox.
   * @default false
   */
  enableSieve?: boolean;

  /** Whether POP3 is served on 110 (STARTTLS) and 995 (TLS) beside IMAP. @default false */
  enablePop3?: boolean;

  /**
   * Whether IMAP is served on 143 (STARTTLS), too. With `false`, on 993 alone, where TLS begins at once (RFC 8314
   * section 3.3).
   * @default true
   */
  enableImapStartTls?: boolean;

  /**
   * Whether mail is submitted on 587 (STARTTLS), too. With `false`, on 465, where TLS begins at once (RFC 8314 section
   * 3.3), and on `additionalSubmissionPorts`.
   * @default true
   */
  enableSubmissionStartTls?: boolean;

  /**
   * Whether only the ACME authority may issue certificates for the hostname, only to the stack's account and only by
   * HTTP-01 (CAA, RFC 8659 and 8657). No CAA record is published where `certificate.acme` names an authority whose CAA
   * identity is not known. The account's key is kept in the stack, so that a machine that is built anew gets its
   * certificates.
   * @default true
   */
  enableCaa?: boolean;

  /**
   * Any texts, such as the time of day. When they change, the next `pulumi up` activates the host again and publishes
   * the records of `rfc2136` again, although nothing else has changed. This puts right what was changed by hand since;
   * `mailserver drift` says what that is.
   * @default - only changes reach the host
   * @example ["2026-11-28T09:00:00Z"]
   */
  triggers?: string[];
}

/** A mail domain of `MailHost`. */
export interface MailHostDomainArgs {
  /** The part after the `@`. Unicode names are accepted, and published in their ASCII form (RFC 5891). */
  name: string;

  /** DKIM signing (RFC 6376). @default - one key, which signs */
  dkim?: DkimArgs;

  /** Policy for mail that claims to come from the domain but does not (RFC 9989). @default - `p=quarantine` */
  dmarc?: DmarcArgs;

  /**
   * MTA-STS (RFC 8461): senders deliver to this server by TLS, or not at all. It needs a web server: nginx answers at
   * `https://mta-sts.DOMAIN` on port 443.
   * @default - none
   */
  mtaSts?: MtaStsArgs;

  /**
   * Whether mail programs find their settings by themselves. nginx answers on port 443 at `autoconfig.DOMAIN`
   * (Thunderbird, and a profile for Apple's Mail) and at `autodiscover.DOMAIN` (Outlook, which asks there before it
   * looks for an SRV record).
   * @default false
   */
  enableAutoconfig?: boolean;

  /** Who else may send for the domain (SPF, RFC 7208). @default - nobody but this server */
  spf?: SpfArgs;

  /** Reports of failed TLS deliveries (TLS-RPT, RFC 8460). @default - no reports */
  tlsRpt?: TlsRptArgs;

  /** Whether SRV records tell mail programs where the servers are (RFC 6186, RFC 8314). @default true */
  enableSrvRecords?: boolean;

  /**
   * Whether the CAA records of the hostname are published for the whole domain, too. All other certificates in the
   * domain, such as those of its web site, can then only be issued to the ACME account of the mail server.
   * @default false
   */
  enableCaa?: boolean;

  /**
   * Address that receives what is sent to any unknown address of the domain.
   * @default - unknown addresses are refused
   */
  catchAll?: string;

  /**
   * Whether the mailbox of `catchAll` may also send as any address of the domain that belongs to nobody else, so that
   * it can answer from the address that was written to.
   * @default - `false`
   */
  catchAllSends?: boolean;

  /**
   * Another of the domains. This one then has each of its addresses, too: mail to `anna@` of this domain goes where
   * mail to `anna@` of the other goes, and whoever may send as the one may send as the other. Addresses that the other
   * has not are refused. An alias of the same name takes precedence.
   * @default - the domain has mailboxes and aliases of its own
   */
  aliasOf?: string;
}

/** Args of the DNS records of a mail server, whatever sets up its machine. */
export interface MailDnsArgs {
  /**
   * Fully qualified name of the machine: the name in its SMTP greeting, in its certificate, in its reverse DNS and in
   * every MX record. It must not be the name of a web site's CNAME.
   * @example "mail.example.org"
   */
  hostname: string;

  /** The mail domains. At least one. */
  domains: MailDnsDomainArgs[];

  /**
   * DKIM keys of `hostname`. They sign bounces, delivery reports and what programs of the machine write. Not for a
   * hostname that is one of `domains`: there, the keys of that domain sign.
   * @default - one key, at the selector `mail`
   */
  hostnameDkim?: DkimArgs;

  /** The server's TLS certificate. @default - Let's Encrypt: `{ acme: {} }` */
  certificate?: CertificateArgs;

  /**
   * Whether mail is filtered by Sieve scripts (RFC 5228) as it arrives: those of `sieve`, and each person's own, which
   * mail programs keep on the server by ManageSieve (RFC 5804), on port 4190 with STARTTLS. A script can file mail into
   * folders, answer while somebody is away, and redirect to up to four addresses; the mailbox is then the sender in the
   * envelope, for the sake of SPF. Mail that a script fails on stays in the inbox.
   * @default false
   */
  enableSieve?: boolean;

  /** Whether POP3 is served on 110 (STARTTLS) and 995 (TLS) beside IMAP. @default false */
  enablePop3?: boolean;

  /**
   * Whether IMAP is served on 143 (STARTTLS), too. With `false`, on 993 alone, where TLS begins at once (RFC 8314
   * section 3.3).
   * @default true
   */
  enableImapStartTls?: boolean;

  /**
   * Whether mail is submitted on 587 (STARTTLS), too. With `false`, on 465, where TLS begins at once (RFC 8314 section
   * 3.3), and on `additionalSubmissionPorts`.
   * @default true
   */
  enableSubmissionStartTls?: boolean;

  /**
   * Whether only the ACME authority may issue certificates for the hostname, only to the stack's account and only by
   * HTTP-01 (CAA, RFC 8659 and 8657). No CAA record is published where `certificate.acme` names an authority whose CAA
   * identity is not known. The account's key is kept in the stack, so that a machine that is built anew gets its
   * certificates.
   * @default true
   */
  enableCaa?: boolean;

  /**
   * Any texts, such as the time of day. When they change, the next `pulumi up` activates the host again and publishes
   * the records of `rfc2136` again, although nothing else has changed. This puts right what was changed by hand since;
   * `mailserver drift` says what that is.
   * @default - only changes reach the host
   * @example ["2026-11-28T09:00:00Z"]
   */
  triggers?: string[];

  /** Where the DNS records of the domains are published. */
  dns: DnsArgs;

  /**
   * Accounts at DNS providers, for zones that another account has than the one whose credentials the provider finds by
   * itself, in the environment, in the stack's configuration or in the component's option `providers`.
   * @default - none
   */
  dnsAccounts?: DnsAccountArgs[];

  /**
   * Where the PTR records of the machine's addresses are published.
   * @default - nowhere: set them at the machine's provider, as the output `reverseRecords` says
   */
  reverseDns?: ReverseDnsArgs;

  /**
   * Whether the machine's addresses must resolve to the hostname, and the hostname to them (forward-confirmed reverse
   * DNS), before an MX record is published that leads to it. The big providers refuse mail of a server where it is not
   * so. Where all MX records are pasted by hand, nothing is looked up.
   * @default true
   */
  requireReverseDns?: boolean;

  /**
   * Domains that neither send nor receive mail, with records that say so: null MX (RFC 7505), SPF `-all`, DMARC
   * `reject`. None of `domains`.
   * @default - none
   */
  parkedDomains?: string[];

  /** Public IPv4 address of the machine. */
  ipv4Address: Input<string>;

  /** Public IPv6 address of the machine, if the server uses IPv6. @default - IPv4 only */
  ipv6Address?: Input<string>;

  /**
   * Public DKIM keys in PEM, by the names of their records: one for each selector of `domains[].dkim` and
   * `hostnameDkim` that signs or is published. Without one for the hostname at the selector `mail`, no key of the
   * hostname is published.
   * @default - keys are made and kept in the stack; the output `dkimPrivateKeys` has their private halves
   * @example { "mail._domainkey.example.org": "-----BEGIN PUBLIC KEY-----…" }
   */
  dkimPublicKeys?: Input<Record<string, Input<string>>>;

  /**
   * SHA-256 of the SubjectPublicKeyInfo of the server's certificate, in hexadecimal digits, for the TLSA record (DANE,
   * RFC 7672). Where it is the output of another resource, such as `MailHost`, no record leads mail or mail programs to
   * the machine before that is there.
   * @default - no TLSA record
   */
  certificateSpkiSha256?: Input<string>;

  /**
   * URI of the ACME account that the certificates are issued to, for the CAA records (`accounturi`, RFC 8657).
   * @default - CAA records name the authority only
   */
  acmeAccountUri?: Input<string>;
}

/** A mail domain of `MailDns`. */
export interface MailDnsDomainArgs {
  /** The part after the `@`. Unicode names are accepted, and published in their ASCII form (RFC 5891). */
  name: string;

  /** DKIM signing (RFC 6376). @default - one key, which signs */
  dkim?: DkimArgs;

  /** Policy for mail that claims to come from the domain but does not (RFC 9989). @default - `p=quarantine` */
  dmarc?: DmarcArgs;

  /**
   * MTA-STS (RFC 8461): senders deliver to this server by TLS, or not at all. It needs a web server: nginx answers at
   * `https://mta-sts.DOMAIN` on port 443.
   * @default - none
   */
  mtaSts?: MtaStsArgs;

  /**
   * Whether mail programs find their settings by themselves. nginx answers on port 443 at `autoconfig.DOMAIN`
   * (Thunderbird, and a profile for Apple's Mail) and at `autodiscover.DOMAIN` (Outlook, which asks there before it
   * looks for an SRV record).
   * @default false
   */
  enableAutoconfig?: boolean;

  /** Who else may send for the domain (SPF, RFC 7208). @default - nobody but this server */
  spf?: SpfArgs;

  /** Reports of failed TLS deliveries (TLS-RPT, RFC 8460). @default - no reports */
  tlsRpt?: TlsRptArgs;

  /** Whether SRV records tell mail programs where the servers are (RFC 6186, RFC 8314). @default true */
  enableSrvRecords?: boolean;

  /**
   * Whether the CAA records of the hostname are published for the whole domain, too. All other certificates in the
   * domain, such as those of its web site, can then only be issued to the ACME account of the mail server.
   * @default false
   */
  enableCaa?: boolean;

  /**
   * Where the DNS records of this domain are published. The same holds for those of the server's hostname, if it lies
   * in the domain.
   * @default - where the server's `dns` says
   */
  dns?: DnsArgs;
}
