import { Failure } from "../domain/failure.ts";
import type { Store } from "./database.ts";

/** `vault_id`, `key_check` (base64), `epoch` (grows with every restore), `created_at`. */
export type MetaKey = "vault_id" | "key_check" | "epoch" | "created_at";

/** @throws Failure `vault_damaged` for a file that lacks what every vault has */
export async function readMeta(store: Store, key: MetaKey): Promise<string> {
  const row = await store.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst();
  if (row) return row.value;
  throw new Failure("vault_damaged", `the vault file lacks its ${key}`, { hint: "agencyiq vault restore FILE" });
}

export async function writeMeta(store: Store, key: MetaKey, value: string): Promise<void> {
  await store
    .insertInto("meta")
    .values({ key, value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
}
