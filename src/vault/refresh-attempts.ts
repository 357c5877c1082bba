/** What is durable of a refresh: the intent before it, the compare-and-swap after it (docs/refresh.md, S4 and S7). */
import type Sqlite from "better-sqlite3";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { AttemptState, CommitRefresh, RefreshAttempt, RefreshFailure, Vault } from "../domain/ports/vault.ts";
import { refreshDueAt } from "../domain/refresh-schedule.ts";
import { append } from "./ledger.ts";
import { isTroubled, raise } from "./notifications.ts";
import type { Database } from "./schema.ts";
import { generationOf, getSecret, locate, presentSecret, putSecret } from "./secrets.ts";
import { prepared } from "./sqlite.ts";
import type { VaultContext } from "./vault-context.ts";

type Row = Database["refresh_attempts"];

function toAttempt(row: Row): RefreshAttempt {
  return {
    id: row.id,
    credentialId: row.credential_id,
    generation: row.generation,
    state: row.state as AttemptState,
    replay: row.replay,
    host: row.host,
    processId: row.process_id,
    sentAt: row.sent_at,
    finishedAt: row.finished_at,
    httpStatus: row.http_status,
    oauthError: row.oauth_error,
  };
}

export function lastAttempt(raw: Sqlite.Database, credentialId: string): RefreshAttempt | null {
  const row = prepared(
    raw,
    // As they were written: the clock may have been put back in between.
    "select * from refresh_attempts where credential_id = ? order by generation desc, rowid desc limit 1",
  ).get(credentialId) as Row | undefined;
  return row ? toAttempt(row) : null;
}

function fingerprintOfToken(context: VaultContext, ownerId: string, generation: number): Buffer | null {
  const place = { owner: "credentials", ownerId, generation } as const;
  // Where a still-valid access token is exchanged, it is what would be presented again.
  const token =
    getSecret(context, { ...place, kind: "refresh_token" }) ?? getSecret(context, { ...place, kind: "access_token" });
  return token === null ? null : context.keyring.fingerprint(token);
}

