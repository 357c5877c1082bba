/** What a refresh that failed leaves behind: the attempt's end, when it is tried again, and what the owner is told. */
import { addressOf } from "../domain/account.ts";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import { appRefused, type NewNotification, needsReauth, outcomeUnknown } from "../domain/notification.ts";
import type { ConnectedAccount, RefreshAttempt, RefreshFailure } from "../domain/ports/vault.ts";
import {
  concernsWholeApp,
  pauseScope,
  type RefreshAnswer,
  type RefreshVerdict,
  statusAfter,
} from "../domain/refresh-outcome.ts";
import { type Instant, seconds } from "../domain/time.ts";
import { dependentsOf } from "./logins.ts";
import type { Holder } from "./refresh-obstacles.ts";

export type Refusal = Exclude<RefreshVerdict, { kind: "success" }>;

const attemptStates = {
  dead: "rejected",
  app: "rejected",
  throttled: "transient",
  transient: "transient",
  suspicious: "transient",
  ambiguous: "ambiguous",
} as const satisfies Record<Refusal["kind"], RefreshFailure["state"]>;

/** `told`: the owner hears of it; not of an answer that is about to be asked for again. */
export async function storeFailure(
  holder: Holder,
  credential: Credential,
  attempt: RefreshAttempt,
  answer: RefreshAnswer,
  verdict: Refusal,
  told: boolean,
): Promise<"failed" | "superseded"> {
  const { vault, services, account, platform } = holder;
  const now = services.clock.now();
  const status = statusAfter[verdict.kind];
  const lostBefore = verdict.kind === "dead" && attempt.replay > 0;
  const reason = lostBefore ? "ambiguous_lost_response" : verdict.reason;
  const until = verdict.wait === null ? null : now + verdict.wait;
  const notification = told ? await notificationOf(holder, credential, verdict, lostBefore, now) : null;
  const pausesServer = verdict.kind === "throttled" && until !== null;
  return vault.failAttempt(
    attempt,
    {
      state: attemptStates[verdict.kind],
      httpStatus: answer.status === 0 ? null : answer.status,
      oauthError: answer.kind === "oauth_error" ? answer.error : null,
      ...(status ? { status, reason } : {}),
      error: { code: verdict.code, message: verdict.message, at: now },
      backoffUntil: until,
      nextRefreshAt: nextAttempt(holder, credential, verdict, until, now),
      pausesApp: verdict.kind === "app" && concernsWholeApp(verdict.reason),
      ...(pausesServer ? { pause: { scope: pauseScope(platform.id, credential.issuer), until } } : {}),
      ...(notification ? { notification } : {}),
    },
    addressOf(account),
  );
}

/** A family-revoking server is asked again only in the last minute of the access token (docs/refresh.md). */
export const lastMinute = seconds(60);

function nextAttempt(
  { rules }: Holder,
  credential: Credential,
  verdict: Refusal,
  until: Instant | null,
  now: Instant,
): Instant | null {
  const { accessExpiresAt } = credential;
  const spares = verdict.kind === "ambiguous" && rules.reuse.kind === "revokes_family";
  if (!spares || accessExpiresAt === null) return until;
  return Math.max(until ?? now, accessExpiresAt - lastMinute);
}

async function notificationOf(
  { vault, account, rules }: Holder,
  credential: Credential,
  verdict: Refusal,
  lostBefore: boolean,
  now: Instant,
): Promise<NewNotification | null> {
  const facts = { account, credential, now };
  if (verdict.kind === "dead") {
    const why = lostBefore
      ? `${verdict.message}; the answer to an earlier refresh was lost on its way here, and with it the new token`
      : verdict.message;
    return needsReauth({ ...facts, why, dependents: await dependentsOf(vault, account, credential) });
  }
  if (verdict.kind === "app") return appRefused({ ...facts, why: verdict.message });
  // Elsewhere a lost answer is mended by asking again; only here may it have cost the token.
  const risky = verdict.kind === "ambiguous" && rules.reuse.kind === "revokes_family";
  return risky ? outcomeUnknown({ ...facts, why: verdict.message }) : null;
}

export function failureOf(verdict: Refusal, account: ConnectedAccount): Failure {
  if (verdict.kind === "app") {
    return new Failure("app_refused", verdict.message, {
      hint: `has the client secret changed? agencyiq apps set ${account.platform}`,
    });
  }
  if (verdict.code === "needs_reauth") return new Failure(verdict.code, verdict.message);
  return new Failure(verdict.code, verdict.message, {
    hint: "nothing was lost; run it again later",
    retryAfterSeconds: verdict.wait === null ? undefined : Math.ceil(verdict.wait / 1000),
  });
}
