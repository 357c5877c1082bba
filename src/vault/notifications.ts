/** The outbox: what the owner is to be told, written in the transaction of what happened. */
import type { NewNotification } from "../domain/notification.ts";
import { prepared } from "./sqlite.ts";
import type { VaultContext } from "./vault-context.ts";

/** Inside a transaction: kept once for its key, with one dispatch for each channel that wants it. */
export function raise(context: VaultContext, notification: NewNotification): boolean {
  const { raw } = context.opened;
  const { key, kind, brand, account, subjectId, subject, body, command } = notification;
  const id = context.random.uuid();
  const now = context.clock.now();
  const { changes } = prepared(
    raw,
    `insert into notifications (id, key, kind, at, brand, account, subject_id, subject, body, command)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (key) do nothing`,
  ).run(id, key, kind, now, brand, account, subjectId, subject, body, command);
  if (changes === 0) return false;
  prepared(
    raw,
    `insert into dispatches (notification_id, channel_id, channel, state, attempts, next_at)
     select ?, id, name, 'pending', 0, ? from channels
     where (brand is null or brand = ?) and (kinds is null or ' ' || kinds || ' ' like '% ' || ? || ' %')`,
  ).run(id, now, brand, kind);
  return true;
}

export function isRaised(context: VaultContext, key: string): boolean {
  return prepared(context.opened.raw, "select 1 from notifications where key = ?").get(key) !== undefined;
}

/** Whether the last that was told of this credential is something to be taken back. */
export function isTroubled(context: VaultContext, subjectId: string): boolean {
  const last = prepared(
    context.opened.raw,
    `select kind from notifications where subject_id = ? and kind in ('failing', 'outcome_unknown', 'app_refused', 'recovered')
     order by at desc, rowid desc limit 1`,
  ).get(subjectId) as { kind: string } | undefined;
  return last !== undefined && last.kind !== "recovered";
}
