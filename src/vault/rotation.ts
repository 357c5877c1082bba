/** New keys for old records. Every record names the data key it is under, so a crash or a writer in between mixes nothing up. */
import { Failure } from "../domain/failure.ts";
import type { KeySlot, KeySource } from "../domain/ports/keys.ts";
import type { UnlockPlan } from "../domain/ports/vault-custody.ts";
import { keyCheckValue, sameBytes, slotCommitment, subkey, unwrapKey, wrapKey } from "./key-hierarchy.ts";
import { chainCode, dataKeyName, newDataKey, wrappingKey } from "./keyring.ts";
import { append, firstBrokenEntry } from "./ledger.ts";
import { writeMeta } from "./meta.ts";
import { termsOfRescues } from "./rescue.ts";
import { parametersOf, type SlotRow, toSlot } from "./slot-row.ts";
import { addRecoverySlot, addSlot, makeSlotKey, wrapped } from "./slots.ts";
import type { Store } from "./store.ts";
import type { VaultContext } from "./vault-context.ts";
import { write } from "./vault-context.ts";

const batch = 100;

export async function rotateVault(context: VaultContext, plan: UnlockPlan, { root }: { root: boolean }) {
  const slotKeys = root ? await readSlotKeys(context, plan) : null;
  const term = await newestTerm(context);
  const records = await sealAgain(context, term);
  await write(context, async (store) => {
    await store
      .deleteFrom("data_keys")
      .where("term", "<", term)
      .where("term", "not in", store.selectFrom("secrets").select("term").distinct())
      .where("term", "not in", termsOfRescues(context))
      .execute();
    await append(context, store, { action: "vault.rotated", detail: { term, records, root } });
  });
  const recoveryCode = slotKeys ? await replaceRootKey(context, slotKeys) : null;
  context.opened.raw.pragma("wal_checkpoint(truncate)");
  return { records, term, recoveryCode };
}

/** An interrupted rotation is finished with the key it began with; else there is a new one. */
function newestTerm(context: VaultContext): Promise<number> {
  return write(context, async (store) => {
    const { rootKey } = await context.keyring.keys();
    const newest = await store
      .selectFrom("data_keys")
      .select("term")
      .orderBy("term", "desc")
      .limit(1)
      .executeTakeFirstOrThrow();
    const older = await store
      .selectFrom("secrets")
      .select("term")
      .where("term", "<", newest.term)
      .limit(1)
      .executeTakeFirst();
    if (older) return newest.term;
    const term = newest.term + 1;
    const wrappedKey = newDataKey(rootKey, context.id, term, context.random);
    await store
      .insertInto("data_keys")
      .values({ term, wrapped_key: wrappedKey, created_at: context.clock.now() })
      .execute();
    return term;
  });
}

async function sealAgain(context: VaultContext, term: number): Promise<number> {
  let records = 0;
  while (true) {
    const done = await write(context, async (store) => {
      const rows = await store.selectFrom("secrets").selectAll().where("term", "<", term).limit(batch).execute();
      for (const row of rows) {
        const place = { table: row.owner, rowId: row.owner_id, kind: row.kind, generation: row.generation };
        const text = await context.keyring.open(place, row.blob);
        const sealed = await context.keyring.seal(place, text);
        await store
          .updateTable("secrets")
          .set(sealed)
          .where("owner", "=", row.owner)
          .where("owner_id", "=", row.owner_id)
          .where("kind", "=", row.kind)
          .where("generation", "=", row.generation)
          .execute();
      }
      return rows.length;
    });
    records += done;
    if (done < batch) return records;
  }
}

/**
 * The keys of the slots that a new root key goes under, each shown to be the slot's own. A slot that cannot be opened here
 * would be lost, so it must be removed by name first.
 */
async function readSlotKeys(context: VaultContext, plan: UnlockPlan): Promise<Map<string, Uint8Array>> {
  const { ledgerKey } = await context.keyring.keys();
  if (firstBrokenEntry(context, ledgerKey) !== null) {
    throw new Failure("ledger_damaged", "the ledger's chain is broken, so it is not signed anew", {
      hint: "agencyiq vault status --check",
    });
  }
  const keys = new Map<string, Uint8Array>();
  for (const row of await slotsToRewrap(await context.opened.store())) {
    keys.set(row.id, await readSlotKey(context, plan, row));
  }
  return keys;
}

function slotsToRewrap(store: Store): Promise<SlotRow[]> {
  return store.selectFrom("key_slots").selectAll().where("kind", "<>", "recovery").execute();
}

async function readSlotKey(context: VaultContext, plan: UnlockPlan, row: SlotRow): Promise<Uint8Array> {
  let cause: unknown;
  for (const source of plan.sources.filter(({ kind }) => kind === row.kind)) {
    try {
      const key = await source.read({ id: row.id, parameters: parametersOf(row) }, context.id);
      if (sameBytes(slotCommitment(key, row.id), row.commitment)) return key;
      cause = new Failure("key_wrong", `the ${row.kind} key given is not the one of this slot`);
    } catch (error) {
      cause = error;
    }
  }
  throw cannotRewrap(row.kind, cause);
}

