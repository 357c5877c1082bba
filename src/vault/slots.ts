import type { KeySlot, KeySource, SlotParameters } from "../domain/ports/keys.ts";
import type { Clock, Random } from "../domain/ports/machine.ts";
import { slotCommitment, wrapKey } from "./key-hierarchy.ts";
import { keyFromRecoveryCode, newRecoveryCode } from "./recovery-code.ts";
import type { Store } from "./store.ts";

interface SlotTools {
  readonly random: Random;
  readonly clock: Clock;
}

/** Makes the slot's key at its source, then the slot. The root key's copy is under that key. */
export async function addSlot(
  store: Store,
  tools: SlotTools,
  source: KeySource,
  vaultId: string,
  rootKey: Uint8Array,
): Promise<KeySlot> {
  const id = tools.random.uuid();
  const { key, parameters } = await source.create(id, vaultId);
  return writeSlot(store, tools, { id, kind: source.kind, parameters }, key, rootKey);
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
