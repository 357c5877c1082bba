/**
 * Small writes that come at the same moment, in one transaction and with one sync of the disk: what makes a sweep over
 * thousands of accounts quick. Each is done wholly or not at all, and its caller hears of it only after the commit.
 */
import type Sqlite from "better-sqlite3";
import { prepared } from "./sqlite.ts";
import { guarded } from "./storage-failure.ts";
import type { VaultContext } from "./vault-context.ts";

type Work<T> = (raw: Sqlite.Database) => T;

interface Waiting {
  readonly work: Work<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const queues = new WeakMap<VaultContext, Waiting[]>();

/** One durable piece of work, without an `await` in it. The key is opened before: nobody may be asked while the write lock is held. */
export function writeTogether<T>(context: VaultContext, work: Work<T>): Promise<T> {
  return guarded(context.path, async () => {
    if (context.opened.readOnly) throw context.opened.readOnly;
    await context.keyring.keys();
    return new Promise<T>((resolve, reject) => {
      const waiting = { work, resolve: resolve as Waiting["resolve"], reject };
      const queue = queues.get(context);
      if (queue) {
        queue.push(waiting);
        return;
      }
      queues.set(context, [waiting]);
      // What the answers that arrived together lead to is written together.
      setImmediate(() => void flush(context));
    });
  });
}

async function flush(context: VaultContext): Promise<void> {
  const { raw, store } = context.opened;
  const run = () => {
    const queue = queues.get(context) ?? [];
    queues.delete(context);
    commit(context, queue);
  };
  try {
    // The connection is shared with longer transactions of this process: the one under way is waited for.
    if (raw.inTransaction) await (await store()).connection().execute(async () => run());
    else run();
  } catch (error) {
    const queue = queues.get(context) ?? [];
    queues.delete(context);
    for (const { reject } of queue) reject(error);
  }
}

function commit(context: VaultContext, queue: readonly Waiting[]): void {
  const { raw } = context.opened;
  const ends: (() => void)[] = [];
  try {
    prepared(raw, "begin immediate").run();
    context.keyring.requireCurrent();
    for (const waiting of queue) ends.push(attempt(raw, waiting));
    prepared(raw, "commit").run();
  } catch (error) {
    if (raw.inTransaction) raw.exec("rollback");
    for (const { reject } of queue) reject(error);
    return;
  }
  for (const end of ends) end();
}

/** What fails is undone alone. @throws what ended the transaction as a whole: a full disk, a damaged file */
function attempt(raw: Sqlite.Database, { work, resolve, reject }: Waiting): () => void {
  prepared(raw, "savepoint one").run();
  try {
    const value = work(raw);
    prepared(raw, "release one").run();
    return () => resolve(value);
  } catch (error) {
    if (!raw.inTransaction) throw error;
    raw.exec("rollback to one; release one");
    return () => reject(error);
  }
}
