import type { Input } from "@pulumi/pulumi";

/**
 * Everything that a mail server needs to know. Plain nested data: the same structure serves TypeScript, other languages and a
 * stack's configuration file.
 */
export interface MailServerArgs extends MailHostArgs, PublishingArgs {
  /** The domains that receive and send mail here. At least one. */
  domains: DomainArgs[];

  /**
   * Whether the new machine must pass a live probe before any MX record leads to it: from where Pulumi runs, SMTP with STARTTLS and
   * a valid certificate on 25, and greetings on 465, 587 and 993. It needs a network that lets connections to port 25 out, as
   * homes and many clouds do not: with `false`, nothing but the machine's own tests stands before the MX records.
   * @default true
   */
  probe?: boolean;
}

/** The machine of a mail server, whose DNS records are kept by something else. */
export interface MailHostArgs extends CommonArgs {
  /** The machine. */
  host: HostArgs;

  /** What runs on the machine; compared with what is found there. */
  operatingSystem: OperatingSystem;

  /** The domains that receive and send mail here. At least one. */
  domains: MailHostDomainArgs[];

  /**
   * People's mailboxes. Sub-addresses (`anna+shop@…`) arrive in the mailbox without being listed.
   * @default - none: every address is an alias
   */
  mailboxes?: MailboxArgs[];

  /**
   * Addresses that stand for others.
   * @default - none but `postmaster@` and `abuse@` of each domain, which RFC 2142 demands and which go to `postmaster`
   */
  aliases?: AliasArgs[];

  /**
   * Address that receives what is sent to `postmaster@` and `abuse@` of each domain and to `root` of the machine.
   * @default - the first mailbox
   */
  postmaster?: string;

  /**
   * Characters that separate a mailbox's name from a sub-address, up to four of `+ = _ . ~ # -`; the empty string switches sub-addressing off (Postfix
   * `recipient_delimiter`).
   * @default "+"
   */
  recipientDelimiter?: string;

  /**
   * Addresses, or blocks such as `203.0.113.0/24`, of machines that hand in mail for this server's addresses and are not asked for more: a backup MX or an
   * old provider that forwards, whose mail fails SPF, and devices and servers that greet with a name of one label. They may send to nobody elsewhere.
   * @default - none
   */
  trustedClients?: string[];

  /**
   * Largest message accepted, in bytes, headers and encoding included (Postfix `message_size_limit`). A message grows by a third
   * when its attachments are encoded.
   * @default 52428800
   */
  messageSizeLimit?: number;

  /** What holds for those who log in to send mail, on 465 and 587. */
  submission?: SubmissionArgs;

  /**
   * A server that takes all mail for others and sends it on, where the machine's provider lets no connection to port 25 out or the
   * machine's address has a bad name (Postfix `relayhost`). The SPF record of each domain must name it too: `domains[].spf`.
   * @default - mail goes straight to the servers of its recipients
   */
  relayHost?: RelayHostArgs;

  /**
   * Whether the key of the server's certificate is published for port 25 (DANE, RFC 7672), so that senders insist on it. Counts only
   * where the zone is signed with DNSSEC; the key stays the same over renewals.
   * @default true
   */
  dane?: boolean;

  /** The firewall on the machine. @default - UFW lets in the ports in use and SSH, and nothing else */
  firewall?: FirewallArgs;

  /** What has no member of its own here: Postfix. */
  postfix?: PostfixArgs;

  /** What has no member of its own here: Dovecot. */
  dovecot?: DovecotArgs;

  /** What has no member of its own here: OpenDKIM. */
  opendkim?: OpendkimArgs;
}

/** The DNS records of a mail server, whatever runs it. */
export interface MailDnsArgs extends CommonArgs, PublishingArgs {
  /** Public IPv4 address of the machine. */
  address: Input<string>;

  /** Public IPv6 address of the machine, if the server uses IPv6. @default - IPv4 only */
  addressV6?: Input<string>;

  /** The domains that receive and send mail there. At least one. */
  domains: MailDnsDomainArgs[];

