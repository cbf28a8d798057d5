/** Operating systems that a mail server can be put on. */
export enum OperatingSystem {
  /** Debian 12 (bookworm): Postfix 3.7, Dovecot 2.3. */
  Debian12 = "debian-12",
  /** Debian 13 (trixie): Postfix 3.10, Dovecot 2.4. */
  Debian13 = "debian-13",
  /** Ubuntu 24.04 (noble): Postfix 3.8, Dovecot 2.3. Not deployed to by us yet. */
  Ubuntu2404 = "ubuntu-24.04",
}

/** What lets in the ports in use on the machine, and keeps out the rest. */
export enum FirewallManager {
  /** UFW, by its own rule files: `ufw status` shows them. */
  Ufw = "ufw",
  /** nftables alone, by a table of the mail server's own: `nft list table inet mailserver`. Tables of others stay as they are. */
  Nftables = "nftables",
  /** firewalld, by the names of services in the zone `public`: `firewall-cmd --list-all`. */
  Firewalld = "firewalld",
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

/** What senders do with mail that cannot be delivered by TLS (RFC 8461 section 5). */
export enum MtaStsMode {
  /** As if there were no policy. */
  None = "none",
  /** They deliver it, and report (RFC 8460). */
  Testing = "testing",
  /** They do not deliver it. */
  Enforce = "enforce",
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

/** Whether a domain is a public suffix (RFC 9989 section 4.7, tag `psd`). */
export enum DmarcPsd {
  /** It is one. */
  Yes = "y",
  /** It is none. */
  No = "n",
  /** The record does not say. */
  Unknown = "u",
}

/** HMAC of a TSIG key (RFC 8945 section 6). */
export enum TsigAlgorithm {
  /** HMAC with SHA-1. Only for name servers that have no other. */
  HmacSha1 = "hmac-sha1",
  /** HMAC with SHA-224. */
  HmacSha224 = "hmac-sha224",
  /** HMAC with SHA-256. */
  HmacSha256 = "hmac-sha256",
  /** HMAC with SHA-384. */
  HmacSha384 = "hmac-sha384",
  /** HMAC with SHA-512. */
  HmacSha512 = "hmac-sha512",
}

/** Names of the people in charge, which RFC 2142 knows beside `abuse` and `postmaster` (sections 4 and 5). */
export enum RoleAddress {
  /** Of the zone; its SOA record names it. */
  Hostmaster = "hostmaster",
  /** Of the network. */
  Noc = "noc",
  /** Who is told of weaknesses. */
  Security = "security",
  /** Of the web site. */
  Webmaster = "webmaster",
}

/** Protocol between a mail program and the server. */
export enum ClientProtocol {
  /** Reads mail and leaves it on the server (RFC 9051). */
  Imap = "IMAP",
  /** Fetches mail (RFC 1939). */
  Pop3 = "POP3",
  /** Submits mail (RFC 6409). */
  Smtp = "SMTP",
  /** Keeps Sieve scripts on the server (RFC 5804). */
  ManageSieve = "ManageSieve",
}

/** How TLS begins between a mail program and the server. */
export enum ClientSecurity {
  /** With the first byte of the connection (RFC 8314); preferred. */
  Tls = "TLS",
  /** With a command of the protocol. */
  StartTls = "STARTTLS",
}

/** What happens where MX and SPF records of another mail server stand at the server's names. */
export enum ConflictingRecords {
  /**
   * The run fails with an error that lists them. At a provider with an API, it fails in a preview already, before anything is changed; with
   * `rfc2136`, before the record in question is made: before the machine is touched (SPF), and before mail moves (MX).
   */
  Fail = "fail",
  /**
   * They are deleted when the server's own are published, and published again when those are destroyed. Only for `rfc2136`: at the other
   * providers, nothing is changed that is not the stack's.
   */
  Replace = "replace",
  /** They are kept: the stack has them by `pulumi import`, or they stay beside the server's, like a second MX. */
  Keep = "keep",
}

/** Language of patterns in Postfix's tables. */
export enum PatternType {
  /** POSIX extended regular expressions (regexp_table(5)). */
  Regexp = "regexp",
  /** Perl-compatible regular expressions (pcre_table(5)). */
  Pcre = "pcre",
}

/** What is done with a message in which a line matches (header_checks(5)). */
export enum CheckAction {
  /** A copy goes to the address in `text`. */
  Bcc = "BCC",
  /** The message is taken and thrown away. */
  Discard = "DISCARD",
  /** Nothing: later rules are not asked about this line. */
  Dunno = "DUNNO",
  /** The message waits in the hold queue until somebody releases it. */
  Hold = "HOLD",
  /** The line is taken out. */
  Ignore = "IGNORE",
  /** It is logged. */
  Info = "INFO",
  /** The line in `text` is put before it. */
  Prepend = "PREPEND",
  /** The message goes to the address in `text` in place of its recipients. */
  Redirect = "REDIRECT",
  /** The message is refused, with `text` as the reason. */
  Reject = "REJECT",
  /** The line becomes `text`. */
  Replace = "REPLACE",
  /** It is logged as a warning. */
  Warn = "WARN",
}

/** What is done with a client, a name, a sender or a recipient that a list names (access(5)). */
export enum AccessAction {
  /** A copy goes to the address in `text`. */
  Bcc = "BCC",
  /** It is told to come again later. */
  Defer = "DEFER",
  /** The message is taken and thrown away. */
  Discard = "DISCARD",
  /** Nothing: wider entries of the list are not asked. */
  Dunno = "DUNNO",
  /** The message waits in the hold queue until somebody releases it. */
  Hold = "HOLD",
  /** It is logged. */
  Info = "INFO",
  /** What stands after the list in the same restrictions is not asked. It never opens a relay. */
  Ok = "OK",
  /** The header in `text` is put before the message. */
  Prepend = "PREPEND",
  /** The message goes to the address in `text` in place of its recipients. */
  Redirect = "REDIRECT",
  /** It is refused, with `text` as the reason. */
  Reject = "REJECT",
  /** It is logged as a warning. */
  Warn = "WARN",
}

/** What happens to a client that fails a check which honest clients fail, too. */
export enum ClientCheck {
  /** It is not checked. */
  Accept = "accept",
  /** It is logged what would have been refused (Postfix `warn_if_reject`). */
  Warn = "warn",
  /** It is refused. */
  Reject = "reject",
}

/** What of a message's senders is rewritten (Postfix `sender_canonical_classes`). */
export enum SenderClass {
  /** The envelope. */
  Envelope = "envelope_sender",
  /** From, Sender and the like. */
  Header = "header_sender",
}

/** What of a message's recipients is rewritten (Postfix `recipient_canonical_classes`). */
export enum RecipientClass {
  /** The envelope. */
  Envelope = "envelope_recipient",
  /** To, Cc and the like. */
  Header = "header_recipient",
}

/** What is demanded of TLS towards a server that mail is sent to (Postfix `smtp_tls_security_level`). */
export enum TlsLevel {
  /** TLS with a certificate that is valid for the server's name; else the mail waits. */
  Verified = "secure",
  /** TLS with any certificate: who sits in between can read the mail by showing one of its own. */
  Required = "encrypt",
  /** TLS where the server offers it, and clear text where not. */
  Opportunistic = "may",
  /** Clear text. */
  None = "none",
}
