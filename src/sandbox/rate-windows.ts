import type { Instant } from "../domain/time.ts";

export interface RateLimit {
  readonly limit: number;
  /** Milliseconds. */
  readonly window: number;
}

export interface RateState {
  readonly limit: number;
  readonly remaining: number;
  /** Unix seconds. */
  readonly reset: number;
  readonly exceeded: boolean;
}

/** Counters that begin with the first request and end with the window. */
export class RateWindows {
  readonly #windows = new Map<string, { endsAt: Instant; count: number }>();

  /** Counts one request under `key`. */
  count(key: string, { limit, window }: RateLimit, now: Instant): RateState {
    const known = this.#windows.get(key);
    const current = known && known.endsAt > now ? known : { endsAt: now + window, count: 0 };
    current.count += 1;
    this.#windows.set(key, current);
    return {
      limit,
      remaining: Math.max(0, limit - current.count),
      reset: Math.ceil(current.endsAt / 1000),
      exceeded: current.count > limit,
    };
  }

  clear(): void {
    this.#windows.clear();
  }
}
