import type { Release } from "./addresses";
import type { Archive } from "./archive";
import { debianArchive } from "./debianArchive";

/** Where the packages of each release come from. */
export const archives: Record<Release, Archive> = {
  bookworm: debianArchive,
  trixie: debianArchive,
};
