import type { MailServerArgs } from "../../index";
import { OperatingSystem } from "../../index";
import { acme, type MachineName } from "../../lab/lab";

/** What a machine went through before it was to become a mail server. */
export interface History {
  title: string;
  machine: MachineName;
  operatingSystem: OperatingSystem;
  /** User that the deployer logs in as. */
  user: "root" | "admin";
  packages: string[];
  /** Written before the packages are installed, which keep what is there. */
  files?: Record<string, string>;
  /** Run after that, one after the other. */
  commands?: string[];
  /** What the stack must say to this machine. @default - what each has */
  args?: (args: MailServerArgs) => MailServerArgs;
  /** What the first `up` refuses, and what the error says to do about it. */
  refused?: { args?: (args: MailServerArgs) => MailServerArgs; error: RegExp; remedy?: string }[];
  /** Whether the shell of the user greets later, too, when a version from before the marks around an answer has written the state. */
  greetsLater?: boolean;
  /** What of the machine does not come back, as patterns of lines of the fingerprint. */
  lost?: RegExp[];
}

/** The authority that takes its customers only. */
const ofCustomer = (args: MailServerArgs, hmacKey = acme.customer.hmacKey): MailServerArgs => ({
  ...args,
  certificate: {
    acme: { directoryUrl: acme.customersDirectoryUrl, externalAccount: { ...acme.customer, hmacKey } },
  },
});

const debian12 = { operatingSystem: OperatingSystem.Debian12 };
const debian13 = { operatingSystem: OperatingSystem.Debian13 };

const handMade: History = {
  ...debian13,
  title: "Exim with mail in its queue, UFW switched on by hand, a shell that greets",
  machine: "lived13",
  user: "admin",
  packages: ["exim4-daemon-light", "ufw"],
  args: (args) => ofCustomer(args),
  refused: [
    { error: /Exim: 1 message; .*`exim4 -qff` tries to deliver them now/, remedy: "exim4 -qff" },
    {
      args: (args) => ({ ...args, certificate: { acme: { directoryUrl: acme.customersDirectoryUrl } } }),
      error: /opens accounts for its own customers only; give keyId and hmacKey/,
    },
    {
      args: (args) => ofCustomer(args, "A".repeat(64)),
      error: /opened no account bound to the external account kid-1; compare keyId and hmacKey/,
    },
  ],
  commands: [
    // Frozen, so that no run of the queue delivers it, such as the one with which Exim starts.
    "systemctl stop exim4; echo 'From cron' | exim4 -odq root; exim4 -Mf $(basename /var/spool/exim4/input/*-H -H); systemctl start exim4",
    "ufw allow 22/tcp",
    "ufw allow 8080/tcp",
    "ufw --force enable",
    `for home in /root /home/admin; do sed -i '1i echo "Welcome to $(hostname)"; echo careful >&2' $home/.bashrc; done`,
  ],
  // Two mail systems cannot be installed at once: apt removes the other one.
  // UFW was on and its unit was not; now both are.
  lost: [/exim4/, /:25 /, /^units: active ufw\.service$/],
};

const ownMailServer: History = {
  ...debian12,
  title: "a mail server of one's own for IPv4 only, UFW since boot, fail2ban, the names of cloud-init",
  machine: "lived12",
  user: "root",
  greetsLater: true,
  packages: ["postfix", "dovecot-imapd", "opendkim", "certbot", "ufw", "fail2ban", "python3-systemd"],
  files: {
    "/etc/mailname": "mail-lived12.example.com",
    "/etc/fail2ban/jail.local": "[sshd]\nbackend = systemd\nmaxretry = 3\n",
    "/etc/fail2ban/filter.d/pulumi-mailserver.conf": "[Definition]\nfailregex = ^mine <HOST>$\n",
  },
  commands: [
    `printf '127.0.1.1 mail-lived12.example.com mail-lived12\n' >>/etc/hosts`,
    "postconf -e 'inet_protocols = all' 'myorigin = /etc/mailname' 'smtpd_banner = $myhostname ESMTP of old'",
    "systemctl restart postfix",
    `echo 'Mode sv' >>/etc/opendkim.conf; systemctl restart opendkim`,
    `install -d -m 700 -o mail -g mail /var/mail/old; echo 'From someone' >/var/mail/root`,
    "ufw allow 22/tcp; ufw allow 25/tcp; sed -i 's/^ENABLED=no/ENABLED=yes/' /etc/ufw/ufw.conf; systemctl restart ufw",
  ],
  // Packages stay, and Debian's dovecot.conf speaks each protocol whose package is there.
  lost: [/:(110|995) dovecot$/],
  // Without IPv6, as many servers are.
  args: ({ host, ...args }) => {
    const { ipv6Address: _none, ...ssh } = host.ssh ?? { ipv4Address: "", hostKey: "" };
    return ofCustomer({ ...args, host: { ssh } });
  },
};

