/**
 * One holder per name across processes: an exclusive transaction on a file used for nothing else. The kernel frees it when
 * the process ends, however it ends, and nobody can steal it from a holder that merely sleeps. docs/decisions/0002 says why.
 */
import { closeSync, constants, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import type Sqlite from "better-sqlite3";
import { Failure } from "../domain/failure.ts";
import type { Clock, Random } from "../domain/ports/machine.ts";
import type { Lock } from "../domain/ports/vault.ts";
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
  const path = join(folder, `${name}.db`);
  const deadline = clock.now() + wait;
  while (true) {
    const lock = held.has(path) ? null : tryLock(path, folder);
    if (lock) return lock;
    const left = deadline - clock.now();
    if (left <= 0) throw busy();
    await clock.sleep(Math.min(left, 20 + random.fraction() * 40));
  }
}

function tryLock(path: string, folder: string): Lock | null {
  let database: Sqlite.Database;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    closeSync(openSync(path, constants.O_CREAT | constants.O_RDWR, 0o600));
    database = openSqlite(path, { timeout: 0 });
  } catch (error) {
    throw storageFailure(error, path);
  }
  try {
    database.exec("begin exclusive");
  } catch (error) {
    database.close();
    if (/^SQLITE_BUSY/.test(String((error as { code?: unknown }).code))) return null;
    throw storageFailure(error, path);
  }
  return hold(path, database);
}

function hold(path: string, database: Sqlite.Database): Lock {
  held.add(path);
  return {
    release: () => {
      if (!database.open) return;
      database.exec("rollback");
      database.close();
      held.delete(path);
    },
  };
}

function busy(): Failure {
  return new Failure("refresh_busy", "another process is at it", {
    hint: "nothing was lost; run it again in a moment",
  });
}
