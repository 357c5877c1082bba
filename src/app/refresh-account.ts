/**
 * The refresh protocol. What is on disk after each step, and why in this order, is written down in
 * docs/refresh.md; the step names (S1 …) are the same there.
 */
import { addressOf } from "../domain/account.ts";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { CommitRefresh, ConnectedAccount, RefreshAttempt, Vault } from "../domain/ports/vault.ts";
import { judgeRefresh, type RefreshAnswer, type RefreshVerdict, statusAfter } from "../domain/refresh-outcome.ts";
import { isGoodFor } from "../domain/refresh-schedule.ts";
import { seconds } from "../domain/time.ts";
import { mergeTokenReply, type TokenReply } from "../domain/token.ts";
import { requestRefresh } from "../oauth/refresh.ts";
import { partyFor } from "./credential-party.ts";
import { type Holder, whatForbidsRefresh } from "./refresh-obstacles.ts";
import { requirePlatform, type Services } from "./services.ts";
import { type FreshToken, type FreshTokenOptions, hand, isGood, notConnected } from "./token-in-hand.ts";

const lockWait = seconds(45);

/** Takes the account's lock and does what is still to be done under it. */
export async function refreshUnderLock(
  services: Services,
  vault: Vault,
  account: ConnectedAccount,
  seen: Credential,
  options: FreshTokenOptions,
): Promise<FreshToken> {
  const platform = await requirePlatform(services, account.platform);
  const lock = await vault.lock(`credential-${seen.id}`, lockWait); // S1
  try {
    return await refreshAsHolder({ services, vault, account, platform, seen, options });
  } finally {
    lock.release(); // S8
  }
}

function stillLives(credential: Credential, services: Services): boolean {
  return isGoodFor(credential, 1, services.clock.now());
}

async function refreshAsHolder(holder: Holder): Promise<FreshToken> {
  const { services, vault, account, seen, options } = holder;
  const address = addressOf(account);
  // S2: read again under the lock; whoever held it before may have done the work.
  await vault.applyRescues(seen.id, address);
  const credential = await vault.credential(seen.id);
  if (!credential) throw notConnected(account);
  const moved = credential.generation !== seen.generation;
  // Moved on: whoever held the lock did it, so even a forced refresh is done.
  if (moved && stillLives(credential, services)) return hand(services, vault, credential, "refreshed");
  if (!options.force && isGood(credential, options, services)) return hand(services, vault, credential, "fresh");

  const replay = await openPredecessor(holder, credential);
  const obstacle = await whatForbidsRefresh(holder, credential, replay);
  if (obstacle) return handOrThrow(holder, credential, obstacle);

  const refreshToken = await vault.secret(credential, "refresh_token"); // S3
  if (refreshToken === null)
    return handOrThrow(holder, credential, new Failure("needs_reauth", "its refresh token's record is missing"));
  services.keepSecret(refreshToken);
  const party = await partyFor(services, vault, holder.platform, account, credential);

  const attempt = await vault.beginAttempt(credential, address, replay); // S4: if this fails, nothing was spent
  const answer = await requestRefresh(party, refreshToken); // S5
  const verdict = judgeRefresh(answer, {
    deadGrantErrors: holder.platform.tokens.deadGrantErrors ?? [],
    failureCount: credential.failureCount,
    fraction: services.random.fraction(),
  });
  if (verdict.kind === "success") return commit(holder, credential, attempt, verdict.reply, answer); // S7
  return giveUp(holder, credential, attempt, answer, verdict);
}

/**
 * An attempt for this generation that never ended: its process died between sending and storing. We hold the lock,
 * so nobody is still at it. Returns how often this refresh token was presented without a known outcome.
 */
async function openPredecessor(holder: Holder, credential: Credential): Promise<number> {
  const { vault, services } = holder;
  const last = await vault.lastAttempt(credential.id);
  if (!last || last.generation !== credential.generation) return 0;
  if (last.state === "ambiguous") return last.replay + 1;
  if (last.state !== "sent") return last.replay;
  await vault.failAttempt(
    last,
    {
      state: "ambiguous",
      httpStatus: null,
      oauthError: null,
      error: {
        code: "refresh_outcome_unknown",
        message: "a refresh was sent and its process ended before the answer was stored",
        at: services.clock.now(),
      },
      backoffUntil: null,
    },
    addressOf(holder.account),
  );
  return last.replay + 1;
}

