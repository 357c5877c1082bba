/** Ways to open the vault, added and removed. Each slot holds its own copy of the root key; no record is touched. */
import { Failure } from "../domain/failure.ts";
import type { KeySlot, KeySource } from "../domain/ports/keys.ts";
import { append } from "./ledger.ts";
import { type SlotRow, toSlot } from "./slot-row.ts";
import { addRecoverySlot, addSlot, makeSlotKey, type SlotKey } from "./slots.ts";
import type { Store } from "./store.ts";
import { type VaultContext, write } from "./vault-context.ts";

export async function rekeyVault(context: VaultContext, change: SlotChange) {
  const { rootKey } = await context.keyring.keys();
  // Before a key is made for nothing, and again under the write lock: two removals at once must not take the last two.
  await slotsToLeave(await context.opened.store(), change);
  const made = change.add ? await makeSlotKey(change.add, context.id, context.random) : null;
  try {
    return await write(context, (store) => changeSlots(context, store, { ...change, made, rootKey }));
  } catch (error) {
    if (made) await change.add?.remove?.(made, context.id).catch(() => undefined);
    throw error;
  }
}

interface SlotChange {
  readonly add?: KeySource;
  readonly addRecovery?: boolean;
  readonly remove?: readonly string[];
}

/** @throws Failure `usage` where only the recovery code would be left */
async function slotsToLeave(store: Store, change: SlotChange): Promise<SlotRow[]> {
  const present = await store.selectFrom("key_slots").selectAll().execute();
  const removed = present.filter(({ id }) => change.remove?.includes(id));
  const left = present.filter((slot) => slot.kind !== "recovery" && !removed.includes(slot));
  if (left.length > 0 || change.add) return removed;
  throw new Failure("usage", "that would leave only the recovery code", {
    hint: "add another way first: agencyiq vault rekey --add KIND",
  });
}

/** A removed slot's key stays at its source: copies made before still want it. */
async function changeSlots(
  context: VaultContext,
  store: Store,
  change: SlotChange & { made: SlotKey | null; rootKey: Buffer },
) {
  const { made, rootKey } = change;
  const removed = await slotsToLeave(store, change);
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
  for (const { id } of removed) await store.deleteFrom("key_slots").where("id", "=", id).execute();
  for (const { kind } of added) append(context, { action: "vault.key_added", detail: { kind } });
  for (const { kind } of removed) append(context, { action: "vault.key_removed", detail: { kind } });
  return {
    added,
    removed: removed.map(toSlot),
    recoveryCode,
  };
}
