import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../domain/ports/machine.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    signal?.throwIfAborted();
    try {
      await sleep(milliseconds, undefined, signal ? { signal } : {});
    } catch (error) {
      // Node wraps the reason into an AbortError; callers want the reason itself.
      if (signal?.aborted) throw signal.reason;
      throw error;
    }
  },
};