  /**
   * Public DKIM keys in PEM, by the names of their records: one for each selector of `domains[].dkim` and `hostnameDkim` that signs or is published.
   * Without one for the hostname at the selector `mail`, no key of the hostname is published.
   * @default - keys are made and kept in the stack; the output `dkimPrivateKeys` has their private halves
   * @example { "mail._domainkey.example.org": "-----BEGIN PUBLIC KEY-----…" }
   */
  dkimPublicKeys?: Input<Record<string, Input<string>>>;

  /**
   * SHA-256 of the SubjectPublicKeyInfo of the server's certificate, in hexadecimal digits, for the TLSA record (DANE, RFC 7672). Where it
   * is the output of another resource, such as `MailHost`, no record leads mail or mail programs to the machine before that is there.
   * @default - no TLSA record
   */
  certificateKey?: Input<string>;

  /**
   * URL of the ACME account that the certificates are issued to, for the CAA records (RFC 8657).
   * @default - CAA records name the authority only
   */
  acmeAccount?: Input<string>;
}

/** What both the machine and its records follow from. */
export interface CommonArgs {
  /**
   * Fully qualified name of the machine: the name in its SMTP greeting, in its certificate, in its reverse DNS and in every MX
   * record. Must not be the name of a web site's CNAME.
   * @example "mail.example.org"
   */
  hostname: string;

  /**
   * DKIM keys of `hostname`, which sign bounces, delivery reports and what programs of the machine write. Not for a hostname that is one of
   * `domains`: there, the keys of that domain sign.
   * @default - one key, at the selector `mail`
   */
  hostnameDkim?: DkimArgs;

  /** The server's TLS certificate. @default - Let's Encrypt: `{ acme: {} }` */
  certificate?: CertificateArgs;

  /**
   * Whether POP3 is served on 110 (STARTTLS) and 995 (TLS) beside IMAP.
   * @default false
   */
  enablePop3?: boolean;

  /**
   * Whether only the ACME authority may issue certificates for the hostname, only to the stack's account and only by HTTP-01 (CAA,
   * RFC 8659 and 8657). None is published where `certificate.acme` says no authority whose name is known. The account's key is kept in
   * the stack, so that a machine that is made anew from nothing may have its certificates.
   * @default true
   */
  caa?: boolean;

  /**
   * Any text, such as the time of day: another one than before has the next `pulumi up` activate the host again, and publish the records of
   * `rfc2136` again, although nothing else has changed. This puts right what was changed by hand since; `mailserver drift` says what that is.
   * @default - only changes reach the host
   */
  reapply?: string;
}

/** Where records are kept. */
export interface PublishingArgs {
  /** Where the DNS records of the domains are kept. */
  dns: DnsArgs;

  /**
   * Where the PTR records of the machine's addresses are kept.
   * @default - nowhere: set them at the machine's provider, as the output `reverseRecords` says
   */
  reverseDns?: ReverseDnsArgs;

  /**
   * Whether the machine's addresses must lead to the hostname, and the hostname back to them (forward-confirmed reverse DNS), before an MX record is
   * published that leads to it: the big providers refuse mail of a server where it is not so. Where all MX records are pasted by hand, nobody looks.
   * @default true
   */
  requireReverseDns?: boolean;

  /**
   * Names that neither send nor receive mail, and say so: null MX (RFC 7505), SPF `-all`, DMARC `reject`. None of `domains`.
   * @default - none
   */
  parkedNames?: string[];
}

/** What holds for those who log in to send mail (RFC 6409). */
export interface SubmissionArgs {
  /**
   * Whether headers in which mail programs tell what they are and where they run, such as `User-Agent`, `X-Mailer` and `X-Originating-IP`, stay
   * in what people send. The client's name and address are kept from recipients in any case.
   * @default false
   */
  keepClientHeaders?: boolean;

  /**
   * Mailboxes that may write any address into `From:` and `Sender:`, such as that of a web shop which sends in the name of its customers. The
   * sender of the envelope stays theirs; OpenDKIM signs for whichever of `domains` stands in `From:`.
   * @default - nobody: each login may write its mailbox's address and those of aliases that lead to it
   */
  freeSenders?: string[];
}

