import type { Clock, Random } from "../domain/ports/machine.ts";
import type { OpenStore } from "./database.ts";
import type { Keyring } from "./keyring.ts";
import { prepared } from "./sqlite.ts";
import { guarded } from "./storage-failure.ts";
import type { Store } from "./store.ts";

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
  return guarded(context.path, async () => work(await context.opened.store()));
}

/**
 * A read on the start-up path: plain statements, without the query builder, all of one moment. They share the connection
 * with the transactions of this process, so one that is under way is waited for: what it has written may yet be undone.
 */
export function readRaw<T>(context: VaultContext, work: (raw: OpenStore["raw"]) => T): Promise<T> {
  return readOne(context, (raw) => ofOneMoment(raw, work));
}

/** The same for a single statement, which is of one moment by itself. */
export function readOne<T>(context: VaultContext, work: (raw: OpenStore["raw"]) => T): Promise<T> {
  const { raw, store } = context.opened;
  return guarded(context.path, async () =>
    raw.inTransaction ? (await store()).connection().execute(async () => work(raw)) : work(raw),
  );
}

function ofOneMoment<T>(raw: OpenStore["raw"], work: (raw: OpenStore["raw"]) => T): T {
  prepared(raw, "begin").run();
  try {
    return work(raw);
  } finally {
    if (raw.inTransaction) prepared(raw, "commit").run();
  }
}

/** One durable transaction. The key is opened before it begins: a prompt must not be shown while the write lock is held. */
export function write<T>(context: VaultContext, work: (store: Store) => Promise<T>): Promise<T> {
  return guarded(context.path, async () => {
    if (context.opened.readOnly) throw context.opened.readOnly;
    await context.keyring.keys();
    const store = await context.opened.store();
    return store.transaction().execute(async (transaction) => {
      context.keyring.requireCurrent();
      return work(transaction);
    });
  });
}
