import type { Credential } from "./credential.ts";
import { days, type Instant, minutes } from "./time.ts";

/** What a platform promises about refreshing; the part of its definition that the schedule needs. */
export interface RefreshTiming {
  /** The platform refuses to refresh a token younger than this (milliseconds). */
  readonly minimumAge?: number;
  /** A refresh token unused for this long dies (milliseconds). */
  readonly idleDeadline?: number;
  /** The token can be renewed only before it has ended: what renews it is the token itself. */
  readonly onlyWhileValid?: boolean;
}

type Aged = Pick<Credential, "id" | "obtainedAt" | "accessExpiresAt">;

/** min(max(20 % of the lifetime, 5 min), 50 % of the lifetime), in milliseconds. */
export function refreshMargin(lifetime: number): number {
  return Math.min(Math.max(lifetime * 0.2, minutes(5)), lifetime * 0.5);
}

/**
 * A stable fraction in [-1, 1) from an id (FNV-1a), so that a restored fleet does not refresh in step. Its last characters
 * are enough: ids are random.
 */
export function stableFraction(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = Math.max(0, id.length - 12); index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0;
  }
  return (hash / 0x1_0000_0000) * 2 - 1;
}

/** When the credential should be refreshed; null for a token that does not expire and has no idle deadline. */
export function refreshDueAt(credential: Aged, timing: RefreshTiming = {}): Instant | null {
  const { obtainedAt, accessExpiresAt } = credential;
  const idle = timing.idleDeadline === undefined ? null : obtainedAt + timing.idleDeadline - days(7);
  if (accessExpiresAt === null) return idle;
  const lifetime = accessExpiresAt - obtainedAt;
  const margin = refreshMargin(lifetime);
  const jitter = margin * 0.1 * stableFraction(credential.id);
  const byAge = Math.round(accessExpiresAt - margin + jitter);
  const notBefore = timing.minimumAge === undefined ? byAge : Math.max(byAge, obtainedAt + timing.minimumAge);
  return idle === null ? notBefore : Math.min(notBefore, idle);
}

/**
 * How long a token must still be good for a caller that said nothing: 5 minutes, but never more than half
 * its lifetime (milliseconds).
 */
export function defaultValidity(credential: Aged): number {
  if (credential.accessExpiresAt === null) return 0;
  return Math.min(minutes(5), (credential.accessExpiresAt - credential.obtainedAt) / 2);
}

/** A wall clock that went back by more than this cannot be trusted about short lifetimes (milliseconds). */
const steppedBack = minutes(2);

/** The token was obtained in the future: the clock was set back since. Told for lifetimes of a day at most, which it could outlive unseen. */
export function isFromTheFuture({ obtainedAt, accessExpiresAt }: Aged, now: Instant): boolean {
  return accessExpiresAt !== null && accessExpiresAt - obtainedAt <= days(1) && obtainedAt - now > steppedBack;
}

/** Whether the access token is good for at least `validity` more milliseconds. */
export function isGoodFor(credential: Aged, validity: number, now: Instant): boolean {
  if (credential.accessExpiresAt === null) return true;
  return credential.accessExpiresAt - now >= validity && !isFromTheFuture(credential, now);
}
