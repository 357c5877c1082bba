/** What is to be sent or looked at, and when. By an index, and only as far as asked. */
import type Sqlite from "better-sqlite3";
import type { DueDelivery } from "../domain/ports/post-store.ts";
import type { Instant } from "../domain/time.ts";
import { prepared } from "./sqlite.ts";

const selected = `select id, account_id as accountId, platform, scheduled_for as scheduledFor, due_at as dueAt,
  (select max(started_at) from deliveries other where other.account_id = deliveries.account_id) as lastStartedAt
  from deliveries`;

export function dueDeliveries(raw: Sqlite.Database, now: Instant, limit: number): DueDelivery[] {
  const statement = `${selected} where due_at is not null and due_at <= ? order by due_at limit ?`;
  return prepared(raw, statement).all(now, limit) as DueDelivery[];
}

/** The states are those of the index on open ones. */
export function sendingDeliveries(raw: Sqlite.Database): DueDelivery[] {
  const open = "state in ('scheduled', 'sending', 'retrying', 'unknown')";
  return prepared(raw, `${selected} where ${open} and state = 'sending' and due_at is not null`).all() as DueDelivery[];
}

export function nextDeliveryDueAt(raw: Sqlite.Database): Instant | null {
  return prepared(raw, "select min(due_at) from deliveries where due_at is not null").pluck().get() as Instant | null;
}
