/** The way of each notification through each channel: begun before it is sent, ended after it. */
import type Sqlite from "better-sqlite3";
import type { Channel } from "../domain/channel.ts";
import type { Dispatch, DispatchRecord, DispatchState, DispatchVerdict } from "../domain/dispatch.ts";
import type { Notification, NotificationKind } from "../domain/notification.ts";
import type { ToldNotification } from "../domain/ports/outbox.ts";
import type { Instant } from "../domain/time.ts";
import { findChannel } from "./channels.ts";
import type { Database } from "./schema.ts";
import { prepared } from "./sqlite.ts";
import type { VaultContext } from "./vault-context.ts";

/** By an index over what waits, and nothing else. */
export const nextDispatchQuery = `select min(max(d.next_at, coalesce(c.resume_at, 0)))
  from dispatches d join channels c on c.id = d.channel_id where d.state = 'pending'`;

export function nextDispatchAt(raw: Sqlite.Database): Instant | null {
  return prepared(raw, nextDispatchQuery).pluck().get() as Instant | null;
}

export function dueChannels(raw: Sqlite.Database, now: Instant): Channel[] {
  const ids = prepared(
    raw,
    `select id from channels c where coalesce(resume_at, 0) <= ?
       and exists (select 1 from dispatches where channel_id = c.id and state = 'pending' and next_at <= ?)
     order by name`,
  )
    .pluck()
    .all(now, now) as string[];
  return ids.flatMap((id) => findChannel(raw, id) ?? []);
}

type Row = Database["dispatches"] & Omit<Database["notifications"], "id">;

/** Inside a transaction. */
export function beginDispatch(context: VaultContext, channelId: string): Dispatch | null {
  const { raw } = context.opened;
  const now = context.clock.now();
  const channel = findChannel(raw, channelId);
  if (!channel || (channel.resumeAt ?? 0) > now) return null;
  const row = prepared(
    raw,
    `select d.*, n.key, n.kind, n.at, n.brand, n.account, n.subject_id, n.subject, n.body, n.command
     from dispatches d join notifications n on n.id = d.notification_id
     where d.channel_id = ? and d.state = 'pending' and d.next_at <= ? order by n.at, n.rowid limit 1`,
  ).get(channelId, now) as Row | undefined;
  if (!row) return null;
  const firstTriedAt = row.first_tried_at ?? now;
  const attempts = row.attempts + 1;
  prepared(
    raw,
    "update dispatches set attempts = ?, first_tried_at = ? where notification_id = ? and channel_id = ?",
  ).run(attempts, firstTriedAt, row.notification_id, channelId);
  return { notification: toNotification({ ...row, id: row.notification_id }), channel, attempts, firstTriedAt };
}

/** Inside a transaction. Of a channel that was removed meanwhile nothing is left to be written. */
export function finishDispatch(context: VaultContext, dispatch: Dispatch, verdict: DispatchVerdict): void {
  const { raw } = context.opened;
  const now = context.clock.now();
  const { notification, channel } = dispatch;
  const [state, nextAt, finishedAt, error] = fields(verdict, now);
  prepared(
    raw,
    `update dispatches set state = ?, next_at = ?, finished_at = ?, error = ?
     where notification_id = ? and channel_id = ? and state = 'pending'`,
  ).run(state, nextAt, finishedAt, error, notification.id, channel.id);
  if (verdict.kind === "channel_down") return putDown(raw, channel, verdict, now);
  // Whatever it said, it answered.
  prepared(
    raw,
    `update channels set failures = 0, failing_since = null, resume_at = null, last_error = ? where id = ?`,
  ).run(error, channel.id);
}

type Fields = [state: DispatchState, nextAt: Instant | null, finishedAt: Instant | null, error: string | null];

function fields(verdict: DispatchVerdict, now: Instant): Fields {
  if (verdict.kind === "sent") return ["sent", null, now, null];
  if (verdict.kind === "given_up") return ["failed", null, now, verdict.error];
  // A channel that is down keeps its order: when it is back, the oldest goes first.
  return ["pending", verdict.kind === "again" ? verdict.at : now, null, verdict.error];
}

function putDown(
  raw: Sqlite.Database,
  { id }: Channel,
  { until, error, giveUpBefore }: Extract<DispatchVerdict, { kind: "channel_down" }>,
  now: Instant,
): void {
  prepared(
    raw,
    `update channels set failures = failures + 1, failing_since = coalesce(failing_since, ?), resume_at = ?, last_error = ?
     where id = ?`,
  ).run(now, until, error, id);
  if (giveUpBefore === null) return;
  prepared(
    raw,
    `update dispatches set state = 'failed', next_at = null, finished_at = ?, error = ?
     where channel_id = ? and state = 'pending'
       and notification_id in (select id from notifications where at <= ?)`,
  ).run(now, error, id, giveUpBefore);
}

function toNotification(row: Database["notifications"]): Notification {
  return {
    id: row.id,
    key: row.key,
    kind: row.kind as NotificationKind,
    at: row.at,
    brand: row.brand,
    account: row.account ?? "",
    subjectId: row.subject_id ?? "",
    subject: row.subject,
    body: row.body,
    command: row.command,
  };
}

export function listNotifications(
  raw: Sqlite.Database,
  { since = 0, limit }: { readonly since?: Instant; readonly limit: number },
): ToldNotification[] {
  const rows = prepared(raw, "select * from notifications where at >= ? order by at desc, rowid desc limit ?").all(
    since,
    limit,
  ) as Database["notifications"][];
  const dispatches = prepared(raw, "select * from dispatches where notification_id = ? order by channel");
  return rows.reverse().map((row) => ({
    ...toNotification(row),
    dispatches: (dispatches.all(row.id) as Database["dispatches"][]).map(toRecord),
  }));
}

function toRecord(row: Database["dispatches"]): DispatchRecord {
  return {
    channel: row.channel,
    state: row.state as DispatchState,
    attempts: row.attempts,
    nextAt: row.next_at,
    finishedAt: row.finished_at,
    error: row.error,
  };
}

/** Inside a transaction: what waited in a copy of the vault may have been told since, and is old by now. */
export function dropPending(raw: Sqlite.Database, now: Instant): void {
  prepared(
    raw,
    `update dispatches set state = 'failed', next_at = null, finished_at = ?, error = 'the vault was restored from a copy'
     where state = 'pending'`,
  ).run(now);
}
