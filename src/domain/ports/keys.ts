/**
 * Where a vault's key-encryption keys come from. A slot wraps the vault's root key with one such key;
 * a source produces that key on this machine, now.
 */

export const slotKinds = ["keychain", "file", "passphrase", "command", "recovery"] as const;
export type SlotKind = (typeof slotKinds)[number];

/** What a slot records so that its source can find the key again. Never a secret. */
export type SlotParameters = Readonly<Record<string, string | number>>;

export interface KeySlot {
  readonly id: string;
  readonly kind: SlotKind;
  readonly parameters: SlotParameters;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

/**
 * One way to obtain a key-encryption key of 32 bytes.
 * A missing or wrong key is an error, never a reason to make a new one: only `create` makes one.
 */
export interface KeySource {
  readonly kind: SlotKind;
  /**
   * The key of an existing slot.
   * @throws Failure `key_missing`, `key_locked`, `key_unavailable`, `key_timeout`
   */
  read(slot: Pick<KeySlot, "id" | "parameters">, vaultId: string): Promise<Uint8Array>;
  /** Makes (or, for a command or an existing file, adopts) the key of a new slot. */
  create(slotId: string, vaultId: string): Promise<{ key: Uint8Array; parameters: SlotParameters }>;
  /** Forgets the key of a slot that is gone, where the source keeps it for us. */
  remove?(slot: Pick<KeySlot, "id" | "parameters">, vaultId: string): Promise<void>;
}
