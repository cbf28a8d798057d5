import type { FirewallManager } from "../enums";

/**
 * What the files and the installation depend on from one operating system to another, as features: nobody compares versions.
 * A system is one file beside this one and one line in `index.ts`.
 */
export interface Platform {
  /** `ID` of `/etc/os-release`. */
  id: string;
  /** `VERSION_ID` of `/etc/os-release`. */
  versionId: string;
  /** What installs packages; the agent has a back end for each. */
  packageManager: "apt";
  /** Names of the packages of each piece of software. */
  packages: Record<Software, string[]>;
  paths: PlatformPaths;
  /** Where security updates come from, as unattended-upgrades calls it (`Unattended-Upgrade::Origins-Pattern`). */
  securityOrigin: string;
  /** What lets ports in where nobody chooses. */
  firewall: FirewallManager;
  postfix: PostfixFeatures;
  dovecot: DovecotFeatures;
  openssl: OpensslFeatures;
}

/** Software that services install. */
export type Software =
  | "postfix"
  | "postfixSaslClient"
  | "postfixPcre"
  | "dovecot"
  | "dovecotPop3"
  | "dovecotSieve"
  | "opendkim"
  | "spfPolicy"
  | "certbot"
  | "nginx"
  | "ufw"
  | "nftables"
  | "firewalld"
  | "fail2ban"
  | "unattendedUpgrades"
  | "mailx"
  | "mailLog"
  | "pflogsumm";

/** Files and units that systems call differently. */
export interface PlatformPaths {
  /** Certificates of the public authorities in one PEM file. */
  caBundle: string;
  /** Trust anchor of DNSSEC. */
  dnssecRootKey: string;
  /** Configuration of the SPF policy service. */
  spfPolicy: string;
}

/** What the system's Postfix can do and how it is packaged. */
export interface PostfixFeatures {
  /** Whether the daemons that speak to the network run in the queue directory as their root (`chroot` in master.cf). */
  chroot: boolean;
  /** `smtpd_hide_client_session`, since 3.10: the Received header of a submission names no client. */
  hidesClientSession: boolean;
  /** `smtpd_client_ipv6_prefix_length`, since 3.8: what a client may do is counted by network. */
  countsIpv6Networks: boolean;
  /** `tls_ffdhe_auto_groups`, since 3.8 with OpenSSL 3.0: which finite-field groups key exchange may use. */
  ffdheGroups: boolean;
}

/** What the system's Dovecot can do. */
export interface DovecotFeatures {
  /** The version that its configuration language came with. */
  dialect: "2.3" | "2.4";
}

/** What the system's OpenSSL can do. */
export interface OpensslFeatures {
  /** ML-KEM, since 3.5: key exchange that withstands quantum computers. */
  mlKem: boolean;
}