/** The new root key under every slot; the recovery slot, whose code nobody keeps here, gets a new code. */
async function replaceRootKey(context: VaultContext, keys: Map<string, Uint8Array>): Promise<string | null> {
  const old = await context.keyring.keys();
  const rootKey = Buffer.from(context.random.bytes(32));
  const recoveryCode = await write(context, async (store) => {
    const present = await slotsToRewrap(store);
    if (present.length !== keys.size || present.some(({ id }) => !keys.has(id))) throw slotsChanged();
    for (const [id, key] of keys) {
      await store
        .updateTable("key_slots")
        .set(wrapped(key, rootKey, id, context.random))
        .where("id", "=", id)
        .execute();
    }
    await rewrapDataKeys(context, store, old.rootKey, rootKey);
    await writeMeta(store, "key_check", keyCheckValue(rootKey, context.id).toString("base64"));
    // Both are under subkeys of the old root key: the one is signed anew, the other only guards tokens that are replaced by now.
    await signAnew(store, subkey(rootKey, "ledger"));
    await store.deleteFrom("tombstones").execute();
    const had = await store.deleteFrom("key_slots").where("kind", "=", "recovery").executeTakeFirst();
    return had.numDeletedRows === 0n ? null : (await addRecoverySlot(store, context, rootKey)).code;
  });
  for (const key of [rootKey, ...keys.values()]) key.fill(0);
  await context.keyring.forget();
  return recoveryCode;
}

function cannotRewrap(kind: string, cause: unknown): Failure {
  const code = cause instanceof Failure ? cause.code : "key_missing";
  return new Failure(code, `the ${kind} slot cannot be opened here, so it would be lost`, {
    hint: `name its key too, or remove it first: agencyiq vault rekey --remove ${kind}`,
    cause,
  });
}

function slotsChanged(): Failure {
  return new Failure("account_busy", "the vault's key slots were changed meanwhile", { hint: "run it again" });
}

async function rewrapDataKeys(context: VaultContext, store: Store, old: Uint8Array, fresh: Uint8Array): Promise<void> {
  for (const { term, wrapped_key } of await store.selectFrom("data_keys").selectAll().execute()) {
    const name = dataKeyName(context.id, term);
    const key = unwrapKey(wrappingKey(old), wrapped_key, name);
    if (!key) throw new Failure("record_damaged", `data key ${term} is damaged`);
    const again = wrapKey(wrappingKey(fresh), key, name, context.random.bytes(12));
    key.fill(0);
    await store.updateTable("data_keys").set({ wrapped_key: again }).where("term", "=", term).execute();
  }
}

async function signAnew(store: Store, ledgerKey: Uint8Array): Promise<void> {
  let previous: Uint8Array | null = null;
  for (const row of await store.selectFrom("ledger").selectAll().orderBy("sequence").execute()) {
    const fields = [row.sequence, row.at, row.actor, row.action, row.account, row.subject_id, row.detail];
    previous = chainCode(ledgerKey, previous, fields);
    await store.updateTable("ledger").set({ mac: previous }).where("sequence", "=", row.sequence).execute();
  }
}

export async function rekeyVault(
  context: VaultContext,
  change: { add?: KeySource; addRecovery?: boolean; remove?: readonly string[] },
) {
  const { rootKey } = await context.keyring.keys();
  const remove = new Set(change.remove ?? []);
  const present = await (await context.opened.store()).selectFrom("key_slots").selectAll().execute();
  const left = present.filter(({ id, kind }) => kind !== "recovery" && !remove.has(id)).length + (change.add ? 1 : 0);
  if (left === 0) {
    throw new Failure("usage", "that would leave only the recovery code", {
      hint: "add another way first: agencyiq vault rekey --add KIND",
    });
  }
  const made = change.add ? await makeSlotKey(change.add, context.id, context.random) : null;
  return write(context, async (store) => {
    const added: KeySlot[] = [];
    let recoveryCode: string | null = null;
    if (made) added.push(await addSlot(store, context, made, rootKey));
    if (change.addRecovery) {
      // One recovery code at a time: a new one ends the old.
      await store.deleteFrom("key_slots").where("kind", "=", "recovery").execute();
      const { slot, code } = await addRecoverySlot(store, context, rootKey);
      added.push(slot);
      recoveryCode = code;
    }
    const removed = present.filter(({ id }) => remove.has(id));
    if (remove.size > 0)
      await store
        .deleteFrom("key_slots")
        .where("id", "in", [...remove])
        .execute();
    for (const { kind } of added) await append(context, store, { action: "vault.key_added", detail: { kind } });
    for (const { kind } of removed) await append(context, store, { action: "vault.key_removed", detail: { kind } });
    return {
      added,
      removed: removed.map(toSlot),
      recoveryCode,
    };
  });
}
