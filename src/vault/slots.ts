import type { KeySlot, KeySource, SlotParameters } from "../domain/ports/keys.ts";
import type { Clock, Random } from "../domain/ports/machine.ts";
import { slotCommitment, wrapKey } from "./key-hierarchy.ts";
import { keyFromRecoveryCode, newRecoveryCode } from "./recovery-code.ts";
import type { Store } from "./store.ts";

interface SlotTools {
  readonly random: Random;
  readonly clock: Clock;
}

/** The key of a slot to come. */
export interface SlotKey extends Pick<KeySlot, "id" | "kind" | "parameters"> {
  readonly key: Uint8Array;
}

/** Makes it at its source: which may ask a person, so never inside a transaction. */
export async function makeSlotKey(source: KeySource, vaultId: string, random: Random): Promise<SlotKey> {
  const id = random.uuid();
  return { id, kind: source.kind, ...(await source.create(id, vaultId)) };
}

/** The slot: a copy of the root key under the slot's own. */
export function addSlot(store: Store, tools: SlotTools, made: SlotKey, rootKey: Uint8Array): Promise<KeySlot> {
  const { key, ...wanted } = made;
  return writeSlot(store, tools, wanted, key, rootKey);
}

/** The code exists nowhere but in what is returned. */
export async function addRecoverySlot(
  store: Store,
  tools: SlotTools,
  rootKey: Uint8Array,
): Promise<{ slot: KeySlot; code: string }> {
  const code = newRecoveryCode(tools.random);
  const wanted = { id: tools.random.uuid(), kind: "recovery", parameters: {} } as const;
  return { slot: await writeSlot(store, tools, wanted, keyFromRecoveryCode(code), rootKey), code };
}

async function writeSlot(
  store: Store,
  { random, clock }: SlotTools,
  wanted: { id: string; kind: KeySlot["kind"]; parameters: SlotParameters },
  key: Uint8Array,
  rootKey: Uint8Array,
): Promise<KeySlot> {
  const createdAt = clock.now();
  await store
    .insertInto("key_slots")
    .values({
      id: wanted.id,
      kind: wanted.kind,
      parameters: JSON.stringify(wanted.parameters),
      ...wrapped(key, rootKey, wanted.id, random),
      created_at: createdAt,
      last_used_at: null,
    })
    .execute();
  key.fill(0);
  return { ...wanted, createdAt, lastUsedAt: null };
}

/** A root key under a slot's key, as the table holds it. */
export function wrapped(key: Uint8Array, rootKey: Uint8Array, slotId: string, random: Random) {
  return {
    wrapped_root_key: wrapKey(key, rootKey, slotId, random.bytes(12)),
    commitment: slotCommitment(key, slotId),
  };
}
