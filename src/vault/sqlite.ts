import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import Sqlite from "better-sqlite3";

let addon: string | null | undefined;

/** Where the addon is built to. Named outright, since the library's JavaScript is inside our bundle and cannot search from its own place. */
function findAddon(): string | null {
  const folder = dirname(createRequire(import.meta.url).resolve("better-sqlite3/package.json"));
  const path = join(folder, "build", "Release", "better_sqlite3.node");
  return existsSync(path) ? path : null;
}

/** A file; or its bytes, to read from. */
export function openSqlite(path: string | Buffer, options: Sqlite.Options = {}): Sqlite.Database {
  if (addon === undefined) addon = findAddon();
  return new Sqlite(path, addon === null ? options : { ...options, nativeBinding: addon });
}

const statements = new WeakMap<Sqlite.Database, Map<string, Sqlite.Statement>>();

/** A statement that is compiled once a connection. One text must always be used in one mode (`pluck`, `raw`): it is shared. */
export function prepared(raw: Sqlite.Database, text: string): Sqlite.Statement {
  let known = statements.get(raw);
  if (!known) {
    known = new Map();
    statements.set(raw, known);
  }
  let statement = known.get(text);
  if (!statement) {
    statement = raw.prepare(text);
    known.set(text, statement);
  }
  return statement;
}