/** Additions to Postfix's files. They come last, stand in the diff, and are judged by Postfix before they go live. */
export interface PostfixArgs {
  /**
   * Parameters of main.cf (postconf(5)) by name. Each takes the place of the value that the server would have.
   * @example { smtpd_client_connection_count_limit: "20" }
   */
  mainCf?: Record<string, string>;
  /**
   * Entries of master.cf (master(5)): a service line, and below it its options, indented. Each takes the place of the entry of the same
   * name and type that the server would have.
   * @example ["2525 inet n - y - - smtpd\n  -o syslog_name=postfix/2525"]
   */
  masterCf?: string[];
}

/** An addition to Dovecot's file. */
export interface DovecotArgs {
  /** Text that stands at the end of dovecot.conf, where it has the last word; judged by Dovecot before it goes live. */
  conf?: string;
}

/** An addition to OpenDKIM's file. */
export interface OpendkimArgs {
  /** Text that stands at the end of opendkim.conf (opendkim.conf(5)); judged by OpenDKIM before it goes live. */
  conf?: string;
}

/** A server that sends mail on, also called a smart host. It must speak TLS, with a certificate that is valid for its name. */
export interface RelayHostArgs {
  /** Its name. @example "smtp.example.net" */
  hostname: string;
  /** Its port; on 465 TLS comes first, on any other STARTTLS is demanded. @default 587 */
  port?: number;
  /** Name to log in with. @default - none: it knows the machine by its address */
  user?: string;
  /** Password to log in with. A secret. @default - none */
  password?: Input<string>;
}

/** Operating systems that a mail server can be put on. */
export enum OperatingSystem {
  /** Debian 12 (bookworm): Postfix 3.7, Dovecot 2.3. */
  Debian12 = "debian-12",
  /** Debian 13 (trixie): Postfix 3.10, Dovecot 2.4. */
  Debian13 = "debian-13",
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
  address: Input<string>;

  /**
   * Public IPv6 address, as AAAA, SPF and PTR records name it. IPv6 is all or nothing: with it, every service listens and sends
   * on IPv6 too; without it, on IPv4 only (a server that sends from an address without a PTR record is refused by the big providers).
   * @default - IPv4 only
   */
  addressV6?: Input<string>;

  /** TCP port of sshd. @default 22 */
  port?: number;

  /** `root`, or a user whose `sudo` asks for no password. @default "root" */
  user?: string;

  /**
   * Private key in PEM or OpenSSH format.
   * @default - the SSH agent's keys
   */
  privateKey?: Input<string>;

  /** Pass phrase of `privateKey`. @default - the key has none */
  privateKeyPassword?: Input<string>;

  /** Path of the SSH agent's socket. @default - $SSH_AUTH_SOCK */
  agentSocketPath?: string;

  /**
   * The machine's public host key, ed25519 or ecdsa, one line as in `/etc/ssh/ssh_host_ed25519_key.pub`. Required: without it, a stranger in the
   * middle of the first connection would be given every secret. An output where the same program makes the key and gives it to the
   * machine, by cloud-init or the like.
   * @example "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"
   */
  hostKey: Input<string>;
}

/**
 * A virtual private server at OVH, whose addresses are found there. Exactly one of `serviceName` and `order`, and exactly one of
 * `hostKey` and `trustOnFirstUse`. Credentials are the provider's own (`OVH_ENDPOINT`, `OVH_APPLICATION_KEY` …).
 */
export interface OvhVpsArgs {
  /**
   * Name of a VPS that the account has; it is taken as it is, and nothing here can reinstall or end it.
   * @example "vps-0a1b2c3d.vps.ovh.net"
   */
  serviceName?: string;

  /** A VPS to buy. It stays when the stack goes. */
  order?: OvhVpsOrderArgs;

  /**
   * Whether the mail server uses IPv6 too. The image must have configured the address on the machine, as OVH's present ones do.
   * @default true
   */
  ipv6?: boolean;

  /** Which IPv4 address is the server's, where the VPS has several. @default - its only one */
  address?: string;

  /** Which IPv6 address is the server's, where the VPS has several. @default - its only one */
  addressV6?: string;

  /** TCP port of sshd. @default 22 */
  port?: number;

  /** A user whose `sudo` asks for no password, or `root`. @default "debian", the user of OVH's Debian images */
  user?: string;