/** A failed refresh is no reason to stop using a token that still lives. */
async function handOrThrow(holder: Holder, credential: Credential, failure: Failure): Promise<FreshToken> {
  if (holder.options.force || !stillLives(credential, holder.services)) throw failure;
  return hand(holder.services, holder.vault, credential, "fresh", failure);
}

async function commit(
  holder: Holder,
  credential: Credential,
  attempt: RefreshAttempt,
  reply: TokenReply,
  answer: RefreshAnswer,
): Promise<FreshToken> {
  const { services, vault, platform, account } = holder;
  services.keepSecret(reply.accessToken);
  services.keepSecret(reply.refreshToken);
  const tokens = mergeTokenReply({
    previous: {
      accessToken: "",
      refreshToken: await vault.secret(credential, "refresh_token"),
      tokenType: credential.tokenType,
      scopes: credential.scopes,
      obtainedAt: credential.obtainedAt,
      accessExpiresAt: credential.accessExpiresAt,
      refreshExpiresAt: credential.refreshExpiresAt,
    },
    reply,
    sentAt: answer.sentAt,
    defaultLifetime: platform.tokens.defaultLifetime,
    requestedScopes: credential.scopes,
  });
  const change = {
    attemptId: attempt.id,
    credentialId: credential.id,
    fromGeneration: credential.generation,
    tokens,
    clockSkew: answer.clockSkew,
  };
  try {
    await commitPatiently(holder, change);
  } catch (error) {
    await vault.rescue(change);
    throw error;
  }
  const now = await vault.credential(credential.id);
  if (!now) throw notConnected(account);
  return hand(services, vault, now, "refreshed");
}

/** The new pair exists nowhere else yet: a store that is busy or full for a moment gets several chances. */
async function commitPatiently(holder: Holder, change: CommitRefresh): Promise<void> {
  const pauses = [50, 200, 1000, 3000];
  for (const [index, pause] of [...pauses, null].entries()) {
    try {
      await holder.vault.commitAttempt(change, addressOf(holder.account));
      return;
    } catch (error) {
      if (pause === null || index >= pauses.length) throw error;
      await holder.services.clock.sleep(pause);
    }
  }
}

async function giveUp(
  holder: Holder,
  credential: Credential,
  attempt: RefreshAttempt,
  answer: RefreshAnswer,
  verdict: Exclude<RefreshVerdict, { kind: "success" }>,
): Promise<FreshToken> {
  const { vault, services, account } = holder;
  const now = services.clock.now();
  const status = statusAfter[verdict.kind];
  const lostBefore = verdict.kind === "dead" && attempt.replay > 0;
  const reason = lostBefore ? "ambiguous_lost_response" : verdict.reason;
  await vault.failAttempt(
    attempt,
    {
      state: attemptStates[verdict.kind],
      httpStatus: answer.status === 0 ? null : answer.status,
      oauthError: answer.kind === "oauth_error" ? answer.error : null,
      ...(status ? { status, reason } : {}),
      error: { code: verdict.code, message: verdict.message, at: now },
      backoffUntil: verdict.wait === null ? null : now + verdict.wait,
    },
    addressOf(account),
  );
  return handOrThrow(holder, credential, failureOf(verdict, account));
}

const attemptStates = {
  dead: "rejected",
  app: "rejected",
  throttled: "transient",
  transient: "transient",
  ambiguous: "ambiguous",
} as const;

function failureOf(verdict: Exclude<RefreshVerdict, { kind: "success" }>, account: ConnectedAccount): Failure {
  if (verdict.kind === "dead") return new Failure("needs_reauth", verdict.message);
  if (verdict.kind === "app") {
    return new Failure("app_refused", verdict.message, {
      hint: `has the client secret changed? agencyiq apps set ${account.platform}`,
    });
  }
  return new Failure(verdict.code, verdict.message, {
    hint: "nothing was lost; run it again later",
    retryAfterSeconds: verdict.wait === null ? undefined : Math.ceil(verdict.wait / 1000),
  });
}
