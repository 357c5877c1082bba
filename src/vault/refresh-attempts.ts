/** What is durable of a refresh: the intent before it, the compare-and-swap after it (docs/refresh.md, S4 and S7). */
import type Sqlite from "better-sqlite3";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { AttemptState, CommitRefresh, RefreshAttempt, RefreshFailure } from "../domain/ports/vault.ts";
import { append } from "./ledger.ts";
import type { Database } from "./schema.ts";
import { generationOf, getSecret, locate, presentSecret, putSecret } from "./secrets.ts";
import type { Store } from "./store.ts";
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

export async function lastAttempt(store: Store, credentialId: string): Promise<RefreshAttempt | null> {
  const row = await store
    .selectFrom("refresh_attempts")
    .selectAll()
    .where("credential_id", "=", credentialId)
    .orderBy("generation", "desc")
    .orderBy("sent_at", "desc")
    .orderBy("replay", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ? toAttempt(row) : null;
}

async function fingerprintOfToken(
  context: VaultContext,
  credentialId: string,
  generation: number,
): Promise<Buffer | null> {
  const token = await getSecret(context, {
    owner: "credentials",
    ownerId: credentialId,
    kind: "refresh_token",
    generation,
  });
  return token === null ? null : context.keyring.fingerprint(token);
}

export async function beginAttempt(
  context: VaultContext,
  store: Store,
  credential: Credential,
  address: string,
  replay: number,
): Promise<RefreshAttempt> {
  if (generationOf(context.opened.raw, "credentials", credential.id) !== credential.generation) {
    throw new Failure("refresh_busy", "its tokens were replaced meanwhile", {
      hint: "nothing was sent; run it again",
    });
  }
  const fingerprint = await fingerprintOfToken(context, credential.id, credential.generation);
  if (!fingerprint) throw new Failure("needs_reauth", "there is no refresh token");
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
  await store.insertInto("refresh_attempts").values(row).execute();
  await append(context, store, {
    action: "token.refresh_sent",
    account: address,
    subjectId: credential.id,
    detail: { generation: credential.generation, replay },
  });
  return toAttempt(row);
}

export async function isTombstoned(context: VaultContext, store: Store, credential: Credential): Promise<boolean> {
  const any = await store
    .selectFrom("tombstones")
    .select("at")
    .where("credential_id", "=", credential.id)
    .executeTakeFirst();
  if (!any) return false;
  const token = await presentSecret(context, (raw) => locate(raw, "credentials", credential.id, "refresh_token"));
  if (token === null) return false;
  const fingerprint = await context.keyring.fingerprint(token);
  const row = await store
    .selectFrom("tombstones")
    .select("at")
    .where("fingerprint", "=", fingerprint)
    .executeTakeFirst();
  return row !== undefined;
}

/** The compare-and-swap: nothing is written when the generation has moved on. */
export async function commitAttempt(
  context: VaultContext,
  store: Store,
  commit: CommitRefresh,
  address: string,
): Promise<"committed" | "superseded"> {
  const { tokens, credentialId, fromGeneration } = commit;
  const now = context.clock.now();
  const generation = fromGeneration + 1;
  const swapped = await store
    .updateTable("credentials")
    .set({
      generation,
      status: "active",
      reason: null,
      scopes: tokens.scopes.join(" "),
      token_type: tokens.tokenType,
      obtained_at: tokens.obtainedAt,
      access_expires_at: tokens.accessExpiresAt,
      refresh_expires_at: tokens.refreshExpiresAt,
      refreshable: tokens.refreshToken === null ? 0 : 1,
      last_refreshed_at: now,
      last_error_code: null,
      last_error_message: null,
      last_error_at: null,
      failure_count: 0,
      backoff_until: null,
      clock_skew: commit.clockSkew,
    })
    .where("id", "=", credentialId)
    .where("generation", "=", fromGeneration)
    .executeTakeFirst();
  const committed = swapped.numUpdatedRows === 1n;
  await finishAttempt(store, commit.attemptId, { state: committed ? "committed" : "superseded", now });
  if (!committed) return "superseded";
  await replaceSecrets(context, store, commit, generation);
  await append(context, store, {
    action: "token.refreshed",
    account: address,
    subjectId: credentialId,
    detail: { generation, expiresAt: tokens.accessExpiresAt },
  });
  return "committed";
}

async function replaceSecrets(
  context: VaultContext,
  store: Store,
  commit: CommitRefresh,
  generation: number,
): Promise<void> {
  const { credentialId, fromGeneration, tokens } = commit;
  const place = { owner: "credentials", ownerId: credentialId, generation } as const;
  const dpopKey = await getSecret(context, { ...place, kind: "dpop_key", generation: fromGeneration });
  await putSecret(context, store, { ...place, kind: "access_token" }, tokens.accessToken);
  await putSecret(context, store, { ...place, kind: "refresh_token" }, tokens.refreshToken);
  // Bound to the generation like its siblings, so that none of them can be rolled back alone.
  await putSecret(context, store, { ...place, kind: "dpop_key" }, dpopKey);
}

async function finishAttempt(
  store: Store,
  id: string,
  end: { state: string; now: number; httpStatus?: number | null; oauthError?: string | null },
): Promise<void> {
  await store
    .updateTable("refresh_attempts")
    .set({
      state: end.state,
      finished_at: end.now,
      http_status: end.httpStatus ?? null,
      oauth_error: end.oauthError ?? null,
    })
    .where("id", "=", id)
    // That it was committed is what shows a row put back; a rescue applied a second time must not unsay it.
    .where("state", "<>", "committed")
    .execute();
}

/** Writes down how a refresh failed. A credential that moved on meanwhile is left as it is. */
export async function failAttempt(
  context: VaultContext,
  store: Store,
  attempt: RefreshAttempt,
  failure: RefreshFailure,
  address: string,
): Promise<void> {
  const now = context.clock.now();
  const { state, httpStatus, oauthError, status, reason, error } = failure;
  await finishAttempt(store, attempt.id, { state, now, httpStatus, oauthError });
  const touched = await store
    .updateTable("credentials")
    .set((expression) => ({
      ...(status ? { status, reason: reason ?? null } : {}),
      last_error_code: error.code,
      last_error_message: error.message,
      last_error_at: error.at,
      failure_count: expression("failure_count", "+", 1),
      backoff_until: failure.backoffUntil,
    }))
    .where("id", "=", attempt.credentialId)
    .where("generation", "=", attempt.generation)
    .executeTakeFirst();
  if (touched.numUpdatedRows === 0n) return;
  if (status === "reauth_required") await bury(context, store, attempt);
  await append(context, store, {
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
}

/** A token that was refused for good is never presented again, by no process. */
async function bury(context: VaultContext, store: Store, attempt: RefreshAttempt): Promise<void> {
  const fingerprint = await fingerprintOfToken(context, attempt.credentialId, attempt.generation);
  if (!fingerprint) return;
  await store
    .insertInto("tombstones")
    .values({ fingerprint, credential_id: attempt.credentialId, at: context.clock.now() })
    .onConflict((conflict) => conflict.column("fingerprint").doNothing())
    .execute();
}

/** A committed refresh that is newer than the credential itself: the row was put back to an earlier state. */
export function wasRolledBack(raw: Sqlite.Database, credential: Pick<Credential, "id" | "generation">): boolean {
  const newer = raw
    .prepare(
      "select 1 from refresh_attempts where credential_id = ? and generation >= ? and state = 'committed' limit 1",
    )
    .get(credential.id, credential.generation);
  return newer !== undefined;
}
