/** A delivery on its way. Each function is one transaction's work; docs/publishing.md says what is on disk when. */
import type { Delivery, DeliveryState } from "../domain/delivery.ts";
import { retryLimit } from "../domain/delivery-outcome.ts";
import { Failure } from "../domain/failure.ts";
import type { LedgerAction, LedgerFact } from "../domain/ledger.ts";
import type { NewNotification } from "../domain/notification.ts";
import type { ClaimOptions, DeliveryOutcome, PartIntent, PartPublished } from "../domain/ports/post-store.ts";
import { minutes, toTimestampOrNull } from "../domain/time.ts";
import { requirePlace } from "./cycle-use.ts";
import { requireDelivery } from "./delivery-rows.ts";
import { forgetPrepared, forgetSteps, keepPrepared } from "./delivery-secrets.ts";
import { append } from "./ledger.ts";
import { raise } from "./notifications.ts";
import { prepared } from "./sqlite.ts";
import type { VaultContext } from "./vault-context.ts";

/** A delivery that is still `sending` after this is looked at: its process may have died (milliseconds). */
const lookAfter = minutes(1);

/** By whoever is first. The time after which it is given up begins with the first claim, and anew once it was over. */
export function claimDelivery(
  context: VaultContext,
  id: string,
  from: readonly DeliveryState[],
  { repeating = null, overQuota = false }: ClaimOptions = {},
): Delivery | null {
  const { raw } = context.opened;
  const now = context.clock.now();
  if (!overQuota) requirePlaceAnew(context, id, from);
  const { changes } = prepared(
    raw,
    `update deliveries set state = 'sending', attempts = attempts + 1, started_at = ?, finished_at = null, error = null,
       due_at = ?, give_up_at = iif(give_up_at is null or state in ('failed', 'canceled'), ?, give_up_at), awaits_approval = 0
     where id = ? and state in (select value from json_each(?)) and not exists
       (select 1 from delivery_parts where delivery_id = deliveries.id and state = 'sending' and part is not ?)`,
  ).run(now, now + lookAfter, now + retryLimit, id, JSON.stringify(from), repeating);
  if (changes === 0) return null;
  const delivery = requireDelivery(raw, id);
  tell(context, delivery, "delivery.sending", { attempt: delivery.attempts });
  return delivery;
}

/** What was given up has given its place back. */
function requirePlaceAnew(context: VaultContext, id: string, from: readonly DeliveryState[]): void {
  const row = prepared(context.opened.raw, "select state, brand, post_id as postId from deliveries where id = ?").get(
    id,
  ) as { state: DeliveryState; brand: string; postId: string } | undefined;
  if (!row || !from.includes(row.state) || !(row.state === "failed" || row.state === "canceled")) return;
  requirePlace(context, { brand: row.brand, postId: row.postId, at: context.clock.now() });
}

export function beginPart(
  context: VaultContext,
  deliveryId: string,
  part: number,
  { prepared: given, repeated }: PartIntent,
): void {
  const { raw } = context.opened;
  const now = context.clock.now();
  const { changes } = prepared(
    raw,
    `insert into delivery_parts (delivery_id, part, state, first_sent_at, sent_at, doubts)
     select id, ?, 'sending', ?, ?, 0 from deliveries where id = ? and state = 'sending'
     on conflict do update set state = 'sending', first_sent_at = coalesce(first_sent_at, excluded.first_sent_at),
       sent_at = excluded.sent_at, prepared = null where delivery_parts.state = ?`,
  ).run(part, now, now, deliveryId, repeated ? "sending" : "open");
  if (changes === 1) return keepPrepared(context, deliveryId, part, given);
  throw new Failure("account_busy", "somebody else is at this delivery", { hint: "run it again in a moment" });
}

export function publishPart(
  context: VaultContext,
  deliveryId: string,
  part: number,
  { remoteId, url, foundBy }: PartPublished,
  last: boolean,
): Delivery {
  const { raw } = context.opened;
  prepared(
    raw,
    "update delivery_parts set state = 'published', remote_id = ?, url = ? where delivery_id = ? and part = ?",
  ).run(remoteId, url, deliveryId, part);
  if (part === 0)
    prepared(raw, "update deliveries set remote_id = ?, url = ? where id = ?").run(remoteId, url, deliveryId);
  if (last) {
    prepared(
      raw,
      "update deliveries set state = 'published', error = null, due_at = null, finished_at = ? where id = ?",
    ).run(context.clock.now(), deliveryId);
    forgetSteps(raw, deliveryId);
  } else forgetPrepared(context, deliveryId, part);
  const delivery = requireDelivery(raw, deliveryId);
  const detail = { ...(part > 0 ? { part: part + 1 } : {}), url, remoteId, foundBy: foundBy ?? null };
  tell(context, delivery, last ? "delivery.published" : "delivery.part_published", detail);
  return delivery;
}

