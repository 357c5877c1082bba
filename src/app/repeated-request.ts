/** What makes nothing public may be sent again: a request of an upload, where no answer came or the platform broke. */
import { Failure, type FailureCode } from "../domain/failure.ts";

/** Seconds before each further try. */
const pauses = [1, 2, 4];

const passing: readonly FailureCode[] = ["network", "platform_fault"];

export async function repeated<T>(
  work: () => Promise<T>,
  wait: (seconds: number) => Promise<void>,
  stopping?: AbortSignal,
): Promise<T> {
  for (const pause of pauses) {
    try {
      return await work();
    } catch (error) {
      const passes = error instanceof Failure && passing.includes(error.code);
      if (!passes || stopping?.aborted) throw error;
    }
    await wait(pause);
  }
  return work();
}
