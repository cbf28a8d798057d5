import { z } from "zod";

const wantedFile = z.object({ sha256: z.string(), mode: z.string(), owner: z.string(), group: z.string() });
export type WantedFile = z.output<typeof wantedFile>;

const fileFacts = wantedFile.partial().extend({ kind: z.enum(["file", "missing", "link", "no file"]) });
export type FileFacts = z.output<typeof fileFacts>;

/** What `systemctl show` says of a unit. `healthy` is `yes` where the unit, and all that it runs as, is active. */
const unitFacts = z.object({
  LoadState: z.string(),
  ActiveState: z.string(),
  UnitFileState: z.string(),
  healthy: z.string(),
});
export type UnitFacts = z.output<typeof unitFacts>;

/** What was activated last. */
const manifest = z.object({
  sha256: z.string(),
  owner: z.string(),
  files: z.record(z.string(), wantedFile),
  tables: z.record(z.string(), wantedFile),
  certificates: z.record(z.string(), z.string()),
});
export type Manifest = z.output<typeof manifest>;

/** Seconds since 1970 that are a date. */
const time = z.number().min(0).max(8.64e12);

const count = z.number().min(0);

/** What the agent's `look` finds (`components/activation/agent/look.py`). Nothing at all where no mail server was activated. */
export const hostFacts = z.object({
  manifest: manifest.optional(),
  /** Whether an activation ended half-way and was not taken back yet. */
  cutOff: z.boolean().optional(),
  /** What a rollback would bring back; `rolledBack` where that is what another rollback gave up. */
  previous: z
    .object({
      sha256: z.string().optional(),
      files: z.array(z.string()).optional(),
      rolledBack: z.boolean().optional(),
    })
    .optional(),
  /** By path: every managed file and table as it is. */
  files: z.record(z.string(), fileFacts).optional(),
  /** dpkg's abbreviation of each package's state, such as `ii`. */
  packages: z.record(z.string(), z.string()).optional(),
  units: z.record(z.string(), unitFacts).optional(),
  /** What the loaded rules do otherwise than they should, a sentence each. */
  firewall: z.array(z.string()).optional(),
  /** What shows that security updates are not installed by themselves, where they should be, a sentence each. */
  updates: z.array(z.string()).optional(),
  /**
   * By name: hash of the file that the daemons read, hash of its public key, and when it ends (seconds since 1970); hash of the one that certbot keeps. Empty
   * where there is none.
   */
  certificates: z
    .record(z.string(), z.object({ sha256: z.string(), key: z.string(), expires: time, renewed: z.string() }))
    .optional(),
  /** Hash of the certificate that each service shows, or why it shows none. */
  served: z
    .array(z.object({ port: z.number(), name: z.string().nullable(), sha256: z.string(), trouble: z.string() }))
    .optional(),
  /** Where mail is kept: bytes that should be free, bytes and files that there is room for and that are free. */
  disk: z
    .array(
      z.object({
        path: z.string(),
        ...{ minFree: count, size: count, free: count, files: count, freeFiles: count },
      }),
    )
    .optional(),
});
export type HostFacts = z.output<typeof hostFacts>;
