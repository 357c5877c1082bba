import type Sqlite from "better-sqlite3";
import { Failure } from "../domain/failure.ts";
import { prepared } from "./sqlite.ts";
import type { Store } from "./store.ts";

/** `vault_id`, `key_check` (base64), `epoch` (grows with every restore), `created_at`. */
export type MetaKey = "vault_id" | "key_check" | "epoch" | "created_at";

/** @throws Failure `vault_damaged` for a file that lacks what every vault has */
export function readMeta(raw: Sqlite.Database, key: MetaKey): string {
  const value = prepared(raw, "select value from meta where key = ?").pluck().get(key);
  if (typeof value === "string") return value;
  throw new Failure("vault_damaged", `the vault file lacks its ${key}`, { hint: "agencyiq vault restore FILE" });
}

export async function writeMeta(store: Store, key: MetaKey, value: string): Promise<void> {
  await store
    .insertInto("meta")
    .values({ key, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}
