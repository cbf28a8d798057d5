import type { Release } from "./addresses";

/** Where the packages of a release come from. */
export interface Archive {
  /** File of this computer with the keys that sign the packages. */
  keyring: string;
  /** What the image of a rented machine has beyond what all of them have. */
  packages: string[];
  /**
   * What apt has to know.
   * @throws where the archive or its keys are out of reach
   */
  open(release: Release): Promise<AptSettings>;
}

/** What apt has to know of an archive. */
export interface AptSettings {
  /** Lines of `sources.list`. */
  sources: string[];
  /** Lines for a machine's `/etc/apt/apt.conf.d/`. */
  lines: string[];
}
