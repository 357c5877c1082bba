import { existsSync, linkSync, rmSync } from "node:fs";
import type { KeySource } from "../domain/ports/keys.ts";
import type { UnlockPlan } from "../domain/ports/vault-custody.ts";
import { configure, createFile, migrate, openStore, vaultExists } from "./database.ts";
import { makeFolder } from "./folder.ts";
import { keyCheckValue } from "./key-hierarchy.ts";
import { newDataKey } from "./keyring.ts";
import { append } from "./ledger.ts";
import { writeMeta } from "./meta.ts";
import { type CustodyOptions, contextOver, openContext } from "./open.ts";
import { addRecoverySlot, addSlot, makeSlotKey, type SlotKey } from "./slots.ts";
import { openSqlite } from "./sqlite.ts";
import { sqliteVault } from "./sqlite-vault.ts";
import { storageFailure } from "./storage-failure.ts";

/**
 * Built beside its place and linked into it when it is whole: two first uses at the same moment make one vault, and a crash
 * leaves none that is half made.
 */
export async function createVault(options: CustodyOptions, path: string, source: KeySource, recovery: boolean) {
  if (existsSync(path)) throw vaultExists(path);
  const draft = `${path}.making-${options.processId}-${options.random.uuid().slice(0, 8)}`;
  try {
    const { recoveryCode, slot, vaultId } = await fill(options, draft, source, recovery);
    try {
      linkSync(draft, path);
    } catch (error) {
      await source.remove?.(slot, vaultId).catch(() => undefined);
      throw (error as NodeJS.ErrnoException).code === "EEXIST" ? vaultExists(path) : error;
    }
    const plan: UnlockPlan = { sources: [source], explicit: null };
    return { vault: sqliteVault(await openContext(options, path, plan)), recoveryCode };
  } catch (error) {
    throw storageFailure(error, path);
  } finally {
    for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(draft + suffix, { force: true });
  }
}

async function fill(options: CustodyOptions, draft: string, source: KeySource, recovery: boolean) {
  const { random, clock } = options;
  makeFolder(options.home);
  createFile(draft);
  const raw = openSqlite(draft, { fileMustExist: true });
  const opened = openStore(raw, null);
  const store = await opened.store();
  const rootKey = Buffer.from(random.bytes(32));
  const vaultId = random.uuid();
  let slotKey: SlotKey | null = null;
  try {
    configure(raw);
    migrate(raw, draft);
    const now = clock.now();
    await store.insertInto("brands").values({ id: "default", created_at: now }).execute();
    await writeMeta(store, "vault_id", vaultId);
    await writeMeta(store, "epoch", "1");
    await writeMeta(store, "created_at", String(now));
    await writeMeta(store, "key_check", keyCheckValue(rootKey, vaultId).toString("base64"));
    await store
      .insertInto("data_keys")
      .values({ term: 1, wrapped_key: newDataKey(rootKey, vaultId, 1, random), created_at: now })
      .execute();
    slotKey = await makeSlotKey(source, vaultId, random);
    const slot = await addSlot(store, { random, clock }, slotKey, rootKey);
    const recoveryCode = recovery ? (await addRecoverySlot(store, { random, clock }, rootKey)).code : null;
    const plan: UnlockPlan = { sources: [source], explicit: null };
    const context = contextOver(options, draft, opened, plan);
    // Before the transaction: SQLite has one connection here, and opening the key reads from it.
    await context.keyring.keys();
    await store
      .transaction()
      .execute(async () => append(context, { action: "vault.created", detail: { keySource: source.kind, recovery } }));
    // One file, whole: the WAL is folded in before it gets its name.
    raw.pragma("journal_mode = delete");
    return { recoveryCode, slot, vaultId };
  } catch (error) {
    // A key that opens nothing must not stay in the keychain.
    if (slotKey) await source.remove?.(slotKey, vaultId).catch(() => undefined);
    throw error;
  } finally {
    rootKey.fill(0);
    raw.close();
  }
}
