/** Sealed records: one per owner and kind, replaced as a whole. */
import type Sqlite from "better-sqlite3";
import type { SecretOwner } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import { prepared } from "./sqlite.ts";
import { readRaw, type VaultContext } from "./vault-context.ts";

export interface SecretPlace {
  readonly owner: SecretOwner | "deliveries";
  readonly ownerId: string;
  readonly kind: string;
  readonly generation: number;
}

const placeOf = ({ owner, ownerId, kind, generation }: SecretPlace) => ({
  table: owner,
  rowId: ownerId,
  kind,
  generation,
});

/** Writes, replaces, or with null removes: the old record is overwritten, no copy of it is kept (RFC 6749 section 6). */
export function putSecret(context: VaultContext, place: SecretPlace, text: string | null): void {
  const { owner, ownerId, kind, generation } = place;
  const { raw } = context.opened;
  if (text === null) {
    prepared(raw, "delete from secrets where owner = ? and owner_id = ? and kind = ?").run(owner, ownerId, kind);
    return;
  }
  const { term, blob } = context.keyring.seal(placeOf(place), text);
  prepared(
    raw,
    `insert into secrets (owner, owner_id, kind, generation, term, blob) values (?, ?, ?, ?, ?, ?)
     on conflict (owner, owner_id, kind) do update set generation = excluded.generation, term = excluded.term, blob = excluded.blob`,
  ).run(owner, ownerId, kind, generation, term, blob);
}

interface SecretRow {
  readonly generation: number;
  readonly blob: Uint8Array;
}

function findSecret(
  raw: Sqlite.Database,
  { owner, ownerId, kind }: Omit<SecretPlace, "generation">,
): SecretRow | undefined {
  return prepared(raw, "select generation, blob from secrets where owner = ? and owner_id = ? and kind = ?").get(
    owner,
    ownerId,
    kind,
  ) as SecretRow | undefined;
}

/**
 * The secret at this very place and generation; null where there is none. For a caller whose transaction keeps the
 * generation from moving; others ask `presentSecret`.
 * @throws Failure `record_damaged` for a record of another generation, another row, or changed bytes
 */
export function getSecret(context: VaultContext, place: SecretPlace): string | null {
  const row = findSecret(context.opened.raw, place);
  return row ? openSecret(context, place, row) : null;
}

/** The generation that the owner of secrets is at; null once it is gone. */
export function generationOf(raw: Sqlite.Database, owner: SecretOwner, ownerId: string): number | null {
  // The vault itself is no row of a table, and is never replaced.
  if (owner === "vault") return 1;
  const generation = prepared(raw, `select generation from ${owner} where id = ?`).pluck().get(ownerId);
  return typeof generation === "number" ? generation : null;
}

/** Where a secret is now, and what is there. */
export function locate(raw: Sqlite.Database, owner: SecretOwner, ownerId: string, kind: string) {
  const generation = generationOf(raw, owner, ownerId);
  const row = generation === null ? undefined : findSecret(raw, { owner, ownerId, kind });
  return generation === null || !row ? null : { place: { owner, ownerId, kind, generation }, row };
}

/**
 * Opens what `find` finds. Meanwhile (a person may be typing a passphrase) another process may refresh it or seal it
 * again: what does not open is damaged only if it is still what is there.
 */
export async function presentSecret(
  context: VaultContext,
  find: (raw: Sqlite.Database) => { place: SecretPlace; row: SecretRow } | null,
): Promise<string | null> {
  // What needs no secret needs no key; and what the key is for is read once the key is there.
  if (!context.keyring.isOpen && !(await readRaw(context, find))) return null;
  await context.keyring.keys();
  let failed: { row: SecretRow; error: unknown } | null = null;
  while (true) {
    const found = await readRaw(context, find);
    if (!found) return null;
    if (failed && isSame(failed.row, found.row)) throw failed.error;
    try {
      return openSecret(context, found.place, found.row);
    } catch (error) {
      failed = { row: found.row, error };
    }
  }
}

function isSame(a: SecretRow, b: SecretRow): boolean {
  return a.generation === b.generation && Buffer.compare(a.blob, b.blob) === 0;
}

function openSecret(context: VaultContext, place: SecretPlace, row: SecretRow): string {
  try {
    if (row.generation !== place.generation)
      throw new Failure("record_damaged", "a sealed record has another generation");
    return context.keyring.open(placeOf(place), row.blob);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "record_damaged") throw error;
    throw new Failure("record_damaged", `its ${place.kind.replaceAll("_", " ")} was changed, moved or cut`, {
      cause: error,
    });
  }
}
