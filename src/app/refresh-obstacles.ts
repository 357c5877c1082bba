/** Reasons not to send a refresh now. None of them is a reason to stop using an access token that still lives. */
import { addressOf } from "../domain/account.ts";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import { pauseScope } from "../domain/refresh-outcome.ts";
import { type Instant, toTimestamp } from "../domain/time.ts";
import type { Platform, TokenRules } from "../platforms/platform.ts";
import { lastMinute } from "./refresh-failure.ts";
import type { Services } from "./services.ts";
import { type FreshTokenOptions, stillLives } from "./token-in-hand.ts";

/** Who holds an account's lock, and for whom. */
export interface Holder {
  readonly services: Services;
  readonly vault: Vault;
  readonly account: ConnectedAccount;
  readonly platform: Platform;
  /** Of the credential's tokens. */
  readonly rules: TokenRules;
  readonly seen: Credential;
  readonly options: FreshTokenOptions;
}

/** The failure to report if the access token does not live either; null when the request may leave. */
export async function whatForbidsRefresh(
  holder: Holder,
  credential: Credential,
  replay: number,
): Promise<Failure | null> {
  const { vault, options } = holder;
  if (credential.status === "reauth_required") {
    return new Failure("needs_reauth", credential.lastError?.message ?? "the authorization is no longer valid");
  }
  if (!credential.refreshable) {
    return new Failure("needs_reauth", "its access token has ended and there is no refresh token");
  }
  const unfit = ageForbids(holder, credential);
  if (unfit) return unfit;
  const waiting = options.force ? null : whatNeedsForce(holder, credential);
  if (waiting) return waiting;
  if (await vault.isTombstoned(credential)) {
    return new Failure("needs_reauth", "its refresh token was refused before");
  }
  const pausedUntil = await vault.pausedUntil(pauseScope(holder.platform.id, credential.issuer));
  return throttled(holder, credential) ?? serverPaused(holder, pausedUntil) ?? mayBeSpent(holder, credential, replay);
}

/** Tokens that renew themselves must be old enough, and alive. */
function ageForbids({ platform, rules, services }: Holder, credential: Credential): Failure | null {
  const { minimumAge, onlyWhileValid } = rules;
  const now = services.clock.now();
  const { obtainedAt } = credential;
  if (minimumAge !== undefined && obtainedAt <= now && now - obtainedAt < minimumAge) {
    return new Failure(
      "rate_limited",
      `${platform.name} does not renew a token before ${toTimestamp(obtainedAt + minimumAge)}`,
      {
        retryAfterSeconds: Math.ceil((obtainedAt + minimumAge - now) / 1000),
      },
    );
  }
  if (!onlyWhileValid || stillLives(credential, services)) return null;
  return new Failure("needs_reauth", "its token has ended, and could be renewed only before that");
}

/** It asked, through another account, to be left alone. */
function serverPaused({ services, platform }: Holder, until: Instant | null): Failure | null {
  const wait = until === null ? 0 : until - services.clock.now();
  if (wait <= 0) return null;
  const retryAfterSeconds = Math.ceil(wait / 1000);
  return new Failure("rate_limited", `${platform.name} asked to wait`, {
    retryAfterSeconds,
    hint: `try again in ${retryAfterSeconds} s`,
  });
}

/** States that a person lifts on purpose. */
function whatNeedsForce(holder: Holder, credential: Credential): Failure | null {
  const force = `agencyiq tokens refresh --force ${addressOf(holder.account)}`;
  if (credential.status === "paused" && !mayProbe(holder, credential)) {
    return new Failure("app_refused", credential.lastError?.message ?? "the developer app was refused", {
      hint: `mend it with: agencyiq apps set ${holder.platform.id}, then: ${force}`,
    });
  }
  if (credential.status === "needs_confirm") {
    return new Failure("needs_reauth", "restored from a backup; its refresh token may have been used since", {
      hint: `connect it again, or try the old one once with: ${force}`,
    });
  }
  return null;
}

function mayProbe({ options, services }: Holder, { backoffUntil }: Credential): boolean {
  return options.probe === true && backoffUntil !== null && backoffUntil <= services.clock.now();
}

/** Somebody is waiting for this token, so only a server's own "wait" is obeyed here. */
function throttled(holder: Holder, credential: Credential): Failure | null {
  const { lastError, backoffUntil } = credential;
  if (lastError?.code !== "rate_limited" || backoffUntil === null) return null;
  const wait = backoffUntil - holder.services.clock.now();
  if (wait <= 0) return null;
  const retryAfterSeconds = Math.ceil(wait / 1000);
  return new Failure("rate_limited", lastError.message, {
    retryAfterSeconds,
    hint: `try again in ${retryAfterSeconds} s`,
  });
}

/** If the server did rotate, presenting the old token could only revoke the access token we still have. */
function mayBeSpent(holder: Holder, credential: Credential, replay: number): Failure | null {
  const { accessExpiresAt } = credential;
  if (replay === 0 || holder.rules.reuse.kind !== "revokes_family" || accessExpiresAt === null) return null;
  if (accessExpiresAt - holder.services.clock.now() <= lastMinute) return null;
  return new Failure("refresh_outcome_unknown", "a refresh was sent but its answer never arrived", {
    hint: `connect again before ${toTimestamp(accessExpiresAt)} to be safe; it is tried once more just before that`,
  });
}