  /**
   * Private key in PEM or OpenSSH format.
   * @default - the SSH agent's keys
   */
  privateKey?: Input<string>;

  /** Pass phrase of `privateKey`. @default - the key has none */
  privateKeyPassword?: Input<string>;

  /** Path of the SSH agent's socket. @default - $SSH_AUTH_SOCK */
  agentSocketPath?: string;

  /**
   * The machine's public host key, ed25519 or ecdsa, one line as in `/etc/ssh/ssh_host_ed25519_key.pub`: read it in the KVM console of OVH's
   * control panel, where nobody stands in the middle.
   * @example "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"
   */
  hostKey?: string;

  /**
   * `true`: the host key that the machine shows on the first `pulumi up` is believed and kept in the stack; from then on no other is
   * accepted. Weaker than `hostKey`: a stranger in the middle of that one connection would be given every secret. It is here as a
   * VPS that is only being ordered has no key yet that anybody could know. After a reinstallation, name the new `hostKey`.
   */
  trustOnFirstUse?: boolean;

  /**
   * Whether OVH's edge firewall drops what is sent to other ports than those in use before it reaches the machine. It is a second
   * line of defence only: it is stateless, does not know IPv6, ignores what comes from inside OVH, and takes whole minutes to
   * change. The firewall on the machine does all of this; hence off.
   * @default false
   */
  edgeFirewall?: boolean;
}

/**
 * A VPS to buy, paid by the account's default payment method, month by month. It is bought once: no later change of these members
 * buys, reinstalls or ends anything. `pulumi destroy` takes all else down and ends with the error that the VPS is protected
 * (`--exclude-protected` leaves it out from the start); to stop paying, end it in OVH's control panel.
 *
 * OVH sends the password of the image's user by e-mail. So the first `pulumi up` ends where it connects by SSH: put your key on the
 * machine (`ssh-copy-id`), then run it again. If an order was placed but the run broke off before it was delivered, look into
 * OVH's control panel before the next run, which would order again: name what was delivered as `serviceName`.
 */
export interface OvhVpsOrderArgs {
  /** Plan, as OVH's catalogue names it. @example "vps-2025-model1" */
  planCode: string;
  /** Datacentre, as the catalogue's `vps_datacenter` names it. @example "GRA" */
  datacentre: string;
  /** Image, as the catalogue's `vps_os` names it; must be what `operatingSystem` says. @example "Debian 13" */
  image: string;
  /** Country of the OVH company that sends the bill. @example "FR" */
  ovhSubsidiary: string;
  /** Name in OVH's control panel. @default - OVH chooses */
  displayName?: string;
}

/** A mail domain. */
export interface DomainArgs extends MailHostDomainArgs, MailDnsDomainArgs {}

/** A mail domain as its machine knows it. */
export interface MailHostDomainArgs extends MailDomainArgs {
  /** Address that receives what is sent to any unknown address of the domain. @default - unknown addresses are refused */
  catchAll?: string;

  /**
   * Whether the mailbox of `catchAll` may also send as any address of the domain that belongs to nobody else, to answer from the one that was written to.
   * @default false
   */
  catchAllSends?: boolean;

  /**
   * Another of the domains, each of whose addresses this one has, too: mail to `anna@` of this domain goes where that to `anna@` of the other goes, and
   * whoever may send as the one may send as the other. Addresses that the other has not are refused. An alias of the same name has precedence.
   * @default - the domain has mailboxes and aliases of its own
   */
  aliasOf?: string;
}

/** A mail domain as DNS knows it. */
export interface MailDnsDomainArgs extends MailDomainArgs {
  /**
   * Where the DNS records of this domain, and of the server's hostname if it lies in it, are kept.
   * @default - where the server's `dns` says
   */
  dns?: DnsArgs;
}

/** What both know of a mail domain. */
export interface MailDomainArgs {
  /** The part after the `@`. Unicode names are taken and published in their ASCII form (RFC 5891). */
  name: string;

  /** DKIM signing (RFC 6376). */
  dkim?: DkimArgs;

  /** Policy for mail that claims to come from the domain but does not (RFC 9989). */
  dmarc?: DmarcArgs;

