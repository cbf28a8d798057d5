/**
 * What one service wants of a host, as plain data.
 *
 * A role is the only thing that a renderer returns and the only thing that the host agent understands
 * (`components/activation/agent/agent.py` reads exactly these members, in JSON). Nothing in here knows of Pulumi.
 */
export interface Role {
  /** Short name, unique on the host, e.g. `postfix`. */
  name: string;

  /** Debian packages that must be installed. */
  packages: string[];

  /** Answers for debconf, given before the packages are installed; one `debconf-set-selections` line each. */
  debconf?: string[];

  /** System accounts that must exist, and the groups that accounts must be members of. */
  accounts?: Account[];

  /** Directories that must exist with this owner and mode. They are never removed, nor is what is in them. */
  directories?: Directory[];

  /** Files that the role owns completely. A file that is dropped from the role is removed from the host. */
  files: RoleFile[];

  /** systemd units that run when the role is active, in the order in which they start. */
  units?: Unit[];

  /** Commands that judge the staged files before any of them goes live. */
  validations?: Validation[];

  /** Certificates that the role obtains and keeps. The agent reports the key of the first one of the host. */
  certificates?: Certificate[];

  /** Questions that the running service must answer before the activation counts as done. */
  probes?: Probe[];
}

/** A system user. */
export interface Account {
  user: string;
  /** Created with this numeric id (and a group of the same name and id) where the user does not exist. @default - the package creates the user */
  uid?: number;
  /** Home directory, not created. @default "/nonexistent" */
  home?: string;
  /** Supplementary groups. */
  groups?: string[];
}

/** A directory. */
export interface Directory {
  path: string;
  owner: string;
  group: string;
  /** Octal, four digits, e.g. `0750`. */
  mode: string;
}

/** A file with its whole content. */
export interface RoleFile extends Directory {
  content: string;
  /** Whether the content must not be seen in a diff, a log or a state file. */
  secret: boolean;
  /**
   * Build an indexed table beside the file with `postmap` of this type (`hash` makes `PATH.db`), atomically. A malformed
   * table refuses the activation. @default - no table
   */
  postmap?: string;
  /**
   * For a file with a line for each person, whose name is what stands before the first colon: commands that end somebody's sessions. They run for each whose line
   * went or changed, once the change is live; the word `{name}` stands for the name. @default - sessions go on
   */
  endSessions?: string[][];
}

/** A systemd unit and what a change of a file means to it. */
export interface Unit {
  name: string;
  /** Paths of files whose change makes the unit reload. */
  reloadOn?: string[];
  /** Paths of files whose change makes the unit restart. A file in neither list is read by the service by itself. */
  restartOn?: string[];
  /**
   * Paths of files of which some changes need a restart although the file as a whole is in `reloadOn`: the unit restarts when
   * the value of one of these `name = value` settings differs between the old and the new content.
   * @example { "/etc/postfix/main.cf": ["inet_interfaces", "inet_protocols"] }
   */
  restartOnSettings?: Record<string, string[]>;
}

/**
 * A command that judges staged files. Before it runs, every file of the wanted state is written below a scratch folder with all
 * managed paths in the contents rewritten to lie in that folder; `{stage}` in the command stands for the folder.
 */
export interface Validation {
  /** The daemon that judges, for the error text, e.g. `Postfix`. */
  daemon: string;
  command?: string[];
  /**
   * In place of a command: the folder of a Postfix configuration. Each daemon of Postfix is asked, since most read their parameters only when they are started for a
   * message.
   */
  postfixFolder?: string;
  /** In place of a command: the file of a Dovecot that is started apart and used, since it reads most words only then. */
  dovecot?: {
    file: string;
    /** Whose mailbox is used; empty without any. */
    mailbox: string;
    lmtpSocket: string;
    /** Folder of the mailboxes, for which an empty one stands. */
    mailboxes: string;
  };
  /** In place of a command: an opendkim.conf, of which OpenDKIM itself takes some words that it does not know. */
  opendkimFile?: string;
  /** Paths of the role's files that it judges: it runs when one of them changed. */
  files: string[];
  /** Extended regular expression: output lines that match refuse the change although the command succeeded. */
  refuseOn?: string;
}

/**
 * A certificate from an ACME authority by HTTP-01. Its key is kept over renewals. One that is dropped from every role is forgotten
 * on the host, and its file is removed.
 */
export interface Certificate {
  /** What certbot calls it; stays the same when `names` change, which has this one certificate issued again. */
  name: string;
  /** Host names. */
  names: string[];
  /** Directory URL of the authority. */
  directoryUrl: string;
  /** Folder in which certbot keeps the account, called as certbot calls the account; its `private_key.json` is one of the role's files. */
  account: string;
  /** Account e-mail address. @default - none is registered */
  email?: string;
  /** What binds the ACME account to one with the authority itself (RFC 8555 section 7.3.4); `hmacKey` is base64url and a secret. @default - none */
  externalAccount?: { keyId: string; hmacKey: string };
  /** File that receives key and chain together (key first), replaced by one rename. */
  pemPath: string;
  /** Script that writes `pemPath` from certbot's renewed lineage and reloads the daemons; one of the role's files. */
  deployHook: string;
}

/** A question to a running service. Exactly one member. */
export interface Probe {
  /** A TCP port on the loopback address that must accept, with the first line of the greeting where one is given; TLS from the start where `tls`. */
  port?: { port: number; tls: boolean; greeting?: string } & Partial<ShownCertificate>;
  /** An SMTP or LMTP server that must accept these envelope recipients (the transaction is reset before any message is sent). */
  recipients?: { socket?: string; port?: number; protocol: "smtp" | "lmtp"; addresses: string[] };
  /** A web server on 443 of the loopback address that must answer a GET for this host name (RFC 6066 section 3) with 200 and this text. */
  https?: { path: string; contains: string } & ShownCertificate;
  /** A command that must succeed. */
  command?: string[];
}

/** What a service must show where TLS begins at once. */
export interface ShownCertificate {
  /** Host name that the certificate must be for. */
  name: string;
  /** File whose first certificate it must be: valid today, and issued by the next one in the file, if there is one. */
  pemPath: string;
}

/** Everything that a host should be. */
export interface WantedHost {
  /** Version of this structure. */
  format: 1;
  /** What the agent and the people who read the machine call this server: `<project>/<stack>/<component name>`. */
  owner: string;
  /** Tells this server from all others, and stays when project, stack or component get another name: the ID of its ACME account. */
  identity: string;

  /** Public addresses by which the world reaches the host, which need not be on an interface of it (NAT). */
  addresses: string[];
  /** `ID` and `VERSION_ID` of `/etc/os-release` that the state was rendered for. */
  operatingSystem: { id: string; versionId: string };
  /** In the order in which they are activated. */
  roles: Role[];
  /** TCP ports that the firewall of the wanted state lets in; the activation refuses a state that would close its own SSH port. Empty: no firewall is managed. */
  openPorts: number[];
  /** The same for IPv6, where the services may not listen. */
  openPortsV6: number[];
}
