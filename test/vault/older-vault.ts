/** A vault as an older version left it: what migrations added is taken away again. */
import type Sqlite from "better-sqlite3";
import { migrations } from "../../src/vault/migrations/index.ts";

/** By the number of the migration that it undoes. */
const undo: Readonly<Record<number, string>> = {
  5: "alter table credentials drop column subject; alter table credentials drop column derived_from",
  6: "drop table paces; alter table delivery_steps add column result text not null default '{}'",
  7: "alter table credentials drop column data_access_expires_at",
  8: "alter table accounts drop column facts; alter table accounts drop column facts_at",
  9: "alter table credentials drop column checked_at",
  10: "drop table declared_platforms",
};

/** @throws Error where nobody has written down how a migration is undone */
export function backTo(database: Sqlite.Database, version: number): void {
  for (let number = migrations.length; number > version; number -= 1) {
    const statements = undo[number];
    if (statements === undefined) throw new Error(`how is migration ${number} undone?`);
    database.exec(statements);
  }
  database.pragma(`user_version = ${version}`);
}
