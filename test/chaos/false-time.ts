/** A system clock that lies to one process (libfaketime): everything in it is deceived, not only what asks our Clock. */
import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where Debian's package libfaketime puts it; null where it is not installed. */
export function falseTimeLibrary(): string | null {
  const folders = existsSync("/usr/lib") ? readdirSync("/usr/lib") : [];
  const paths = folders.map((folder) => join("/usr/lib", folder, "faketime/libfaketimeMT.so.1"));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** What a process needs to read its time from a file that `setFalseTime` wrote. Timers go on as they were. */
export function falseTimeEnvironment(library: string, file: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
}

/** From now on the processes of this file are so many seconds off. */
export function setFalseTime(file: string, seconds: number): void {
  // In one piece: it is read all the time.
  writeFileSync(`${file}.new`, `${seconds < 0 ? "" : "+"}${seconds}`);
  renameSync(`${file}.new`, file);
}
