import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../domain/ports/machine.ts";

/** A timer that is set for longer goes off at once. */
const longestTimer = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    signal?.throwIfAborted();
    try {
      for (let left = milliseconds; left > 0; left -= longestTimer) {
        await sleep(Math.min(left, longestTimer), undefined, signal ? { signal } : {});
      }
    } catch (error) {
      // Node wraps the reason into an AbortError; callers want the reason itself.
      if (signal?.aborted) throw signal.reason;
      throw error;
    }
  },
};
