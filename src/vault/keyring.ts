/** The opened keys of a vault in this process: seals, opens, fingerprints and signs. */
import { createHmac } from "node:crypto";
import { Failure } from "../domain/failure.ts";
import type { Clock, Random } from "../domain/ports/machine.ts";
import type { UnlockPlan } from "../domain/ports/vault-custody.ts";
import { days } from "../domain/time.ts";
import type { OpenStore } from "./database.ts";
import { fingerprintOf, keyCheckValue, sameBytes, subkey, unwrapKey, wrapKey } from "./key-hierarchy.ts";
import { readMeta } from "./meta.ts";
import { open, type Place, seal, termOf } from "./sealed-record.ts";
import { prepared } from "./sqlite.ts";
import { unlock } from "./unlock.ts";

export interface Keys {
  readonly rootKey: Buffer;
  readonly slotId: string;
  readonly fingerprintKey: Buffer;
  readonly ledgerKey: Buffer;
}

export interface SealedRecord {
  readonly term: number;
  readonly blob: Buffer;
}

export class Keyring {
  readonly #opened: OpenStore;
  readonly #vaultId: string;
  readonly #plan: UnlockPlan;
  readonly #random: Random;
  readonly #clock: Clock;
  #keys: Promise<Keys> | null = null;
  #now: Keys | null = null;
  /** The check value that the keys in hand were found to fit. */
  #checked: string | null = null;
  /** Data keys by term, as they are needed. */
  readonly #dataKeys = new Map<number, Buffer>();

  constructor(opened: OpenStore, vaultId: string, plan: UnlockPlan, random: Random, clock: Clock) {
    this.#opened = opened;
    this.#vaultId = vaultId;
    this.#plan = plan;
    this.#random = random;
    this.#clock = clock;
  }

  /** Asks for the key at most once a process, however many callers need it. */
  keys(): Promise<Keys> {
    this.#keys ??= this.#open();
    return this.#keys;
  }

  async #open(): Promise<Keys> {
    const { raw } = this.#opened;
    const keyCheck = Buffer.from(readMeta(raw, "key_check"), "base64");
    const { rootKey, slotId } = await unlock(raw, this.#vaultId, keyCheck, this.#plan);
    this.#noteUse(slotId);
    this.#now = {
      rootKey,
      slotId,
      fingerprintKey: subkey(rootKey, "fingerprint"),
      ledgerKey: subkey(rootKey, "ledger"),
    };
    return this.#now;
  }

  get isOpen(): boolean {
    return this.#now !== null;
  }

  /** The keys that `keys()` opened, for work inside a transaction: asking a person there would hold up everybody. */
  opened(): Keys {
    if (this.#now) return this.#now;
    throw new Error("the keyring is used before it was opened");
  }

  /** The keys in hand are still the vault's. Another process may have rotated the root key. */
  requireCurrent(): void {
    const present = readMeta(this.#opened.raw, "key_check");
    if (this.#now && this.#checked === present) return;
    if (this.#now && sameBytes(keyCheckValue(this.#now.rootKey, this.#vaultId), Buffer.from(present, "base64"))) {
      this.#checked = present;
      return;
    }
    this.forget();
    throw new Failure("account_busy", "the vault's keys were changed meanwhile", {
      hint: "nothing was written; run it again",
    });
  }

  /** For `vault status`. At most once a day, and never a reason to fail. */
  #noteUse(slotId: string): void {
    const now = this.#clock.now();
    if (this.#opened.readOnly) return;
    try {
      this.#opened.raw
        .prepare("update key_slots set last_used_at = ? where id = ? and coalesce(last_used_at, 0) < ?")
        .run(now, slotId, now - days(1));
    } catch {
      // A full disk or a busy writer: the key itself is open, and that is what was asked for.
    }
  }

  /** Seals under the newest data key, which is read inside the caller's transaction: a rotation cannot slip between. */
  seal(place: Omit<Place, "vaultId">, plaintext: string): SealedRecord {
    const term = prepared(this.#opened.raw, "select max(term) from data_keys").pluck().get() as number;
    const key = this.#dataKey(term);
    return { term, blob: seal(key, term, { ...place, vaultId: this.#vaultId }, plaintext, this.#random.bytes(12)) };
  }

  /** @throws Failure `record_damaged` */
  open(place: Omit<Place, "vaultId">, blob: Uint8Array): string {
    const term = termOf(blob);
    if (term === null) throw new Failure("record_damaged", "a sealed record was changed, moved or cut");
    const key = this.#dataKey(term);
    return open(key, { ...place, vaultId: this.#vaultId }, blob);
  }

  #dataKey(term: number): Buffer {
    const known = this.#dataKeys.get(term);
    if (known) return known;
    const { rootKey } = this.opened();
    const wrapped = this.#opened.raw.prepare("select wrapped_key from data_keys where term = ?").pluck().get(term);
    const key =
      wrapped instanceof Uint8Array ? unwrapKey(wrappingKey(rootKey), wrapped, dataKeyName(this.#vaultId, term)) : null;
    if (!key) {
      // Not damaged, if it is wrapped under a newer root key than the one in hand.
      this.requireCurrent();
      throw new Failure("record_damaged", `data key ${term} is missing or damaged`);
    }
    this.#dataKeys.set(term, key);
    return key;
  }

  fingerprint(token: string): Buffer {
    return fingerprintOf(this.opened().fingerprintKey, token);
  }

  /** Overwrites what was opened. */
  forget(): void {
    for (const key of this.#dataKeys.values()) key.fill(0);
    this.#dataKeys.clear();
    const keys = this.#now;
    for (const key of [keys?.rootKey, keys?.fingerprintKey, keys?.ledgerKey]) key?.fill(0);
    this.#keys = null;
    this.#now = null;
    this.#checked = null;
  }
}

export function wrappingKey(rootKey: Uint8Array): Buffer {
  return subkey(rootKey, "wrap");
}

export function dataKeyName(vaultId: string, term: number): string {
  return `${vaultId}/data/${term}`;
}

/** A new data key, wrapped for the table. */
export function newDataKey(rootKey: Uint8Array, vaultId: string, term: number, random: Random): Buffer {
  const key = Buffer.from(random.bytes(32));
  const wrapped = wrapKey(wrappingKey(rootKey), key, dataKeyName(vaultId, term), random.bytes(12));
  key.fill(0);
  return wrapped;
}

/** HMAC chain: each entry's code covers the one before. */
export function chainCode(ledgerKey: Uint8Array, previous: Uint8Array | null, fields: readonly unknown[]): Buffer {
  return createHmac("sha256", ledgerKey)
    .update(previous ?? Buffer.alloc(32))
    .update(JSON.stringify(fields))
    .digest();
}
