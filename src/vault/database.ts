/** The SQLite file: opened with the settings that make a commit durable and a deleted secret gone. */
import { chmodSync, closeSync, constants, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import { CompiledQuery, type DatabaseConnection, type Driver, Kysely, SqliteDialect, SqliteDriver } from "kysely";
import { Failure } from "../domain/failure.ts";
import { migrations } from "./migrations/index.ts";
import type { Database } from "./schema.ts";
import { storageFailure } from "./storage-failure.ts";

export type Store = Kysely<Database>;

export interface OpenStore {
  readonly store: Store;
  readonly raw: Sqlite.Database;
  readonly readOnly: boolean;
}

/** A write transaction takes the write lock at once: one that began by reading could not be retried safely. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #database: Sqlite.Database;
  constructor(database: Sqlite.Database) {
    super({ database });
    this.#database = database;
  }
  override createDriver(): Driver {
    return new ImmediateDriver({ database: this.#database });
  }
}

export function storeOver(raw: Sqlite.Database): Store {
  return new Kysely<Database>({ dialect: new ImmediateDialect(raw) });
}

/** Makes the folder 0700 and an empty file 0600, so that -wal and -shm are 0600 too. @throws Failure `vault_exists` */
export function createFile(path: string): void {
  try {
    const folder = dirname(path);
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
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
  const raw = new Sqlite(path, { fileMustExist: true, timeout: 5000 });
  try {
    configure(raw);
    migrate(raw, path);
    return { store: storeOver(raw), raw, readOnly: false };
  } catch (error) {
    raw.close();
    throw error;
  }
}

/** Every commit is on disk when it returns (FULL); deleted pages are zeroed; the WAL lets readers and a writer go together. */
export function configure(raw: Sqlite.Database): void {
  raw.pragma("journal_mode = wal");
  raw.pragma("synchronous = full");
  raw.pragma("secure_delete = on");
  raw.pragma("foreign_keys = on");
}

function openForReading(path: string, why: Failure): OpenStore {
  try {
    // Immutable: neither lock nor -shm file is needed, and neither could be made here.
    const raw = new Sqlite(path, { readonly: true, fileMustExist: true });
    raw.pragma("query_only = on");
    raw.prepare("select count(*) from meta").get();
    return { store: storeOver(raw), raw, readOnly: true };
  } catch {
    throw why;
  }
}

/** Numbered, forward only, one transaction each, after a copy of the file as it was. */
export function migrate(raw: Sqlite.Database, path: string): void {
  const present = Number(raw.pragma("user_version", { simple: true }));
  if (present === migrations.length) return;
  if (present > migrations.length) {
    throw new Failure("storage_unsupported", `the vault was made by a newer agencyiq (format ${present})`, {
      hint: "update agencyiq",
    });
  }
  if (present > 0) raw.prepare("vacuum into ?").run(`${path}.before-format-${migrations.length}`);
  for (const [index, statements] of migrations.entries()) {
    if (index < present) continue;
    raw.transaction(() => {
      raw.exec(statements);
      raw.pragma(`user_version = ${index + 1}`);
    })();
  }
}