  /**
   * MTA-STS (RFC 8461): senders deliver by TLS to this server only, or not at all. Needs a web server: nginx answers at
   * `https://mta-sts.DOMAIN` on 443.
   * @default - none
   */
  mtaSts?: MtaStsArgs;

  /**
   * Whether mail programs find their settings by themselves: `autoconfig.DOMAIN` (Thunderbird, and a profile for Apple's Mail) and
   * `autodiscover.DOMAIN` (Outlook, which asks there before it looks for an SRV record), answered by nginx on 443.
   * @default false
   */
  autoconfig?: boolean;

  /** Who else may send for the domain (SPF, RFC 7208). @default - nobody but this server */
  spf?: SpfArgs;

  /** Addresses that receive reports of failed TLS deliveries (RFC 8460). @default - no reports */
  tlsReports?: string[];

  /** Whether SRV records tell mail programs where the servers are (RFC 6186, RFC 8314). @default true */
  clientRecords?: boolean;

  /**
   * Whether the CAA records of the hostname are published for the whole domain too. Certificates of everything else in the domain,
   * of its web site for instance, can then only be had by the mail server's ACME account.
   * @default false
   */
  caa?: boolean;
}

/** Senders of a domain besides this server (SPF, RFC 7208). */
export interface SpfArgs {
  /**
   * Domains whose SPF record's senders may send for this domain too, such as a newsletter service's; with macros (RFC 7208 section 7), where the service has
   * them.
   * @example ["_spf.example.net", "%{i}._ip.%{h}._ehlo.%{d}._spf.vendor.example"]
   * @default - none
   */
  include?: string[];
  /** IPv4 addresses, or blocks as `203.0.113.0/24`. @default - none */
  ip4?: string[];
  /** IPv6 addresses, or blocks as `2001:db8::/32`. @default - none */
  ip6?: string[];
  /** What receivers should think of all others. @default SpfAll.Fail */
  all?: SpfAll;
}

/** What a receiver should think of a sender that an SPF record does not name (RFC 7208 section 2.6). */
export enum SpfAll {
  /** It may not send for the domain. */
  Fail = "fail",
  /** It probably may not. */
  SoftFail = "softfail",
  /** The domain does not say. */
  Neutral = "neutral",
}

/** MTA-STS (RFC 8461). */
export interface MtaStsArgs {
  /** What senders do when they cannot reach the server by TLS with a valid certificate. Start with `MtaStsMode.Testing`. */
  mode: MtaStsMode;
  /**
   * How long senders remember the policy, in seconds: 86400 (a day) to 31557600 (a year). Who wants to leave MTA-STS publishes
   * `MtaStsMode.None` for that long first.
   * @default 604800
   */
  maxAge?: number;
}

/** What senders do with mail that cannot be delivered by TLS (RFC 8461 section 5). */
export enum MtaStsMode {
  /** As if there were no policy. */
  None = "none",
  /** They deliver it, and report (RFC 8460). */
  Testing = "testing",
  /** They do not deliver it. */
  Enforce = "enforce",
}

/** DKIM signing (RFC 6376) with 2048-bit RSA keys that are made and kept in the stack, one a selector. */
export interface DkimArgs {
  /** Selector of the key that signs; its record is at `SELECTOR._domainkey.DOMAIN`. @default "mail" */
  selector?: string;
  /**
   * Further selectors whose keys are kept and published, but do not sign: the next one until the world can see it, the last one until all mail that it
   * signed has arrived. @default - none
   */
  published?: string[];
  /** Selectors whose keys are gone and which are published as revoked, with an empty `p=` (RFC 6376 section 3.6.1). @default - none */
  revoked?: string[];
  /** Whether receivers are told that the domain is testing DKIM (`t=y`): they treat its mail no worse than unsigned mail. @default false */
  testing?: boolean;
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
  /** Test mode: receivers apply the next weaker policy. @default false */
  t?: boolean;
  /** Whether the domain is a public suffix: `y`, `n` or `u`. @default - `u` */
  psd?: string;
  /** Share of mail that the policy applies to, in percent; not in RFC 9989, still read by older receivers. @default - 100 */
  pct?: number;
}

