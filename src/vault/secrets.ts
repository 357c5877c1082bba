/** Sealed records: one per owner and kind, replaced as a whole. */
import type { SecretOwner } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { Store } from "./store.ts";
import type { VaultContext } from "./vault-context.ts";

export interface SecretPlace {
  readonly owner: SecretOwner;
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
export async function putSecret(
  context: VaultContext,
  store: Store,
  place: SecretPlace,
  text: string | null,
): Promise<void> {
  const { owner, ownerId, kind, generation } = place;
  if (text === null) {
    await store
      .deleteFrom("secrets")
      .where("owner", "=", owner)
      .where("owner_id", "=", ownerId)
      .where("kind", "=", kind)
      .execute();
    return;
  }
  const { term, blob } = await context.keyring.seal(placeOf(place), text);
  await store
    .insertInto("secrets")
    .values({ owner, owner_id: ownerId, kind, generation, term, blob })
    .onConflict((conflict) => conflict.columns(["owner", "owner_id", "kind"]).doUpdateSet({ generation, term, blob }))
    .execute();
}

/**
 * The secret at this very place and generation; null where there is none.
 * @throws Failure `record_damaged` for a record of another generation, another row, or changed bytes
 */
export async function getSecret(context: VaultContext, place: SecretPlace): Promise<string | null> {
  const row = context.opened.raw
    .prepare("select generation, blob from secrets where owner = ? and owner_id = ? and kind = ?")
    .get(place.owner, place.ownerId, place.kind) as { generation: number; blob: Uint8Array } | undefined;
  if (!row) return null;
  try {
    if (row.generation !== place.generation)
      throw new Failure("record_damaged", "a sealed record has another generation");
    return await context.keyring.open(placeOf(place), row.blob);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "record_damaged") throw error;
    throw new Failure("record_damaged", `its ${place.kind.replaceAll("_", " ")} was changed, moved or cut`, {
      cause: error,
    });
  }
}
