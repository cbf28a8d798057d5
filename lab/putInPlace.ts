import { renameSync, rmSync } from "node:fs";

/**
 * Puts a finished folder in its place by one rename. Another process that makes the same at the same time may win: then its folder is as good as ours.
 *
 * @param isThere whether one is in its place
 * @throws where none is
 */
export function putInPlace(finished: string, folder: string, isThere: () => boolean): void {
  try {
    renameSync(finished, folder);
  } catch (error) {
    rmSync(finished, { recursive: true, force: true });
    if (!isThere()) throw error;
  }
}
