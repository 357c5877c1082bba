/** Posts and deliveries as they are read. */
import type Sqlite from "better-sqlite3";
import type { Delivery, DeliveryError, DeliveryPart, DeliveryState, Post, WhenLate } from "../domain/delivery.ts";
import { Failure } from "../domain/failure.ts";
import { draftOf, type PostDraft } from "../domain/post.ts";
import type { Database } from "./schema.ts";
import { prepared } from "./sqlite.ts";

export type DeliveryRow = Database["deliveries"];
export type PostRow = Database["posts"];
type PartRow = Database["delivery_parts"];

export function toPost(row: PostRow): Post {
  const draft = draftOf(JSON.parse(row.draft ?? "{}") as Partial<PostDraft>);
  const { scheduled_text: text, time_zone: timeZone, max_late: maxLate } = row;
  const schedule = { text, timeZone, maxLate, whenLate: row.when_late as WhenLate | null };
  return {
    id: row.id,
    key: row.key,
    brand: row.brand,
    draft,
    revision: row.revision,
    schedule: row.scheduled === null ? null : schedule,
    createdAt: row.created_at,
  };
}

function toDelivery(row: DeliveryRow, parts: readonly DeliveryPart[]): Delivery {
  return {
    id: row.id,
    postId: row.post_id,
    accountId: row.account_id,
    address: row.address,
    platform: row.platform,
    state: row.state as DeliveryState,
    attempts: row.attempts,
    scheduledFor: row.scheduled_for,
    dueAt: row.due_at,
    giveUpAt: row.give_up_at,
    awaitsApproval: row.awaits_approval === 1,
    approvedAt: row.approved_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    remoteId: row.remote_id,
    url: row.url,
    error: row.error === null ? null : (JSON.parse(row.error) as DeliveryError),
    parts,
  };
}

function toPart(row: PartRow): DeliveryPart {
  return {
    part: row.part,
    state: row.state as DeliveryPart["state"],
    firstSentAt: row.first_sent_at,
    sentAt: row.sent_at,
    doubts: row.doubts,
    remoteId: row.remote_id,
    url: row.url,
  };
}

export function withParts(raw: Sqlite.Database, row: DeliveryRow): Delivery {
  const parts = prepared(raw, "select * from delivery_parts where delivery_id = ? order by part").all(row.id);
  return toDelivery(row, (parts as PartRow[]).map(toPart));
}

export function findDelivery(raw: Sqlite.Database, id: string): Delivery | null {
  const row = prepared(raw, "select * from deliveries where id = ?").get(id) as DeliveryRow | undefined;
  return row ? withParts(raw, row) : null;
}

/** @throws Failure `not_found` */
export function requireDelivery(raw: Sqlite.Database, id: string): Delivery {
  const delivery = findDelivery(raw, id);
  if (delivery) return delivery;
  throw new Failure("not_found", `there is no delivery ${id}`, { hint: "agencyiq posts list" });
}

export function deliveriesOf(raw: Sqlite.Database, postId: string): Delivery[] {
  const rows = prepared(raw, "select * from deliveries where post_id = ? order by address").all(postId);
  return (rows as DeliveryRow[]).map((row) => withParts(raw, row));
}

export function findPost(raw: Sqlite.Database, id: string): Post | null {
  const row = prepared(raw, "select * from posts where id = ?").get(id) as PostRow | undefined;
  return row ? toPost(row) : null;
}