export function beginAttempt(
  context: VaultContext,
  credential: Credential,
  address: string,
  replay: number,
  presented: string,
): RefreshAttempt {
  const { raw } = context.opened;
  if (generationOf(raw, "credentials", credential.id) !== credential.generation) {
    throw new Failure("refresh_busy", "its tokens were replaced meanwhile", {
      hint: "nothing was sent; run it again",
    });
  }
  if (!credential.refreshable) throw new Failure("needs_reauth", "there is no token to refresh with");
  const fingerprint = context.keyring.fingerprint(presented);
  const row: Row = {
    id: context.random.uuid(),
    credential_id: credential.id,
    generation: credential.generation,
    fingerprint,
    state: "sent",
    replay,
    host: context.host,
    process_id: context.processId,
    sent_at: context.clock.now(),
    finished_at: null,
    http_status: null,
    oauth_error: null,
  };
  prepared(
    raw,
    `insert into refresh_attempts
       (id, credential_id, generation, fingerprint, state, replay, host, process_id, sent_at)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    row.id,
    row.credential_id,
    row.generation,
    fingerprint,
    row.state,
    replay,
    row.host,
    row.process_id,
    row.sent_at,
  );
  append(context, {
    action: "token.refresh_sent",
    account: address,
    subjectId: credential.id,
    detail: { generation: credential.generation, replay },
  });
  return toAttempt(row);
}

export async function isTombstoned(context: VaultContext, credential: Credential): Promise<boolean> {
  const { raw } = context.opened;
  const any = prepared(raw, "select 1 from tombstones where credential_id = ? limit 1").get(credential.id);
  if (any === undefined) return false;
  const token = await presentSecret(context, (at) => locate(at, "credentials", credential.id, "refresh_token"));
  if (token === null) return false;
  const fingerprint = context.keyring.fingerprint(token);
  return prepared(raw, "select at from tombstones where fingerprint = ?").get(fingerprint) !== undefined;
}

/** The compare-and-swap: nothing is written when the generation has moved on. */
export function commitAttempt(
  context: VaultContext,
  commit: CommitRefresh,
  address: string,
): "committed" | "superseded" {
  const { tokens, credentialId, fromGeneration } = commit;
  const { raw } = context.opened;
  const now = context.clock.now();
  const generation = fromGeneration + 1;
  const before = prepared(raw, "select status, refreshable from credentials where id = ?").get(credentialId) as
    | { status: string; refreshable: number }
    | undefined;
  const refreshable = tokens.refreshToken !== null || before?.refreshable === 1;
  const next = refreshable ? refreshDueAt({ id: credentialId, ...tokens }, commit.timing ?? {}) : null;
  const { changes } = prepared(
    raw,
    `update credentials set generation = ?, status = 'active', reason = null, scopes = ?, token_type = ?, obtained_at = ?,
       access_expires_at = ?, refresh_expires_at = ?, refreshable = ?, last_refreshed_at = ?, last_error_code = null,
       last_error_message = null, last_error_at = null, failure_count = 0, failing_since = null, backoff_until = null,
       clock_skew = ?, next_refresh_at = ?
     where id = ? and generation = ?`,
  ).run(
    generation,
    tokens.scopes.join(" "),
    tokens.tokenType,
    tokens.obtainedAt,
    tokens.accessExpiresAt,
    tokens.refreshExpiresAt,
    refreshable ? 1 : 0,
    now,
    commit.clockSkew,
    next,
    credentialId,
    fromGeneration,
  );
  const committed = changes === 1;
  finishAttempt(raw, commit.attemptId, { state: committed ? "committed" : "superseded", now });
  if (!committed) return "superseded";
  replaceSecrets(context, commit, generation);
  forgetOldAttempts(raw, credentialId, generation);
  if (before?.status === "paused") resumeSiblings(raw, credentialId);
  if (commit.recovery && isTroubled(context, credentialId)) raise(context, commit.recovery);
  append(context, {
    action: "token.refreshed",
    account: address,
    subjectId: credentialId,
    detail: { generation, expiresAt: tokens.accessExpiresAt },
  });
  return "committed";
}

function replaceSecrets(context: VaultContext, commit: CommitRefresh, generation: number): void {
  const { credentialId, fromGeneration, tokens } = commit;
  const place = { owner: "credentials", ownerId: credentialId, generation } as const;
  const kept = (["dpop_key", "key"] as const).map(
    (kind) => [kind, getSecret(context, { ...place, kind, generation: fromGeneration })] as const,
  );
  putSecret(context, { ...place, kind: "access_token" }, tokens.accessToken);
  putSecret(context, { ...place, kind: "refresh_token" }, tokens.refreshToken);
  // Bound to the generation like its siblings, so that none of them can be rolled back alone.
  for (const [kind, text] of kept) if (text !== null) putSecret(context, { ...place, kind }, text);
}

/** The ledger keeps what happened; here only what the protocol may still ask for is kept. */
function forgetOldAttempts(raw: Sqlite.Database, credentialId: string, generation: number): void {
  prepared(raw, "delete from refresh_attempts where credential_id = ? and generation < ?").run(
    credentialId,
    generation - 10,
  );
}

/** The app speaks again for one of its credentials, so it does for all that waited. They are due now, by the rules. */
function resumeSiblings(raw: Sqlite.Database, credentialId: string): void {
  prepared(
    raw,
    `update credentials set status = 'active', reason = null, backoff_until = null, next_refresh_at = 0
     where status = 'paused' and ${sameApp}`,
  ).run(credentialId);
}

/** Credentials at the same server by the same client; takes the id of one of them. */
const sameApp = `id in (
  select other.id from credentials mine join accounts a on a.id = mine.account_id
  join credentials other on other.client_id = mine.client_id and other.issuer is mine.issuer
  join accounts b on b.id = other.account_id and b.platform = a.platform
  where mine.id = ?)`;

function finishAttempt(
  raw: Sqlite.Database,
  id: string,
  end: { state: string; now: number; httpStatus?: number | null; oauthError?: string | null },
): void {
  // That it was committed is what shows a row put back; a rescue applied a second time must not unsay it.
  prepared(
    raw,
    `update refresh_attempts set state = ?, finished_at = ?, http_status = ?, oauth_error = ?
     where id = ? and state <> 'committed'`,
  ).run(end.state, end.now, end.httpStatus ?? null, end.oauthError ?? null, id);
}

/** Writes down how a refresh failed. A credential that moved on meanwhile is left as it is. */
export function failAttempt(
  context: VaultContext,
  attempt: RefreshAttempt,
  failure: RefreshFailure,
  address: string,
): "failed" | "superseded" {
  const { raw } = context.opened;
  const now = context.clock.now();
  const { state, httpStatus, oauthError, status, reason, error } = failure;
  finishAttempt(raw, attempt.id, { state, now, httpStatus, oauthError });
  const { changes } = prepared(
    raw,
    `update credentials set status = coalesce(?, status), reason = iif(? is null, reason, ?), last_error_code = ?,
       last_error_message = ?, last_error_at = ?, failing_since = coalesce(failing_since, ?), failure_count = failure_count + 1,
       backoff_until = ?, next_refresh_at = ?
     where id = ? and generation = ?`,
  ).run(
    status ?? null,
    status ?? null,
    reason ?? null,
    error.code,
    error.message,
    error.at,
    now,
    failure.backoffUntil,
    failure.nextRefreshAt,
    attempt.credentialId,
    attempt.generation,
  );
  if (changes === 0) return "superseded";
  if (status === "reauth_required") bury(context, attempt);
  if (failure.pause) pauseServer(raw, failure.pause, error.code);
  const paused = failure.pausesApp ? pauseSiblings(raw, attempt.credentialId, failure) : 0;
  // Its siblings are in the same trouble: who was told of one was told of all.
  if (failure.notification && (!failure.pausesApp || paused > 0 || !isTroubled(context, attempt.credentialId))) {
    raise(context, failure.notification);
  }
  append(context, {
    action:
      status === "reauth_required"
        ? "token.needs_reauth"
        : state === "ambiguous"
          ? "token.refresh_unknown"
          : "token.refresh_failed",
    account: address,
    subjectId: attempt.credentialId,
    detail: {
      generation: attempt.generation,
      code: error.code,
      reason: reason ?? oauthError,
      httpStatus,
      sentAt: attempt.sentAt,
    },
  });
  return "failed";
}

/** The others of the app wait for the one that is tried again by itself. How many were stopped. */
function pauseSiblings(raw: Sqlite.Database, credentialId: string, { reason, error }: RefreshFailure): number {
  return prepared(
    raw,
    `update credentials set status = 'paused', reason = ?, last_error_code = ?, last_error_message = ?, last_error_at = ?,
       backoff_until = null, next_refresh_at = null
     where status = 'active' and ${sameApp}`,
  ).run(reason ?? null, error.code, error.message, error.at, credentialId).changes;
}

function pauseServer(raw: Sqlite.Database, { scope, until }: { scope: string; until: number }, reason: string): void {
  prepared(
    raw,
    `insert into pauses (scope, until, reason) values (?, ?, ?)
     on conflict (scope) do update set until = max(until, excluded.until), reason = excluded.reason`,
  ).run(scope, until, reason);
}

/** A token that was refused for good is never presented again, by no process. */
function bury(
  context: VaultContext,
  { credentialId, generation }: Pick<RefreshAttempt, "credentialId" | "generation">,
) {
  const fingerprint = fingerprintOfToken(context, credentialId, generation);
  if (!fingerprint) return;
  prepared(
    context.opened.raw,
    "insert into tombstones (fingerprint, credential_id, at) values (?, ?, ?) on conflict (fingerprint) do nothing",
  ).run(fingerprint, credentialId, context.clock.now());
}

/**
 * The platform's API does not take this token any more, and it cannot be renewed: it is not, or its grant was found dead by
 * that. However long it would have lived, it is not tried again.
 */
export function refuseCredential(
  context: VaultContext,
  { id, generation }: Pick<Credential, "id" | "generation">,
  { error, notification }: Parameters<Vault["refuseCredential"]>[1],
  address: string,
): void {
  const { changes } = prepared(
    context.opened.raw,
    `update credentials set status = 'reauth_required', reason = 'refused_by_api', last_error_code = ?, last_error_message = ?,
       last_error_at = ?, failing_since = coalesce(failing_since, ?), failure_count = failure_count + 1, next_refresh_at = null
     where id = ? and generation = ?
       and (status = 'active' or (status = 'reauth_required' and reason is not 'refused_by_api'))`,
  ).run(error.code, error.message, error.at, error.at, id, generation);
  if (changes === 0) return;
  raise(context, notification);
  const detail = { generation, code: error.code, reason: "refused_by_api" };
  append(context, { action: "token.needs_reauth", account: address, subjectId: id, detail });
}

/** A committed refresh that is newer than the credential itself: the row was put back to an earlier state. */
export function wasRolledBack(raw: Sqlite.Database, credential: Pick<Credential, "id" | "generation">): boolean {
  const newer = prepared(
    raw,
    "select 1 from refresh_attempts where credential_id = ? and generation >= ? and state = 'committed' limit 1",
  ).get(credential.id, credential.generation);
  return newer !== undefined;
}