export function withdrawPart(context: VaultContext, deliveryId: string, part: number, certain: boolean): void {
  const { raw } = context.opened;
  prepared(
    raw,
    `update delivery_parts set state = 'open', doubts = doubts + ?, first_sent_at = iif(? and doubts = 0, null, first_sent_at)
     where delivery_id = ? and part = ? and state = 'sending'`,
  ).run(certain ? 0 : 1, certain ? 1 : 0, deliveryId, part);
  if (!certain) tell(context, requireDelivery(raw, deliveryId), "delivery.not_published", { part: part + 1 });
}

const actions: Partial<Record<DeliveryState, LedgerAction>> = {
  failed: "delivery.failed",
  retrying: "delivery.retrying",
  unknown: "delivery.unknown",
  canceled: "delivery.canceled",
};

export function finishDelivery(context: VaultContext, id: string, outcome: DeliveryOutcome): Delivery {
  const { state, dueAt = null, error = null, notification } = outcome;
  prepared(
    context.opened.raw,
    "update deliveries set state = ?, due_at = ?, error = ?, finished_at = ?, awaits_approval = 0 where id = ?",
  ).run(state, dueAt, error === null ? null : JSON.stringify(error), context.clock.now(), id);
  const delivery = requireDelivery(context.opened.raw, id);
  const action = actions[state];
  const again = state === "retrying" ? { again: toTimestampOrNull(dueAt) } : {};
  if (action) tell(context, delivery, action, { code: error?.code ?? null, message: error?.message ?? null, ...again });
  if (notification) raise(context, notification);
  return delivery;
}

/** Its turn comes later; nothing else of it is changed. */
export function postponeDelivery({ opened: { raw } }: VaultContext, id: string, dueAt: number, before: number): void {
  prepared(raw, "update deliveries set due_at = ? where id = ? and due_at <= ?").run(dueAt, id, before);
}

export function holdDelivery(context: VaultContext, id: string, notification: NewNotification): Delivery | null {
  const { raw } = context.opened;
  const { changes } = prepared(
    raw,
    "update deliveries set due_at = null, awaits_approval = 1 where id = ? and state = 'scheduled' and awaits_approval = 0",
  ).run(id);
  if (changes === 0) return null;
  raise(context, notification);
  return told(context, id, "delivery.late");
}

export function approveDelivery(context: VaultContext, id: string): Delivery | null {
  const now = context.clock.now();
  const { changes } = prepared(
    context.opened.raw,
    `update deliveries set awaits_approval = 0, approved_at = ?, due_at = max(?, coalesce(scheduled_for, 0))
     where id = ? and state = 'scheduled'`,
  ).run(now, now, id);
  return changes === 0 ? null : told(context, id, "delivery.approved");
}

export function deletePart(context: VaultContext, deliveryId: string, part: number): Delivery {
  const { raw } = context.opened;
  prepared(raw, "update delivery_parts set state = 'deleted' where delivery_id = ? and part = ?").run(deliveryId, part);
  const left = prepared(raw, "select 1 from delivery_parts where delivery_id = ? and state = 'published'").get(
    deliveryId,
  );
  if (!left) prepared(raw, "update deliveries set state = 'deleted', due_at = null where id = ?").run(deliveryId);
  return told(context, deliveryId, "delivery.deleted", { part: part + 1 });
}

function told(context: VaultContext, id: string, action: LedgerAction, detail: LedgerFact["detail"] = {}): Delivery {
  const delivery = requireDelivery(context.opened.raw, id);
  tell(context, delivery, action, detail);
  return delivery;
}

function tell(
  context: VaultContext,
  { id, address, postId }: Delivery,
  action: LedgerAction,
  detail: LedgerFact["detail"],
): void {
  append(context, { action, account: address, subjectId: id, detail: { post: postId, ...detail } });
}
