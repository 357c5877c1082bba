/** What can be told of a vault without its key. */
import { existsSync, statSync } from "node:fs";
import type { VaultStatus } from "../domain/ports/vault-custody.ts";
import { openFile } from "./database.ts";
import { readMeta } from "./meta.ts";
import { toSlot } from "./slot-row.ts";
import { guarded } from "./storage-failure.ts";

export async function vaultStatus(path: string): Promise<VaultStatus> {
  const nothing = {
    path,
    exists: false,
    id: null,
    format: null,
    slots: [],
    dataKeys: [],
    accounts: 0,
    sizeBytes: 0,
    createdAt: null,
  };
  if (!existsSync(path)) return nothing;
  const opened = openFile(path);
  const { raw } = opened;
  try {
    return await guarded(path, async () => {
      const store = await opened.store();
      const slots = await store.selectFrom("key_slots").selectAll().orderBy("created_at").execute();
      const dataKeys = await store
        .selectFrom("data_keys")
        .leftJoin("secrets", "secrets.term", "data_keys.term")
        .select((expression) => [
          "data_keys.term",
          "data_keys.created_at",
          expression.fn.count("secrets.kind").as("records"),
        ])
        .groupBy("data_keys.term")
        .execute();
      const accounts = await store
        .selectFrom("accounts")
        .select((expression) => expression.fn.countAll().as("count"))
        .executeTakeFirstOrThrow();
      return {
        path,
        exists: true,
        id: readMeta(raw, "vault_id"),
        format: Number(raw.pragma("user_version", { simple: true })),
        slots: slots.map(toSlot),
        dataKeys: dataKeys.map(({ term, created_at, records }) => ({
          term,
          createdAt: created_at,
          records: Number(records),
        })),
        accounts: Number(accounts.count),
        sizeBytes: statSync(path).size,
        createdAt: Number(readMeta(raw, "created_at")),
      };
    });
  } finally {
    raw.close();
  }
}
