/** What the agent's `look` finds (`components/activation/agent/look.py`). Nothing at all where no mail server was activated. */
export interface HostFacts {
  manifest?: Manifest;
  /** Whether an activation ended half-way and was not taken back yet. */
  cutOff?: boolean;
  /** What a rollback would bring back; `rolledBack` where that is what another rollback gave up. */
  previous?: { sha256?: string; files?: string[]; rolledBack?: boolean };
  /** By path: every managed file and table as it is. */
  files?: Record<string, FileFacts>;
  /** dpkg's abbreviation of each package's state, such as `ii`. */
  packages?: Record<string, string>;
  units?: Record<string, UnitFacts>;
  /** What the loaded rules do otherwise than they should, a sentence each. */
  firewall?: string[];
  /**
   * By name: hash of the file that the daemons read, hash of its public key, and when it ends (seconds since 1970); hash of the one that certbot keeps. Empty
   * where there is none.
   */
  certificates?: Record<string, { sha256: string; key: string; expires: number; renewed: string }>;
  /** Hash of the certificate that each service shows, or why it shows none. */
  served?: { port: number; name: string | null; sha256: string; trouble: string }[];
}

/** What was activated last. */
export interface Manifest {
  sha256: string;
  owner: string;
  files: Record<string, WantedFile>;
  tables: Record<string, WantedFile>;
  certificates: Record<string, string>;
}

export interface WantedFile {
  sha256: string;
  mode: string;
  owner: string;
  group: string;
}

export interface FileFacts extends Partial<WantedFile> {
  kind: "file" | "missing" | "link" | "no file";
}

/** What `systemctl show` says of a unit. */
export interface UnitFacts {
  LoadState: string;
  ActiveState: string;
  UnitFileState: string;
  /** `yes` where the unit, and all that it runs as, is active. */
  healthy: string;
}
