import type { Instant } from "./time.ts";

export interface BucketRate {
  /** Tokens that come back a second. */
  readonly perSecond: number;
  /** Tokens in a full bucket. */
  readonly burst: number;
}

/** How fast one server may be asked: `burst` requests at once, then `perSecond`. */
export class TokenBucket {
  readonly #rate: BucketRate;
  #tokens: number;
  #filledAt: Instant;

  constructor(rate: BucketRate, now: Instant) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#filledAt = now;
  }

  /** Takes a token, and tells how long to wait until it is there (milliseconds): whoever asks later waits longer. */
  take(now: Instant): number {
    // A clock that was set back fills nothing.
    const elapsed = Math.max(0, now - this.#filledAt);
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (elapsed / 1000) * this.#rate.perSecond);
    this.#filledAt = now;
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / this.#rate.perSecond) * 1000);
  }
}
