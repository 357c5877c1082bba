/** The SQLite file: opened with the settings that make a commit durable and a deleted secret gone. */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type Sqlite from "better-sqlite3";
import { Failure } from "../domain/failure.ts";
import { makeFolder } from "./folder.ts";
import { migrations } from "./migrations/index.ts";
import { openSqlite } from "./sqlite.ts";
import { storageFailure } from "./storage-failure.ts";
import type { Store } from "./store.ts";

export interface OpenStore {
  readonly raw: Sqlite.Database;
  /** Why nothing can be written; null where it can. */
  readonly readOnly: Failure | null;
  /** Typed queries over the same connection; made when first asked for, since the library costs a third of a bare start. */
  readonly store: () => Promise<Store>;
}

/** An open connection with its query builder to come. */
export function openStore(raw: Sqlite.Database, readOnly: Failure | null): OpenStore {
  let made: Promise<Store> | null = null;
  const store = () => {
    made ??= import("./store.ts").then(({ storeOver }) => storeOver(raw));
    return made;
  };
  return { raw, readOnly, store };
}

/** Makes the folder 0700 and an empty file 0600, so that -wal and -shm are 0600 too. @throws Failure `vault_exists` */
export function createFile(path: string): void {
  try {
    const folder = dirname(path);
    if (!existsSync(folder)) makeFolder(folder);
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600));
    chmodSync(path, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw vaultExists(path);
    throw storageFailure(error, path);
  }
}

export function vaultExists(path: string): Failure {
  return new Failure("vault_exists", `there is a vault at ${path} already`, {
    hint: "agencyiq vault status tells about it",
  });
}

/**
 * Opens an existing vault; on a read-only file system for reading only, so that `tokens status` still answers.
 * @throws Failure `vault_damaged`, `storage_unwritable`, …
 */
export function openFile(path: string): OpenStore {
  requireContent(path);
  try {
    return openWritable(path);
  } catch (error) {
    const failure = storageFailure(error, path);
    if (!(failure instanceof Failure) || !["storage_unwritable", "storage_full"].includes(failure.code)) throw failure;
    return openForReading(path, failure);
  }
}

/** SQLite takes an empty file for an empty database; for us it is a vault that was lost. */
function requireContent(path: string): void {
  let size: number;
  try {
    size = statSync(path).size;
  } catch (error) {
    throw storageFailure(error, path);
  }
  if (size > 0) return;
  throw new Failure("vault_damaged", `the vault file is empty (${path})`, { hint: "agencyiq vault restore FILE" });
}

function openWritable(path: string): OpenStore {
  const raw = openSqlite(path, { fileMustExist: true, timeout: 5000 });
  try {
    requireFormat(raw, path);
    configure(raw);
    migrate(raw, path);
    return openStore(raw, null);
  } catch (error) {
    raw.close();
    throw error;
  }
}

/** A database without a format is nobody's or somebody else's: it must not be made into a vault. */
function requireFormat(raw: Sqlite.Database, path: string): void {
  if (formatOf(raw) > 0) return;
  throw new Failure("vault_damaged", `the file is not a vault (${path})`, { hint: "agencyiq vault restore FILE" });
}

function formatOf(raw: Sqlite.Database): number {
  return Number(raw.pragma("user_version", { simple: true }));
}

/** Every commit is on disk when it returns (FULL); deleted pages are zeroed; the WAL lets readers and a writer go together. */
export function configure(raw: Sqlite.Database): void {
  raw.pragma("journal_mode = wal");
  raw.pragma("synchronous = full");
  raw.pragma("secure_delete = on");
  raw.pragma("foreign_keys = on");
}

function openForReading(path: string, why: Failure): OpenStore {
  for (const attempt of [() => openSqlite(path, { readonly: true, fileMustExist: true }), () => openImage(path)]) {
    try {
      const raw = attempt();
      raw.pragma("query_only = on");
      raw.prepare("select count(*) from meta").get();
      return openStore(raw, why);
    } catch {
      // In place, SQLite wants a -shm file beside it, which cannot be made where nothing can be; then its bytes are read.
    }
  }
  throw why;
}

/** The file as it is now, in memory. */
function openImage(path: string): Sqlite.Database {
  const image = existsSync(`${path}-wal`) ? foldedImage(path) : readFileSync(path);
  // Bytes 18 and 19 of SQLite's header: no log, since memory has none.
  image.fill(1, 18, 20);
  return openSqlite(image);
}

/** What a process that died left in the log belongs to it: put together where we may write, and only for a moment. */
function foldedImage(path: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "agencyiq-"));
  try {
    const copy = join(folder, "vault.db");
    for (const suffix of ["", "-wal"]) {
      copyFileSync(path + suffix, copy + suffix);
      chmodSync(copy + suffix, 0o600);
    }
    const raw = openSqlite(copy, { fileMustExist: true });
    try {
      raw.pragma("journal_mode = delete");
    } finally {
      raw.close();
    }
    return readFileSync(copy);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Numbered, forward only, one transaction each, after a copy of the file as it was. */
export function migrate(raw: Sqlite.Database, path: string): void {
  const present = formatOf(raw);
  if (present === migrations.length) return;
  if (present > migrations.length) {
    throw new Failure("storage_unsupported", `the vault was made by a newer agencyiq (format ${present})`, {
      hint: "update agencyiq",
    });
  }
  if (present > 0) keepCopy(raw, `${path}.before-format-${migrations.length}`);
  for (const [index, statements] of migrations.entries()) {
    if (index < present) continue;
    raw.transaction(() => {
      raw.exec(statements);
      raw.pragma(`user_version = ${index + 1}`);
    })();
  }
}

/** SQLite would make the copy readable for everybody; into an empty file of ours it writes too. */
function keepCopy(raw: Sqlite.Database, copy: string): void {
  rmSync(copy, { force: true });
  createFile(copy);
  raw.prepare("vacuum into ?").run(copy);
}
