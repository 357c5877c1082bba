import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import Sqlite from "better-sqlite3";

/** Where the addon is built to. Named outright, since the library's JavaScript is inside our bundle and cannot search from its own place. */
function addonPath(): string | undefined {
  const folder = dirname(createRequire(import.meta.url).resolve("better-sqlite3/package.json"));
  const path = join(folder, "build", "Release", "better_sqlite3.node");
  return existsSync(path) ? path : undefined;
}

/** A file; or its bytes, to read from. */
export function openSqlite(path: string | Buffer, options: Sqlite.Options = {}): Sqlite.Database {
  const nativeBinding = addonPath();
  return new Sqlite(path, nativeBinding === undefined ? options : { ...options, nativeBinding });
}
