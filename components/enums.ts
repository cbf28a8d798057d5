/** Operating systems that a mail server can be put on. */
export enum OperatingSystem {
  /** Debian 12 (bookworm): Postfix 3.7, Dovecot 2.3. */
  Debian12 = "debian-12",
  /** Debian 13 (trixie): Postfix 3.10, Dovecot 2.4. */
  Debian13 = "debian-13",
  /** Ubuntu 24.04 (noble): Postfix 3.8, Dovecot 2.3. Not deployed to by us yet. */
  Ubuntu2404 = "ubuntu-24.04",
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

/** What happens to MX and SPF records of another mail server that stand at the server's names. */
export enum ExistingRecords {
  /**
   * They are an error that lists them. At a provider with an API already in a preview, before anything is changed; by `rfc2136` before
   * the record in question is made, and so before the machine is touched (SPF) and before mail moves (MX).
   */
  Refuse = "refuse",
  /**
   * They go when the server's own are published, and come back when those are destroyed. Only for `rfc2136`: the other
   * providers change nothing that is not the stack's.
   */
  Replace = "replace",
  /** They are known: the stack has them by `pulumi import`, or they stay beside the server's, like a second MX. */
  Adopt = "adopt",
}
