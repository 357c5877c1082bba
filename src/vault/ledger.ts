/** The append-only record of what happened. Each entry's code covers the one before it. */
import type Sqlite from "better-sqlite3";
import type { LedgerAction, LedgerEntry, LedgerFact } from "../domain/ledger.ts";
import type { LedgerQuery } from "../domain/ports/vault.ts";
import { sameBytes } from "./key-hierarchy.ts";
import { chainCode } from "./keyring.ts";
import type { Database } from "./schema.ts";
import { prepared } from "./sqlite.ts";
import type { Store } from "./store.ts";
import type { VaultContext } from "./vault-context.ts";

type Row = Omit<Database["ledger"], "sequence"> & { sequence: number };

/** Appends inside the caller's transaction, so that what is told and what happened are one. */
export function append(context: VaultContext, fact: LedgerFact): void {
  const { ledgerKey } = context.keyring.opened();
  const { raw } = context.opened;
  const last = prepared(raw, "select sequence, mac from ledger order by sequence desc limit 1").get() as
    | Pick<Row, "sequence" | "mac">
    | undefined;
  const entry = {
    sequence: (last?.sequence ?? 0) + 1,
    at: context.clock.now(),
    actor: context.actor,
    action: fact.action,
    account: fact.account ?? null,
    subject_id: fact.subjectId ?? null,
    detail: JSON.stringify(fact.detail ?? {}),
  };
  const fields = fieldsOf(entry);
  prepared(
    raw,
    "insert into ledger (sequence, at, actor, action, account, subject_id, detail, mac) values (?, ?, ?, ?, ?, ?, ?, ?)",
  ).run(...fields, chainCode(ledgerKey, last?.mac ?? null, fields));
}

function fieldsOf(row: Omit<Row, "mac">): readonly (string | number | null)[] {
  return [row.sequence, row.at, row.actor, row.action, row.account, row.subject_id, row.detail];
}

/** The newest entries that fit, oldest first; with `after`, the next ones, so that who reads on misses none. */
export async function entries(store: Store, query: LedgerQuery): Promise<LedgerEntry[]> {
  let select = store
    .selectFrom("ledger")
    .selectAll()
    .orderBy("sequence", query.after === undefined ? "desc" : "asc");
  if (query.accounts) select = select.where("account", "in", [...query.accounts]);
  if (query.since !== undefined) select = select.where("at", ">=", query.since);
  if (query.after !== undefined) select = select.where("sequence", ">", query.after);
  const rows = await select.limit(query.limit ?? 1000).execute();
  if (query.after === undefined) rows.reverse();
  return rows.map(toEntry);
}

/** What happened to some subjects, oldest first. */
export function entriesOf(raw: Sqlite.Database, subjectIds: readonly string[]): LedgerEntry[] {
  const statement = prepared(raw, "select * from ledger where subject_id = ? order by sequence");
  const rows = subjectIds.flatMap((id) => statement.all(id) as Row[]);
  return rows.map(toEntry).sort((a, b) => a.sequence - b.sequence);
}

function toEntry({ sequence, at, actor, action, account, subject_id, detail }: Row): LedgerEntry {
  return {
    sequence,
    at,
    actor,
    action: action as LedgerAction,
    account,
    subjectId: subject_id,
    detail: JSON.parse(detail) as LedgerEntry["detail"],
  };
}

/** The sequence of the first entry whose code does not fit, or null for a whole chain. Streams; the ledger may be long. */
export function firstBrokenEntry(context: VaultContext, ledgerKey: Uint8Array): number | null {
  const rows = context.opened.raw.prepare("select * from ledger order by sequence").iterate() as Iterable<Row>;
  let previous: Uint8Array | null = null;
  let expected = 1;
  for (const row of rows) {
    const fits = row.sequence === expected && sameBytes(row.mac, chainCode(ledgerKey, previous, fieldsOf(row)));
    if (!fits) return row.sequence;
    previous = row.mac;
    expected += 1;
  }
  // SQLite keeps the last number it gave: an end that was cut off is missed, and a vault's making is always there.
  const given = context.opened.raw.prepare("select seq from sqlite_sequence where name = 'ledger'").pluck().get();
  return expected === 1 || Number(given ?? 0) >= expected ? expected : null;
}