/** What a receiver should do with mail that fails DMARC. */
export enum DmarcPolicy {
  /** Deliver it; only report. */
  None = "none",
  /** Treat it as suspicious. */
  Quarantine = "quarantine",
  /** Refuse it. */
  Reject = "reject",
}

/** How exactly an authenticated domain must match the one in the From header. */
export enum DmarcAlignment {
  /** The organisational domain must match. */
  Relaxed = "r",
  /** The whole name must match. */
  Strict = "s",
}

/** A mailbox. Exactly one of `password`, `passwordHash` and `weakPasswordHash`. */
export interface MailboxArgs {
  /**
   * E-mail address, and the name to log in with. Its local part has letters, digits, and `.`, `_`, `-`, `=` after the first character. Where the domain has a
   * Unicode name, the name to log in with has its ASCII form (`anna@xn--…`), as the output `clientSettings` says.
   */
  address: string;

  /**
   * Password in clear: 10 characters or more, 72 bytes of UTF-8 at most, and none of those that are guessed first. It never leaves the deployer: the
   * machine gets its bcrypt hash. Always kept as a secret.
   */
  password?: Input<string>;

  /**
   * Hash of the password, as `doveadm pw -s BLF-CRYPT -r 10`, `-s SHA512-CRYPT` or `-s ARGON2ID` prints it, or as a Debian machine's `/etc/shadow` has it
   * (yescrypt); with or without the scheme in front. Allowed are bcrypt of cost 10 to 12, SHA512-CRYPT of 5000 to 500000 rounds, ARGON2ID of m=7168 to
   * 131072 (KiB) with m times t of 35840 to 524288 and p up to 8, and yescrypt of j9T to jBT. Always kept as a secret.
   */
  passwordHash?: Input<string>;

  /**
   * As `passwordHash`, and taken although it costs less work: whoever gets the hash finds the password sooner. For mailboxes that come from another server,
   * until each has a new password.
   */
  weakPasswordHash?: Input<string>;
}

/** An address that stands for others. */
export interface AliasArgs {
  /** The address, in one of the server's domains. May be a mailbox's, whose mail then goes to the destinations only. */
  address: string;
  /**
   * Where its mail goes: mailboxes, other aliases, or addresses elsewhere; the address itself, if it is a mailbox that keeps a copy. What goes elsewhere
   * keeps its envelope sender (no SRS), so that a server which is strict about SPF may refuse it.
   */
  destinations: string[];
}

/** The server's TLS certificate. Exactly one member. */
export interface CertificateArgs {
  /** A certificate from an ACME authority (RFC 8555), proved by HTTP-01 on port 80 and renewed by the machine itself. */
  acme?: AcmeArgs;
}

/** An ACME authority. */
export interface AcmeArgs {
  /** Directory of the authority. @default "https://acme-v02.api.letsencrypt.org/directory" */
  directoryUrl?: string;
  /** Address that the authority may write to. @default - none */
  email?: string;
  /**
   * By which name CAA records call the authority (RFC 8659 section 4.2). It must know the parameters `accounturi` and
   * `validationmethods` (RFC 8657).
   * @default - follows from `directoryUrl` for Let's Encrypt, ZeroSSL, Sectigo, SSL.com, Buypass and Google; no CAA record for others
   * @example "letsencrypt.org"
   */
  caaIdentity?: string;
  /**
   * The account with the authority itself that the ACME account is bound to (RFC 8555 section 7.3.4). ZeroSSL, Sectigo, SSL.com and Google demand one.
   * @default - none
   */
  externalAccount?: ExternalAccountArgs;
}

/** An account with an authority itself, outside ACME, as its web site or command line gives it (`EAB`). Needed when the ACME account is opened. */
export interface ExternalAccountArgs {
  /** Key identifier (`EAB KID`). */
  keyId: string;
  /** MAC key (`EAB HMAC Key`), base64url. A secret. */
  hmacKey: Input<string>;
}

