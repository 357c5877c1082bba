/** What the daemon asks: which credentials are due, when the next one is, and which server wants to be left alone. */
import type Sqlite from "better-sqlite3";
import type { Census, ConnectedAccount, DueCredential } from "../domain/ports/vault.ts";
import { days, type Instant } from "../domain/time.ts";
import { listAccounts } from "./accounts.ts";
import { prepared } from "./sqlite.ts";

/** By its index, and only as far as asked: quick however many accounts there are. */
export function dueCredentials(raw: Sqlite.Database, now: Instant, limit: number): DueCredential[] {
  return prepared(
    raw,
    `select c.id as credentialId, a.platform as platform, c.method as method, c.issuer as issuer, c.next_refresh_at as dueAt
     from credentials c join accounts a on a.id = c.account_id
     where c.next_refresh_at is not null and c.next_refresh_at <= ? order by c.next_refresh_at limit ?`,
  ).all(now, limit) as DueCredential[];
}

export function nextDueAt(raw: Sqlite.Database): Instant | null {
  const statement = prepared(
    raw,
    "select min(next_refresh_at) from credentials where next_refresh_at is not null",
  ).pluck();
  return statement.get() as Instant | null;
}

export function accountOf(raw: Sqlite.Database, credentialId: string): ConnectedAccount | null {
  return listAccounts(raw, { credentialId })[0] ?? null;
}

export function accountsAtRisk(raw: Sqlite.Database, before: Instant, now: Instant): ConnectedAccount[] {
  const ids = prepared(
    raw,
    `select distinct account_id from credentials
     where (access_expires_at < ? and (refreshable = 0 or failure_count > 0)) or refresh_expires_at < ? or status <> 'active'
       or access_expires_at <= ? or data_access_expires_at < ?`,
  )
    .pluck()
    .all(before, before, now, before) as string[];
  return ids.flatMap((id) => listAccounts(raw, { id }));
}

export function distrustAfter(raw: Sqlite.Database, after: Instant): number {
  return prepared(
    raw,
    `update credentials set next_refresh_at = 0
     where refreshable = 1 and status = 'active' and obtained_at > ? and access_expires_at - obtained_at <= ?`,
  ).run(after, days(1)).changes;
}

export function census(raw: Sqlite.Database): Census[] {
  return prepared(
    raw,
    `select a.platform as platform, c.status as status, count(*) as credentials,
       min(c.access_expires_at) as firstExpiresAt, max(c.last_refreshed_at) as lastRefreshedAt
     from credentials c join accounts a on a.id = c.account_id group by 1, 2`,
  ).all() as Census[];
}

export function pausedUntil(raw: Sqlite.Database, scope: string): Instant | null {
  return (prepared(raw, "select until from pauses where scope = ?").pluck().get(scope) as Instant | undefined) ?? null;
}

export function setSchedule(
  raw: Sqlite.Database,
  credential: { readonly id: string; readonly generation: number },
  at: Instant | null,
): void {
  prepared(raw, "update credentials set next_refresh_at = ? where id = ? and generation = ?").run(
    at,
    credential.id,
    credential.generation,
  );
}
