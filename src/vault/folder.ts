import { mkdirSync } from "node:fs";

const mode = 0o700;

/** A folder of our own, with those above it that are missing. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (error) {
    // On a read-only file system Node says ENOENT when it may make several; of one alone it tells the truth.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    mkdirSync(path, { mode });
  }
}