/** Where DNS records are kept. Exactly one member. */
export interface DnsArgs {
  /** A name server that takes dynamic updates (RFC 2136): BIND, Knot, PowerDNS and others. Needs `nsupdate` and `dig` where Pulumi runs. */
  rfc2136?: Rfc2136Args;
  /** Nowhere: the output `zoneFile` holds the records, to be pasted at any provider. */
  zoneFile?: ZoneFileArgs;
  /** OVH. Credentials are the provider's own (`OVH_ENDPOINT`, `OVH_APPLICATION_KEY` …). */
  ovh?: OvhDnsArgs;
  /** Cloudflare. The token is the provider's own (`CLOUDFLARE_API_TOKEN`); it needs Zone:Read and DNS:Edit. */
  cloudflare?: CloudflareDnsArgs;
  /** Hetzner. The token is the provider's own (`HCLOUD_TOKEN`); it needs to read and write. */
  hetzner?: HetznerDnsArgs;
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

/** PTR records at OVH, which takes them only once the hostname leads to the address. */
export interface OvhReverseDnsArgs {
  /**
   * The IPv4 block that OVH knows the address by.
   * @default - the address itself, as `/32`
   * @example "198.51.100.0/28"
   */
  blockV4?: string;
  /**
   * The IPv6 block that OVH knows the address by.
   * @default - the address itself, as `/128`: so a VPS has it
   * @example "2001:db8:51::/64"
   */
  blockV6?: string;
}

/** A name server that takes dynamic updates (RFC 2136), each signed (TSIG, RFC 8945). */
export interface Rfc2136Args {
  /** Address or name of the primary name server. */
  server: string;
  /** Its port. @default 53 */
  port?: number;
  /** Name of the TSIG key. */
  keyName: string;
  /** HMAC of the TSIG key. @default "hmac-sha256" */
  keyAlgorithm?: string;
  /** Secret of the TSIG key, base64. Always kept as a secret. */
  keySecret: Input<string>;
  /** Time to live of the records, in seconds. @default 3600 */
  ttl?: number;

  /** What happens to MX and SPF records of another mail server. @default ExistingRecords.Refuse */
  existing?: ExistingRecords;
}

/** What happens to MX and SPF records of another mail server that stand at the server's names. */
export enum ExistingRecords {
  /**
   * They are an error that lists them. At OVH and Cloudflare already in a preview, before anything is changed; by `rfc2136` before the
   * record in question is made, and so before the machine is touched (SPF) and before mail moves (MX).
   */
  Refuse = "refuse",
  /**
   * They go when the server's own are published, and come back when those are destroyed. Only for `rfc2136`: the providers of OVH
   * and Cloudflare change nothing that is not the stack's.
   */
  Replace = "replace",
  /** They are known: the stack has them by `pulumi import`, or they stay beside the server's, like a second MX. */
  Adopt = "adopt",
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

  /** What happens to MX and SPF records of another mail server. @default ExistingRecords.Refuse */
  existing?: ExistingRecords;
}

/** A DNS zone at Cloudflare. */
export interface CloudflareDnsArgs {
  /** ID of the zone: 32 hexadecimal digits, on the zone's overview page. */
  zoneId: string;
  /** Time to live of the records, in seconds: 60 to 86400, or 1 for Cloudflare's choice. @default 3600 */
  ttl?: number;

  /** What happens to MX and SPF records of another mail server. @default ExistingRecords.Refuse */
  existing?: ExistingRecords;
}

/** A DNS zone at Hetzner. The records have the zone's own time to live. */
export interface HetznerDnsArgs {
  /**
   * The zone, as Hetzner Console names it.
   * @default - the registrable domain of each name: `example.org` for `mail.example.org`
   */
  zone?: string;

  /** What happens to MX and SPF records of another mail server. @default ExistingRecords.Refuse */
  existing?: ExistingRecords;
}

/** PTR records of a cloud server at Hetzner. */
export interface HetznerReverseDnsArgs {
  /** Number of the server, as `hcloud server list` and the address of its page in Hetzner Console show it. */
  serverId: number;
}

/** The firewall on the machine. */
export interface FirewallArgs {
  /** Whether UFW is installed, filled with exactly the ports in use, and switched on. @default true */
  enabled?: boolean;
  /**
   * TCP ports of sshd that stay open, as the machine itself sees them (behind a translated port they differ from `host.ssh.port`).
   * @default - `host.ssh.port`
   */
  sshPorts?: number[];
  /** Further TCP ports to let in, such as those of services that `postfix.masterCf` adds. @default - none */
  morePorts?: number[];
}
