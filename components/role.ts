/**
 * What one service wants of a host, as plain data.
 *
 * A role is the only thing that a renderer returns and the only thing that the host agent understands
 * (`components/activation/agent/agent.py` reads exactly these members, in JSON). Nothing in here knows of Pulumi.
 */
export interface Role {
  /** Short name, unique on the host, e.g. `postfix`. */
  name: string;

  /** Packages that must be installed, as the platform calls them. */
  packages: string[];

  /** Answers for debconf, given before the packages are installed; one `debconf-set-selections` line each. */
  debconf?: string[];

  /** System accounts that must exist, and the groups that accounts must be members of. */
  accounts?: Account[];

  /** Directories that must exist with this owner and mode. They are never removed, nor is what is in them. */
  directories?: (Directory & Partial<Keeping>)[];

  /** Folders whose file systems must not fill up. */
  room?: Room[];

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
  /** A person's: it must be there, with a number from `first` to `last`. @default - one of the system's */
  ids?: { first: number; last: number };
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

/** What must be free where a folder lies; less is a difference, and refuses no activation. */
export interface Room {
  path: string;
  /** Bytes. */
  minFree: number;
}

/** A directory with what nobody can make again. */
export interface Keeping {
  /** The member of the args that says where it is. An activation that puts it elsewhere is refused as long as something is in the one before. */
  keeps: string;
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
  /** What its processes log when they do not like their configuration. @default - the state of the unit and the probes alone tell */
  faults?: Faults;
  /** Whether it loads the firewall's rules: whether it is on is then asked of the kernel. @default false */
  isFirewall?: boolean;
}

/** Lines of the journal that refuse a change, as the journal shows them (`program[pid]: text`); regular expressions of Python's `re`. */
export interface Faults {
  /** What a process says that cannot start or go on with its configuration, whatever became of the unit. */
  broken?: string;
  /** What the service says, besides, when it goes on with its old configuration since it does not take the new one. */
  refusedReload?: string;
  /** What a service says that starts a process no more for so many seconds, and which only a restart ends at once. */
  heldBack?: { pattern: string; seconds: number };
}

/**
 * A command that judges staged files. Before it runs, every file of the wanted state is written below a scratch folder with all
 * managed paths in the contents rewritten to lie in that folder; `{stage}` in the command stands for the folder.
 */
export interface Validation {
  /** The daemon that judges, for the error text, e.g. `Postfix`. */
  daemon: string;
  command?: string[];
  /** In place of a command: who of the agent's judges, since a command of the daemon does not read all that it reads at work. */
  judge?: Judge;
  /** Paths of the role's files that it judges: it runs when one of them changed. */
  files: string[];
  /** Extended regular expression: output lines that match refuse the change although the command succeeded. */
  refuseOn?: string;
}

/** One of the agent's judges (`components/activation/agent/judges.py`), and what it must know. */
export type Judge =
  /** Asks each daemon of Postfix, since most read their parameters only when they are started for a message. `folder`: of its configuration. */
  | { name: "postfix"; folder: string }
  /** Holds an opendkim.conf against the words that are known: OpenDKIM takes others without a word. */
  | { name: "opendkim"; file: string }
  /**
   * Starts Dovecot apart and uses it, since it reads most words only then. `mailbox`: whose mailbox is used, empty without any; `mailboxes`: folder of the
   * mailboxes, for which an empty one stands.
   */
  | { name: "dovecot"; file: string; mailbox: string; lmtpSocket: string; mailboxes: string };

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
  /** An SMTP or LMTP server that must accept these envelope recipients, or refuse each (the transaction is reset before any message is sent). */
  recipients?: { socket?: string; port?: number; protocol: "smtp" | "lmtp"; addresses: string[]; refused?: boolean };
  /** A web server on 443 of the loopback address that must answer a GET for this host name (RFC 6066 section 3) with 200 and this text. */
  https?: { path: string; contains: string } & ShownCertificate;
  /** A command that must succeed. */
  command?: string[];
  /** Whether it is asked only where a unit of its role was started, restarted or reloaded: for an answer that takes long. @default false */
  afterStart?: boolean;
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
  /** What installs packages on it; the agent has a back end for each (`components/activation/agent/packages.py`). */
  packageManager: "apt";
  /** In the order in which they are activated. */
  roles: Role[];
  /** What a machine must be that is no mail server yet. */
  preflight: Preflight;
  /** TCP ports that the services bind, so that nobody else may, ascending. */
  ports: number[];
  /** TCP ports that the firewall of the wanted state lets in; the activation refuses a state that would close its own SSH port. Empty: no firewall is managed. */
  openPorts: number[];
  /** The same for IPv6, where the services may not listen. */
  openPortsV6: number[];
}

/** What is asked of a machine before anything changes, besides what the roles say. */
export interface Preflight {
  /** Name that the machine should call itself by. */
  hostname: string;
  /** MiB that the services take, with what else runs on a machine. */
  memory: number;
  /** Another mail server, whose port 25 the machine must reach. @default - nothing is asked */
  outbound?: { hostname: string; ipv6: boolean };
}

/**
 * What decides which packages a host needs, and what tells before they are installed that it cannot be activated. It changes with nothing else, so that only a change of
 * packages, or of the ports that the firewall lets in, has them looked at.
 */
export interface WantedPackages extends Omit<WantedHost, "addresses" | "roles"> {
  roles: PackagesOfRole[];
}

/** What of a role decides about packages. */
export interface PackagesOfRole extends Pick<Role, "name" | "packages" | "debconf"> {
  /** Those whose numbers may be taken. */
  accounts?: Pick<Account, "user" | "uid" | "ids">[];
  /** They do not start before the activation. */
  units?: Pick<Unit, "name" | "isFirewall">[];
  /** Those without which the ACME authority will ask on port 80. */
  certificates?: Pick<Certificate, "pemPath">[];
}
