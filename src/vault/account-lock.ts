/**
 * One holder per name across processes: an exclusive transaction on a file used for nothing else. The kernel frees it when
 * the process ends, however it ends, and nobody can steal it from a holder that merely sleeps. docs/decisions/0002 says why.
 */
import { closeSync, constants, existsSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import type Sqlite from "better-sqlite3";
import { Failure } from "../domain/failure.ts";
import type { Clock, Random } from "../domain/ports/machine.ts";
import type { Lock } from "../domain/ports/vault.ts";
import { makeFolder } from "./folder.ts";
import { openSqlite } from "./sqlite.ts";
import { storageFailure } from "./storage-failure.ts";

/**
 * Files held in this process. POSIX locks belong to the process and are dropped when
 * any handle on the file is closed, so one process must never open the same lock file twice.
 */
const held = new Set<string>();

export interface LockSettings {
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** @throws Failure `refresh_busy` when another holder keeps it for longer than `wait` milliseconds */
export async function acquireLock(settings: LockSettings, name: string, wait: number): Promise<Lock> {
  const { clock, random, folder } = settings;
  const path = pathOf(folder, name);
  // Counted in what was slept: a clock that steps must neither end the wait nor draw it out.
  for (let left = wait; ; ) {
    const lock = held.has(path) ? null : tryLock(folder, name);
    if (lock) return lock;
    if (left <= 0) throw busy();
    const pause = Math.min(left, 20 + random.fraction() * 40);
    await clock.sleep(pause);
    left -= pause;
  }
}

function tryLock(folder: string, name: string): Lock | null {
  const path = pathOf(folder, name);
  const database = openLockFile(folder, name);
  try {
    // Nothing is ever written to it; a journal file would only be made and removed again each time.
    database.exec("pragma journal_mode = memory; begin exclusive");
  } catch (error) {
    database.close();
    if (/^SQLITE_BUSY/.test(String((error as { code?: unknown }).code))) return null;
    throw storageFailure(error, path);
  }
  return hold(path, database);
}

/** The file itself, empty and its owner's alone: made ahead of time, a lock is taken in a fraction of it. */
export function makeLockFile(folder: string, name: string): void {
  const path = pathOf(folder, name);
  if (existsSync(path)) return;
  makeFolder(folder);
  closeSync(openSync(path, constants.O_CREAT | constants.O_RDWR, 0o600));
}

const pathOf = (folder: string, name: string) => join(folder, `${name}.db`);

function openLockFile(folder: string, name: string): Sqlite.Database {
  const path = pathOf(folder, name);
  try {
    makeLockFile(folder, name);
    return openSqlite(path, { fileMustExist: true, timeout: 0 });
  } catch (error) {
    throw storageFailure(error, path);
  }
}

function hold(path: string, database: Sqlite.Database): Lock {
  held.add(path);
  const release = () => {
    if (!database.open) return;
    // Ends the transaction, in which nothing was written.
    database.close();
    held.delete(path);
  };
  return {
    release,
    retire: () => {
      // While it is held: whoever has the file open already finds out what it was kept for before he does anything.
      if (database.open) rmSync(path, { force: true });
      release();
    },
  };
}

function busy(): Failure {
  return new Failure("refresh_busy", "another process is at it", {
    hint: "nothing was lost; run it again in a moment",
  });
}
