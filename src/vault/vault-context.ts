import type { Clock, Random } from "../domain/ports/machine.ts";
import type { OpenStore, Store } from "./database.ts";
import type { Keyring } from "./keyring.ts";
import { guarded } from "./storage-failure.ts";

/** What every group of queries is given. */
export interface VaultContext {
  readonly id: string;
  /** The folder the vault's files are in. */
  readonly home: string;
  readonly path: string;
  readonly opened: OpenStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly random: Random;
  /** Who writes to the ledger: `user@host`. */
  readonly actor: string;
  readonly host: string;
  readonly processId: number;
}

/** A read, with storage errors told as Failures. */
export function read<T>(context: VaultContext, work: (store: Store) => Promise<T>): Promise<T> {
  return guarded(context.path, () => work(context.opened.store));
}

/** One durable transaction. The key is opened before it begins: a prompt must not be shown while the write lock is held. */
export function write<T>(context: VaultContext, work: (store: Store) => Promise<T>): Promise<T> {
  return guarded(context.path, async () => {
    await context.keyring.keys();
    return context.opened.store.transaction().execute(async (transaction) => {
      await context.keyring.requireCurrent(transaction);
      return work(transaction);
    });
  });
}
