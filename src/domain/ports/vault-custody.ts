import type { KeySlot, KeySource, SlotKind } from "./keys.ts";
import type { Vault } from "./vault.ts";

/** What can be told about a vault without its key. */
export interface VaultStatus {
  readonly path: string;
  readonly exists: boolean;
  readonly id: string | null;
  readonly format: number | null;
  readonly slots: readonly KeySlot[];
  /** Numbered data keys and how many records each seals. */
  readonly dataKeys: readonly { readonly term: number; readonly records: number; readonly createdAt: number }[];
  readonly accounts: number;
  readonly sizeBytes: number;
  readonly createdAt: number | null;
}

/** One thing `verify` looked at. */
export interface Finding {
  readonly id: string;
  readonly ok: boolean;
  readonly message: string;
  /** The account a damaged record belongs to. */
  readonly account?: string;
  /** What mends it, where that is no new authorization. */
  readonly mend?: string;
}

/** The key was there, and it opens what is sealed. */
export interface KeyProof {
  readonly slot: { readonly id: string; readonly kind: SlotKind };
  /** Milliseconds until the key was open. */
  readonly milliseconds: number;
  /** Whose record was opened (an account, or an app); null: there is none yet. */
  readonly record: string | null;
}

/** The vault as a thing on disk: made, opened, examined, re-keyed, copied. */
export interface VaultCustody {
  readonly path: string;
  exists(): boolean;
  /**
   * Makes a vault with one slot for `source` and, when asked, a recovery slot.
   * @throws Failure `vault_exists`
   */
  create(source: KeySource, options: { recovery: boolean }): Promise<{ vault: Vault; recoveryCode: string | null }>;
  /**
   * Opens the database. The key is asked for only when the first secret is (`unlock` says how), so that what
   * needs no secret needs no key.
   * @throws Failure `vault_missing`, `vault_damaged`
   */
  open(unlock: UnlockPlan): Promise<Vault>;
  status(): Promise<VaultStatus>;
  /** Opens every record, checks the ledger's chain and SQLite's own structure. Needs the key. */
  verify(unlock: UnlockPlan): Promise<Finding[]>;
  /** Opens the key, says which slot it was, and opens one record with it. */
  proveKey(unlock: UnlockPlan): Promise<KeyProof>;
  /** A new data key, every record sealed again; resumable. With `root` also a new root key, and a new recovery code where there was one. */
  rotate(
    unlock: UnlockPlan,
    options: { root: boolean },
  ): Promise<{ records: number; term: number; recoveryCode: string | null }>;
  /** Adds a slot for `add` and/or removes slots. The last slot that is not `recovery` cannot be removed. */
  rekey(
    unlock: UnlockPlan,
    change: { add?: KeySource; addRecovery?: boolean; remove?: readonly string[] },
  ): Promise<{ added: KeySlot[]; removed: KeySlot[]; recoveryCode: string | null }>;
  /** A consistent copy, still sealed (SQLite online backup), written 0600 by temp + fsync + rename. */
  backup(destination: string): Promise<{ path: string; sizeBytes: number }>;
  /**
   * Puts a backup in the vault's place after proving that its key opens it; the present vault is kept beside it.
   * Every refreshable credential becomes `needs_confirm`: its refresh token may have been used since the backup.
   */
  restore(source: string, unlock: UnlockPlan): Promise<{ accounts: number; keptAs: string | null }>;
}

/** Which sources may open a slot, in order. `explicit`: the user named one, so no other is tried. */
export interface UnlockPlan {
  readonly sources: readonly KeySource[];
  readonly explicit: SlotKind | null;
}
