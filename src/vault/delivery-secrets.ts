/**
 * What platforms gave while a post was prepared, sealed: among it are addresses that are rights in themselves. A step that
 * does not open was not done: it is done again.
 */
import type Sqlite from "better-sqlite3";
import { Failure } from "../domain/failure.ts";
import type { Instant } from "../domain/time.ts";
import { presentSecret, putSecret, type SecretPlace } from "./secrets.ts";
import { prepared } from "./sqlite.ts";
import { readOne, type VaultContext } from "./vault-context.ts";

const placeOf = (deliveryId: string, kind: string): SecretPlace => ({
  owner: "deliveries",
  ownerId: deliveryId,
  kind,
  generation: 0,
});

const stepKind = (part: number, name: string) => `step/${part}/${name}`;
const preparedKind = (part: number) => `prepared/${part}`;

export async function findStep(
  context: VaultContext,
  deliveryId: string,
  part: number,
  name: string,
  notBefore: Instant,
): Promise<unknown> {
  const at = await readOne(context, (raw) =>
    prepared(raw, "select at from delivery_steps where delivery_id = ? and part = ? and name = ?")
      .pluck()
      .get(deliveryId, part, name),
  );
  if (typeof at !== "number" || at < notBefore) return undefined;
  try {
    return await openJson(context, placeOf(deliveryId, stepKind(part, name)));
  } catch (error) {
    if (error instanceof Failure && error.code === "record_damaged") return undefined;
    throw error;
  }
}

export function keepStep(context: VaultContext, deliveryId: string, part: number, name: string, result: unknown): void {
  putSecret(context, placeOf(deliveryId, stepKind(part, name)), JSON.stringify(result ?? null));
  prepared(
    context.opened.raw,
    `insert into delivery_steps (delivery_id, part, name, at) values (?, ?, ?, ?)
     on conflict do update set at = excluded.at`,
  ).run(deliveryId, part, name, context.clock.now());
}

/** What `prepare` gave; null: nothing, or that was long ago. @throws Failure `record_damaged` */
export async function findPrepared(context: VaultContext, deliveryId: string, part: number): Promise<unknown> {
  const found = await openJson(context, placeOf(deliveryId, preparedKind(part)));
  if (found !== undefined) return found;
  // What was being sent when the vault was of an older format.
  const plain = await readOne(context, (raw) =>
    prepared(raw, "select prepared from delivery_parts where delivery_id = ? and part = ?")
      .pluck()
      .get(deliveryId, part),
  );
  return typeof plain === "string" ? JSON.parse(plain) : null;
}

export function keepPrepared(context: VaultContext, deliveryId: string, part: number, given: unknown): void {
  putSecret(context, placeOf(deliveryId, preparedKind(part)), JSON.stringify(given ?? null));
}

export function forgetPrepared(context: VaultContext, deliveryId: string, part: number): void {
  putSecret(context, placeOf(deliveryId, preparedKind(part)), null);
}

/** Nothing of it is needed any more: it is out, or it is another post now. */
export function forgetSteps(raw: Sqlite.Database, deliveryId: string): void {
  prepared(raw, "delete from delivery_steps where delivery_id = ?").run(deliveryId);
  prepared(raw, "delete from secrets where owner = 'deliveries' and owner_id = ?").run(deliveryId);
}

/** They were made with the account's tokens, and go with them. */
export function forgetStepsOf(raw: Sqlite.Database, accountId: string): void {
  const theirs = "(select id from deliveries where account_id = ?)";
  prepared(raw, `delete from delivery_steps where delivery_id in ${theirs}`).run(accountId);
  prepared(raw, `delete from secrets where owner = 'deliveries' and owner_id in ${theirs}`).run(accountId);
}

async function openJson(context: VaultContext, place: SecretPlace): Promise<unknown> {
  const text = await presentSecret(context, (raw) => {
    const row = prepared(raw, "select generation, blob from secrets where owner = ? and owner_id = ? and kind = ?").get(
      place.owner,
      place.ownerId,
      place.kind,
    ) as { generation: number; blob: Uint8Array } | undefined;
    return row ? { place, row } : null;
  });
  return text === null ? undefined : JSON.parse(text);
}
