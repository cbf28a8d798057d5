import type { Release } from "./addresses";
import type { Archive } from "./archive";
import { debianArchive } from "./debianArchive";
import { ubuntuArchive } from "./ubuntuArchive";

/** Where the packages of each release come from. */
export const archives: Record<Release, Archive> = {
  bookworm: debianArchive,
  trixie: debianArchive,
  noble: ubuntuArchive,
};
