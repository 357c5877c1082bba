/** Finds the key that opens the vault, once per process, when the first secret is needed. */
import type Sqlite from "better-sqlite3";
import { Failure } from "../domain/failure.ts";
import type { KeySource, SlotKind } from "../domain/ports/keys.ts";
import type { UnlockPlan } from "../domain/ports/vault-custody.ts";
import { keyCheckValue, sameBytes, slotCommitment, unwrapKey } from "./key-hierarchy.ts";
import { damagedSlot, parametersOf, type SlotRow } from "./slot-row.ts";

export interface Unlocked {
  readonly rootKey: Buffer;
  readonly slotId: string;
}

/**
 * Tries the sources in their order against the slots of their kind.
 * @throws Failure `key_missing`, `key_wrong`, `key_locked`, `key_unavailable`, `key_timeout`
 */
export async function unlock(
  raw: Sqlite.Database,
  vaultId: string,
  keyCheck: Uint8Array,
  plan: UnlockPlan,
): Promise<Unlocked> {
  const slots = raw.prepare("select * from key_slots order by created_at").all() as SlotRow[];
  const sources = plan.explicit === null ? plan.sources : plan.sources.filter(({ kind }) => kind === plan.explicit);
  const failures: Failure[] = [];
  for (const source of sources) {
    for (const slot of slots.filter(({ kind }) => kind === source.kind)) {
      const opened = await openSlot(source, slot, vaultId, keyCheck);
      if (!(opened instanceof Failure)) return { rootKey: opened, slotId: slot.id };
      failures.push(opened);
    }
  }
  throw telling(failures) ?? noSlot(plan.explicit, slots);
}

async function openSlot(
  source: KeySource,
  row: SlotRow,
  vaultId: string,
  keyCheck: Uint8Array,
): Promise<Buffer | Failure> {
  let key: Uint8Array;
  try {
    key = await source.read({ id: row.id, parameters: parametersOf(row) }, vaultId);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  try {
    const committed = sameBytes(slotCommitment(key, row.id), row.commitment);
    const rootKey = unwrapKey(key, row.wrapped_root_key, row.id);
    // A slot that either names its key or opens with it is that key's, and damaged where it does not do both.
    if (!committed && !rootKey) return wrongKey(source.kind);
    if (!committed || !rootKey || !sameBytes(keyCheckValue(rootKey, vaultId), keyCheck)) return damagedSlot(row.kind);
    return rootKey;
  } finally {
    key.fill(0);
  }
}

const wrongKeyHints: Record<SlotKind, string> = {
  keychain: "the keychain holds the key of another vault; is AGENCYIQ_HOME right?",
  file: "is this the key file of this vault? agencyiq vault status shows which one opened it",
  passphrase: "try again; with the recovery code: agencyiq vault rekey --key-source recovery --add passphrase",
  command: "the command prints the key of another vault",
  recovery: "this is the recovery code of another vault",
};

const wrongKeyMessages: Record<SlotKind, string> = {
  keychain: "the key in the keychain does not open this vault",
  file: "the key file does not open this vault",
  passphrase: "the passphrase is wrong",
  command: "the key command's key does not open this vault",
  recovery: "the recovery code does not open this vault",
};

function wrongKey(kind: SlotKind): Failure {
  return new Failure("key_wrong", wrongKeyMessages[kind], { hint: wrongKeyHints[kind] });
}

/** What the person should hear: a wrong key before a source that was merely not there. */
function telling(failures: readonly Failure[]): Failure | undefined {
  return failures.find(({ code }) => code === "key_wrong" || code === "vault_damaged") ?? failures[0];
}

function noSlot(explicit: SlotKind | null, slots: readonly SlotRow[]): Failure {
  const kinds = [...new Set(slots.map(({ kind }) => kind))].join(", ") || "nothing";
  if (explicit !== null) {
    return new Failure("key_missing", `this vault is opened by ${kinds}, not by ${explicit}`, {
      hint: `name one of those, or add it: agencyiq vault rekey --key-source ${slots[0]?.kind ?? "recovery"} --add ${explicit}`,
    });
  }
  return new Failure("key_missing", `this vault is opened by ${kinds}, which cannot be asked here`, {
    hint: "run it at a terminal, or name a key: AGENCYIQ_KEY_FILE, AGENCYIQ_KEY_COMMAND or AGENCYIQ_PASSPHRASE",
  });
}
