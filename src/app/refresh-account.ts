/**
 * The refresh protocol. What is on disk after each step, and why in this order, is written down in
 * docs/refresh.md; the step names (S1 …) are the same there.
 */
import { addressOf } from "../domain/account.ts";
import { type Credential, credentialLock } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import { recovered } from "../domain/notification.ts";
import type { CommitRefresh, ConnectedAccount, RefreshAttempt, Vault } from "../domain/ports/vault.ts";
import { judgeRefresh, type RefreshAnswer, type RefreshVerdict, replayPauses } from "../domain/refresh-outcome.ts";
import { seconds } from "../domain/time.ts";
import { mergeTokenReply, type TokenReply } from "../domain/token.ts";
import { rulesOf } from "./methods.ts";
import { failureOf, storeFailure } from "./refresh-failure.ts";
import { type Holder, whatForbidsRefresh } from "./refresh-obstacles.ts";
import { prepareRenewal, type Renewal } from "./renewal.ts";
import { requirePlatform, type Services } from "./services.ts";
import { type FreshToken, type FreshTokenOptions, hand, isGood, notConnected, stillLives } from "./token-in-hand.ts";

const lockWait = seconds(45);

/** Takes the credential's lock and does what is still to be done under it. */
export async function refreshUnderLock(
  services: Services,
  vault: Vault,
  account: ConnectedAccount,
  seen: Credential,
  options: FreshTokenOptions,
): Promise<FreshToken> {
  const platform = await requirePlatform(services, account.platform);
  const asked = services.clock.now();
  const lock = await vault.lock(credentialLock(seen.id), lockWait); // S1
  services.observe?.({ kind: "lock", platform: platform.id, waited: services.clock.now() - asked });
  try {
    const rules = rulesOf(platform, seen.method);
    return await refreshAsHolder({ services, vault, account, platform, rules, seen, options });
  } finally {
    lock.release(); // S8
  }
}

async function refreshAsHolder(holder: Holder): Promise<FreshToken> {
  const { services, vault, account, seen, options } = holder;
  // S2: read again under the lock; whoever held it before may have done the work.
  await vault.applyRescues(seen.id, addressOf(account));
  const credential = await vault.credential(seen.id);
  if (!credential) throw notConnected(account);
  const moved = credential.generation !== seen.generation;
  // Moved on: whoever held the lock did it, so even a forced refresh is done.
  if (moved && stillLives(credential, services)) return hand(services, vault, credential, "refreshed", options);
  if (!options.force && isGood(credential, options, services))
    return hand(services, vault, credential, "fresh", options);

  const replay = await openPredecessor(holder, credential);
  const obstacle = await whatForbidsRefresh(holder, credential, replay);
  if (obstacle) return handOrThrow(holder, credential, obstacle);
  const renewal = await prepareRenewal(holder, credential).catch((error) => {
    if (error instanceof Failure && error.code === "needs_reauth") return error;
    throw error;
  }); // S3
  if (renewal instanceof Failure) return handOrThrow(holder, credential, renewal);
  return send(holder, credential, renewal, replay);
}

/**
 * An attempt for this generation that never ended: its process died between sending and storing. We hold the lock,
 * so nobody is still at it. Returns how often this token was presented without a known outcome.
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
      nextRefreshAt: credential.nextRefreshAt,
    },
    addressOf(holder.account),
  );
  return last.replay + 1;
}

/** Presents the token; after a lost answer once more, and again, while a server's usual grace lasts. */
async function send(holder: Holder, credential: Credential, renewal: Renewal, replay: number): Promise<FreshToken> {
  const { services, vault, account } = holder;
  let presented = replay;
  for (const pause of [...pausesBetween(holder), null]) {
    const attempt = await vault.beginAttempt(credential, addressOf(account), presented, renewal.presents); // S4: if this fails, nothing was spent
    const answer = await renewal.send(); // S5
    const verdict = judge(holder, credential, answer); // S6
    services.observe?.({ kind: "refresh", platform: holder.platform.id, outcome: verdict.kind });
    if (verdict.kind === "success") return commit(holder, credential, renewal, attempt, verdict.reply, answer); // S7
    const isLast = pause === null || verdict.kind !== "ambiguous" || services.stopping?.aborted === true;
    const stored = await storeFailure(holder, credential, attempt, answer, verdict, isLast);
    if (stored === "superseded") return adopt(holder, credential);
    if (isLast || !(await slept(services, pause))) return handOrThrow(holder, credential, failureOf(verdict, account));
    presented += 1;
  }
  throw new Error("the last round always returns");
}

