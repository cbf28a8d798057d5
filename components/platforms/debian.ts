import { FirewallManager } from "../enums";
import type { Platform } from "./platform";

/** What Debian and the systems made of it have in common. */
export const debian = {
  id: "debian",
  packageManager: "apt",
  packages: {
    postfix: ["postfix", "ca-certificates"],
    postfixSaslClient: ["libsasl2-modules"],
    postfixPcre: ["postfix-pcre"],
    dovecot: ["dovecot-core", "dovecot-imapd", "dovecot-lmtpd", "iproute2"],
    dovecotPop3: ["dovecot-pop3d"],
    dovecotSieve: ["dovecot-sieve", "dovecot-managesieved"],
    opendkim: ["opendkim", "dns-root-data"],
    spfPolicy: ["postfix-policyd-spf-python"],
    certbot: ["certbot", "openssl"],
    nginx: ["nginx"],
    ufw: ["ufw"],
    nftables: ["nftables"],
    firewalld: ["firewalld", "nftables"],
    fail2ban: ["fail2ban", "nftables", "python3-systemd"],
    unattendedUpgrades: ["unattended-upgrades", "needrestart"],
    mailx: ["bsd-mailx"],
    mailLog: ["rsyslog", "logrotate"],
    pflogsumm: ["pflogsumm"],
  },
  paths: {
    caBundle: "/etc/ssl/certs/ca-certificates.crt",
    dnssecRootKey: "/usr/share/dns/root.key",
    spfPolicy: "/etc/postfix-policyd-spf-python/policyd-spf.conf",
  },
  firewall: FirewallManager.Ufw,
} satisfies Partial<Platform>;
