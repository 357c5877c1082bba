/** Copies: as sealed as the vault itself. */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { Failure } from "../domain/failure.ts";
import type { Clock, Random } from "../domain/ports/machine.ts";
import { toTimestamp } from "../domain/time.ts";
import { dropPending } from "./dispatches.ts";
import { makeFolder } from "./folder.ts";
import { append } from "./ledger.ts";
import { readMeta, writeMeta } from "./meta.ts";
import { syncFolder } from "./rescue.ts";
import { openSqlite } from "./sqlite.ts";
import { sqliteVault } from "./sqlite-vault.ts";
import { storageFailure } from "./storage-failure.ts";
import { type VaultContext, write } from "./vault-context.ts";

/** SQLite's online backup: consistent while others write. Whole at its place, or not there. */
export async function backupVault(path: string, destination: string): Promise<{ path: string; sizeBytes: number }> {
  if (!existsSync(path))
    throw new Failure("vault_missing", `there is no vault at ${path}`, { hint: "agencyiq vault init" });
  const target = resolve(destination);
  requirePlace(target);
  const part = `${target}.part`;
  const source = openSqlite(path, { fileMustExist: true, readonly: true });
  try {
    closeSync(openSync(part, constants.O_CREAT | constants.O_RDWR | constants.O_TRUNC, 0o600));
    chmodSync(part, 0o600);
    await source.backup(part);
    foldLog(part);
    requireSound(part);
    sync(part);
    linkSync(part, target);
    syncFolder(dirname(target));
    return { path: target, sizeBytes: statSync(target).size };
  } finally {
    source.close();
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(part + suffix, { force: true });
  }
}

function requirePlace(target: string): void {
  if (existsSync(target)) throw new Failure("usage", `${target} exists already`, { hint: "name another file" });
  if (existsSync(dirname(target))) return;
  throw new Failure("file_unreadable", `there is no folder ${dirname(target)}`, { hint: "make it, or name another" });
}

/** A copy that needs no -wal beside it. */
function foldLog(path: string): void {
  const copy = openSqlite(path, { fileMustExist: true });
  try {
    copy.pragma("journal_mode = delete");
  } finally {
    copy.close();
  }
}

function requireSound(path: string): void {
  const copy = openSqlite(path, { fileMustExist: true, readonly: true });
  try {
    const told = copy.pragma("integrity_check(1)", { simple: true });
    if (told !== "ok") throw new Failure("vault_damaged", `${path} is damaged (${String(told)})`);
  } finally {
    copy.close();
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

interface RestoreTools {
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Works on a copy until the copy is proven: it is sound, and its key opens it. Then the present vault steps aside (it is
 * kept) and the copy takes its place.
 */
export async function restoreVault(
  tools: RestoreTools,
  source: string,
  openCopy: (path: string) => Promise<VaultContext>,
): Promise<{ accounts: number; keptAs: string | null }> {
  const { path } = tools;
  if (!existsSync(source)) throw new Failure("file_unreadable", `there is no file ${source}`);
  const copy = `${path}.restoring-${tools.random.uuid().slice(0, 8)}`;
  try {
    makeFolder(dirname(path));
    copyFileSync(source, copy, constants.COPYFILE_EXCL);
    chmodSync(copy, 0o600);
    requireSoundCopy(copy, source);
    const accounts = await confirmLater(await openCopy(copy));
    foldLog(copy);
    sync(copy);
    const keptAs = keepPresent(path, tools.clock);
    renameSync(copy, path);
    syncFolder(dirname(path));
    return { accounts, keptAs };
  } finally {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(copy + suffix, { force: true });
  }
}

function requireSoundCopy(copy: string, source: string): void {
  try {
    requireSound(copy);
  } catch (cause) {
    throw new Failure("vault_damaged", `${source} is not a sound copy of a vault`, {
      hint: "choose another copy; nothing was changed",
      cause,
    });
  }
}

/** Refresh tokens in a copy may have been used since: presenting one could end its family, so a person decides. */
async function confirmLater(context: VaultContext): Promise<number> {
  try {
    return await write(context, async (store) => {
      const epoch = Number(readMeta(context.opened.raw, "epoch")) + 1;
      await writeMeta(store, "epoch", String(epoch));
      await store
        .updateTable("credentials")
        .set({ status: "needs_confirm", reason: "restored", next_refresh_at: null })
        .where("refreshable", "=", 1)
        // What is got with a login is got again, however old the copy is.
        .where("derived_from", "is", null)
        .where("status", "in", ["active", "paused"])
        .execute();
      dropPending(context.opened.raw, context.clock.now());
      const { count } = await store
        .selectFrom("accounts")
        .select((expression) => expression.fn.countAll().as("count"))
        .executeTakeFirstOrThrow();
      append(context, { action: "vault.restored", detail: { epoch, accounts: Number(count) } });
      return Number(count);
    });
  } finally {
    await sqliteVault(context).close();
  }
}

/** A second name for the present vault; its place is taken in one step, so that there is a vault at every moment. */
function keepPresent(path: string, clock: Clock): string | null {
  if (!existsSync(path)) return null;
  foldPresent(path);
  const name = `${path}.before-restore-${toTimestamp(clock.now()).replaceAll(/[-:]/g, "")}`;
  let kept = name;
  for (let number = 2; existsSync(kept); number += 1) kept = `${name}-${number}`;
  // Its log goes with it: a log beside a different database would be replayed into it.
  for (const suffix of ["-wal", "-shm"]) if (existsSync(path + suffix)) renameSync(path + suffix, kept + suffix);
  linkSync(path, kept);
  return kept;
}

/** For reading only: a log that SQLite cannot make sense of is deleted by who may write. */
function requireReadable(path: string): void {
  const present = openSqlite(path, { fileMustExist: true, readonly: true });
  try {
    present.prepare("select count(*) from meta").get();
  } finally {
    present.close();
  }
}

/**
 * SQLite folds the log in only when nobody else has the file open. A process that does would go on writing to the kept
 * file, and the tokens it refreshed would be lost. A vault too damaged to be opened is kept as it is.
 */
function foldPresent(path: string): void {
  try {
    requireReadable(path);
    foldLog(path);
  } catch (error) {
    const failure = storageFailure(error, path);
    if (!(failure instanceof Failure) || failure.code !== "account_busy") return;
    throw new Failure("account_busy", "another agencyiq is using the vault", {
      hint: "nothing was changed; run it again when the other has ended",
      cause: error,
    });
  }
}