const resolving: History = {
  ...debian13,
  title: "systemd-resolved with the names of cloud-init, a web server on port 80, nftables, fish",
  machine: "lived13",
  user: "admin",
  packages: ["systemd-resolved", "nginx-light", "nftables", "fish"],
  commands: [
    "hostnamectl set-hostname mail-lived13",
    `printf '127.0.1.1 mail-lived13.example.com mail-lived13\n' >>/etc/hosts`,
    `mkdir -p /etc/systemd/resolved.conf.d
     printf '[Resolve]\nDNS=198.51.100.53\n' >/etc/systemd/resolved.conf.d/lab.conf; systemctl restart systemd-resolved`,
    "chsh -s /usr/bin/fish admin",
    "mkdir -p /home/admin/.config/fish; echo 'echo Welcome to fish' >/home/admin/.config/fish/config.fish",
    `cat >/etc/nftables.conf <<'END'
flush ruleset
table inet filter {
  chain input {
    type filter hook input priority filter; policy drop;
    ct state established,related accept
    iif lo accept
    meta l4proto { icmp, ipv6-icmp } accept
    tcp dport 22 accept
  }
}
END`,
    "systemctl enable --now nftables",
  ],
  // The firewall that is there stays, with the ports open.
  args: (args) => ({ ...args, firewall: { enabled: false } }),
  refused: [
    { error: /port 80: nginx/, remedy: "systemctl disable --now nginx" },
    {
      args: (args) => ({ ...args, firewall: {} }),
      error: /UFW cannot let in what others drop; end it: `systemctl disable --now nftables\.service`/,
      remedy:
        "sed -i 's/dport 22/dport { 22, 25, 80, 110, 143, 465, 587, 993, 995 }/' /etc/nftables.conf; systemctl reload nftables",
    },
  ],
};

const leftovers: History = {
  ...debian12,
  title: "a private address behind NAT, firewalld, and what others left of every tool",
  machine: "hidden12",
  user: "root",
  packages: ["firewalld"],
  files: {
    "/etc/opendkim.conf": "Syslog yes\nCanonicalization relaxed/simple\n",
    "/etc/postfix-policyd-spf-python/policyd-spf.conf": "debugLevel = 1\nHELO_reject = Fail\n",
    "/etc/postfix/main.cf": "myhostname = old.example.com\n",
    "/etc/dovecot/dovecot.conf": "protocols = imap\n",
    "/etc/ufw/user.rules": "*filter\nCOMMIT\n",
    "/etc/mailname": "old.example.com\n",
    "/etc/letsencrypt/cli.ini": "max-log-backups = 0\n",
    "/etc/letsencrypt/accounts/acme.test:14000/dir/0123456789abcdef0123456789abcdef/regr.json":
      '{"body": {}, "uri": "https://acme.test:14000/my-account/gone"}',
    "/var/mail/somebody": "From someone\n",
  },
  commands: ["useradd --system --uid 2000 --no-create-home vmail"],
  refused: [
    { error: /vmail/, remedy: "usermod --uid 5000 vmail; groupmod --gid 5000 vmail" },
    {
      error: /another firewall drops .*systemctl disable --now firewalld/,
      remedy: "systemctl disable --now firewalld",
    },
  ],
};

const neighbours: History = {
  ...debian12,
  title: "dnsmasq as the resolver, apache2 on port 80, a second public address",
  machine: "lived12",
  user: "root",
  packages: ["dnsmasq", "apache2"],
  files: {
    "/etc/dnsmasq.d/lab.conf":
      "listen-address=127.0.0.1\nbind-interfaces\nno-resolv\nproxy-dnssec\nserver=198.51.100.53\n",
  },
  commands: [
    `printf '127.0.1.1 mail-lived12.example.com mail-lived12\n' >>/etc/hosts`,
    "systemctl restart dnsmasq; echo nameserver 127.0.0.1 >/etc/resolv.conf",
    "ip address add 198.51.100.142/24 dev host0",
  ],
  refused: [{ error: /port 80: apache2 .*systemctl disable --now apache2/, remedy: "systemctl disable --now apache2" }],
};

const sendmail: History = {
  ...debian13,
  title: "sendmail, which Debian configured, with mail in its queue",
  machine: "lived13",
  user: "admin",
  packages: ["sendmail"],
  commands: ["printf 'Subject: waits\\n\\nFrom cron\\n' | sendmail -odq admin"],
  refused: [
    {
      error: /sendmail: 1 message; .*`sendmail -Ac -q; sendmail -q` tries/,
      remedy:
        "sendmail -Ac -q; sendmail -q; until [ -s /var/mail/admin ] && [ ! -e /var/mail/admin.lock ]; do sleep 1; done",
    },
  ],
  lost: [/sendmail|sensible-mda|procmail|\/etc\/mail\/|:(25|587) |smmsp|smmta/],
};

const ownDualStack: History = {
  ...debian13,
  title: "a mail server of one's own that the world reaches by IPv4 and IPv6",
  machine: "lived13",
  user: "admin",
  packages: ["postfix", "dovecot-imapd", "dovecot-lmtpd", "opendkim", "certbot"],
  commands: [
    `postconf -e 'inet_protocols = all' 'inet_interfaces = all' 'smtpd_banner = $myhostname ESMTP of old'; systemctl restart postfix`,
    `echo 'Mode sv' >>/etc/opendkim.conf; systemctl restart opendkim`,
    `echo 'From someone' >/var/mail/root`,
  ],
  // Packages stay, and Debian's dovecot.conf speaks each protocol whose package is there.
  lost: [/:(110|995) dovecot$/],
};

/** Each is a whole life of a machine, so each of them is many cases at once. */
export const histories: History[] = [handMade, ownMailServer, resolving, leftovers];

/** Those that only `npm run test:long` has the time for. */
export const rareHistories: History[] = [neighbours, sendmail, ownDualStack];