/** A server that ends the family of a token presented twice is not asked again at once: see mayBeSpent. */
function pausesBetween({ rules }: Holder): readonly number[] {
  return rules.reuse.kind === "revokes_family" ? [] : replayPauses;
}

function judge({ rules, services }: Holder, credential: Credential, answer: RefreshAnswer): RefreshVerdict {
  return judgeRefresh(answer, {
    deadGrantErrors: rules.deadGrantErrors ?? [],
    failureCount: credential.failureCount,
    fraction: services.random.fraction(),
  });
}

/** False when the process is asked to end: the next one goes on from the attempt that is on disk. */
async function slept(services: Services, pause: number): Promise<boolean> {
  try {
    await services.clock.sleep(pause, services.stopping);
    return true;
  } catch {
    return false;
  }
}

/** Somebody connected the account anew while our request was under way: theirs is what counts. */
async function adopt({ services, vault, account, options }: Holder, { id }: Credential): Promise<FreshToken> {
  const now = await vault.credential(id);
  if (!now) throw notConnected(account);
  return hand(services, vault, now, "refreshed", options);
}

/** A failed refresh is no reason to stop using a token that still lives. */
async function handOrThrow(holder: Holder, credential: Credential, failure: Failure): Promise<FreshToken> {
  const { services, vault, options } = holder;
  if (options.force || !stillLives(credential, services)) throw failure;
  return hand(services, vault, credential, "fresh", options, failure);
}

async function commit(
  holder: Holder,
  credential: Credential,
  { refreshToken }: Renewal,
  attempt: RefreshAttempt,
  reply: TokenReply,
  answer: RefreshAnswer,
): Promise<FreshToken> {
  const { services, vault, rules, account, options } = holder;
  services.keepSecret(reply.accessToken);
  services.keepSecret(reply.refreshToken);
  const tokens = mergeTokenReply({
    previous: { ...credential, accessToken: "", refreshToken },
    reply,
    sentAt: answer.sentAt,
    defaultLifetime: rules.defaultLifetime,
    loginLifetime: rules.loginLifetime,
    requestedScopes: credential.scopes,
  });
  const change = {
    attemptId: attempt.id,
    credentialId: credential.id,
    fromGeneration: credential.generation,
    tokens,
    clockSkew: answer.clockSkew,
    timing: rules,
    recovery: recovered(account, { ...credential, generation: credential.generation + 1 }),
  };
  await commitPatiently(holder, change);
  const now = await vault.credential(credential.id);
  if (!now) throw notConnected(account);
  return hand(services, vault, now, "refreshed", options);
}

/**
 * The new pair exists nowhere else yet: what the store refuses is kept beside it at once, since this process may be killed
 * while it waits. Once it is kept, the store gets some seconds; else a minute.
 */
async function commitPatiently({ vault, services, account }: Holder, change: CommitRefresh): Promise<void> {
  const address = addressOf(account);
  let kept = false;
  const pauses = [50, 200, 1000, 3000, 8000, 20_000, 27_000];
  for (const pause of [...pauses, null]) {
    try {
      await vault.commitAttempt(change, address);
      if (kept) await vault.applyRescues(change.credentialId, address);
      return;
    } catch (error) {
      kept ||= await vault.rescue(change).then(
        () => true,
        () => false,
      );
      const isWorthIt = pause !== null && (!kept || pause < seconds(5));
      if (isWorthIt && (await slept(services, pause))) continue;
      if (!kept) await vault.rescue(change);
      throw error;
    }
  }
}
