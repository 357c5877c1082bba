/** When platforms were last asked whether they take a token. One that was just obtained need not be asked about. */
import type Sqlite from "better-sqlite3";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { Instant } from "../domain/time.ts";
import { listAccounts } from "./accounts.ts";
import { prepared } from "./sqlite.ts";

/** What was asked "later than now" was asked by a clock that was set back since, and is no answer. */
const known = `case when coalesce(c.checked_at, c.obtained_at) > ? then 0 else coalesce(c.checked_at, c.obtained_at) end`;

/** Those of the platform with a credential that was not asked about after `since`. */
export function uncheckedAccounts(
  raw: Sqlite.Database,
  platform: string,
  since: Instant,
  now: Instant,
): ConnectedAccount[] {
  const ids = prepared(
    raw,
    `select distinct a.id from credentials c join accounts a on a.id = c.account_id
     where a.platform = ? and c.status = 'active' and (${known}) <= ?`,
  )
    .pluck()
    .all(platform, now, since) as string[];
  return ids.flatMap((id) => listAccounts(raw, { id }));
}

/** Of the one that was asked about the longest ago; null: there is none. */
export function oldestCheck(raw: Sqlite.Database, platform: string, now: Instant): Instant | null {
  return prepared(
    raw,
    `select min(${known}) from credentials c join accounts a on a.id = c.account_id
     where a.platform = ? and c.status = 'active'`,
  )
    .pluck()
    .get(now, platform) as Instant | null;
}

export function setChecked(raw: Sqlite.Database, credentialId: string, at: Instant): void {
  prepared(raw, "update credentials set checked_at = ? where id = ?").run(at, credentialId);
}
