/** The vault as a thing on disk: made, opened, told about. Rotation, backup and examination are in files of their own. */
import { existsSync, linkSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { Failure } from "../domain/failure.ts";
import type { KeySlot, KeySource, SlotKind } from "../domain/ports/keys.ts";
import type { Clock, Random } from "../domain/ports/machine.ts";
import type { UnlockPlan, VaultCustody, VaultStatus } from "../domain/ports/vault-custody.ts";
import { backupVault, restoreVault } from "./backup.ts";
import { configure, createFile, migrate, type OpenStore, openFile, storeOver, vaultExists } from "./database.ts";
import { keyCheckValue } from "./key-hierarchy.ts";
import { Keyring, newDataKey } from "./keyring.ts";
import { append } from "./ledger.ts";
import { readMeta, writeMeta } from "./meta.ts";
import { rekeyVault, rotateVault } from "./rotation.ts";
import { addRecoverySlot, addSlot } from "./slots.ts";
import { sqliteVault } from "./sqlite-vault.ts";
import { guarded, storageFailure } from "./storage-failure.ts";
import type { VaultContext } from "./vault-context.ts";
import { verifyVault } from "./verification.ts";

export interface CustodyOptions {
  readonly home: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly host: string;
  readonly processId: number;
  /** `user@host`, for the ledger. */
  readonly actor: string;
}

export function vaultCustody(options: CustodyOptions): VaultCustody {
  const path = join(options.home, "vault.db");
  const contextFor = (plan: UnlockPlan) => openContext(options, path, plan);
  const within = async <T>(plan: UnlockPlan, work: (context: VaultContext) => Promise<T>): Promise<T> => {
    const context = await contextFor(plan);
    try {
      return await guarded(path, () => work(context));
    } finally {
      await sqliteVault(context).close();
    }
  };
  return {
    path,
    exists: () => existsSync(path),
    create: (source, { recovery }) => create(options, path, source, recovery),
    open: async (plan) => sqliteVault(await contextFor(plan)),
    status: () => status(path),
    verify: (plan) => within(plan, verifyVault),
    rotate: (plan, change) => within(plan, (context) => rotateVault(context, plan, change)),
    rekey: (plan, change) => within(plan, (context) => rekeyVault(context, change)),
    backup: (destination) => guarded(path, () => backupVault(path, destination)),
    restore: (source, plan) =>
      guarded(path, () => restoreVault({ ...options, path }, source, (copy) => openContext(options, copy, plan))),
  };
}

async function openContext(options: CustodyOptions, path: string, plan: UnlockPlan): Promise<VaultContext> {
  requireVault(path);
  const opened = openFile(path);
  try {
    return await contextOver(options, path, opened, plan);
  } catch (error) {
    await opened.store.destroy();
    throw storageFailure(error, path);
  }
}

async function contextOver(
  options: CustodyOptions,
  path: string,
  opened: OpenStore,
  plan: UnlockPlan,
): Promise<VaultContext> {
  const id = await readMeta(opened.store, "vault_id");
  return { ...options, id, path, opened, keyring: new Keyring(opened, id, plan, options.random, options.clock) };
}

function requireVault(path: string): void {
  if (existsSync(path)) return;
  throw new Failure("vault_missing", `there is no vault at ${path}`, {
    hint: "agencyiq setup x, or: agencyiq vault init",
  });
}

/**
 * Built beside its place and linked into it when it is whole: two first uses at the same moment make one vault, and a crash
 * leaves none that is half made.
 */
async function create(options: CustodyOptions, path: string, source: KeySource, recovery: boolean) {
  if (existsSync(path)) throw vaultExists(path);
  const draft = `${path}.making-${options.processId}-${options.random.uuid().slice(0, 8)}`;
  try {
    const { recoveryCode, slot, vaultId } = await fill(options, draft, source, recovery);
    try {
      linkSync(draft, path);
    } catch (error) {
      await source.remove?.(slot, vaultId);
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
  mkdirSync(options.home, { recursive: true, mode: 0o700 });
  createFile(draft);
  const raw = new Sqlite(draft, { fileMustExist: true });
  const store = storeOver(raw);
  const rootKey = Buffer.from(random.bytes(32));
  const vaultId = random.uuid();
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
    const slot = await addSlot(store, { random, clock }, source, vaultId, rootKey);
    const recoveryCode = recovery ? (await addRecoverySlot(store, { random, clock }, rootKey)).code : null;
    const plan: UnlockPlan = { sources: [source], explicit: null };
    const context = await contextOver(options, draft, { store, raw, readOnly: false }, plan);
    // Before the transaction: SQLite has one connection here, and opening the key reads from it.
    await context.keyring.keys();
    await store
      .transaction()
      .execute((transaction) =>
        append(context, transaction, { action: "vault.created", detail: { keySource: source.kind, recovery } }),
      );
    // One file, whole: the WAL is folded in before it gets its name.
    raw.pragma("journal_mode = delete");
    return { recoveryCode, slot, vaultId };
  } finally {
    rootKey.fill(0);
    await store.destroy();
  }
}

async function status(path: string): Promise<VaultStatus> {
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
  const { store, raw } = openFile(path);
  try {
    return await guarded(path, async () => {
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
        id: await readMeta(store, "vault_id"),
        format: Number(raw.pragma("user_version", { simple: true })),
        slots: slots.map(toSlot),
        dataKeys: dataKeys.map(({ term, created_at, records }) => ({
          term,
          createdAt: created_at,
          records: Number(records),
        })),
        accounts: Number(accounts.count),
        sizeBytes: statSync(path).size,
        createdAt: Number(await readMeta(store, "created_at")),
      };
    });
  } finally {
    await store.destroy();
  }
}

function toSlot(row: {
  id: string;
  kind: string;
  parameters: string;
  created_at: number;
  last_used_at: number | null;
}): KeySlot {
  return {
    id: row.id,
    kind: row.kind as SlotKind,
    parameters: JSON.parse(row.parameters) as KeySlot["parameters"],
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
