/** A limit that a platform's answers say is near: kept for the account, so that its posts wait, those of other processes too. */
import { Failure } from "../domain/failure.ts";
import type { Pace } from "../domain/pace.ts";
import type { HttpResponse } from "../domain/ports/http.ts";
import { seconds, toTimestamp } from "../domain/time.ts";
import type { Platform } from "../platforms/platform.ts";
import type { Services } from "./services.ts";

/** A pause that is shorter is made at once: a limit that is near slows down, one that is reached stops (milliseconds). */
const shortly = seconds(30);

export interface Pacing {
  /** @throws Failure `rate_limited` where the platform asked for no request yet */
  readonly ready: () => Promise<void>;
  readonly heed: (response: HttpResponse) => Promise<void>;
}

/** undefined: the platform's answers say nothing of it. `waits`: its requests can be made later. */
export function pacingOf(
  services: Services,
  { name, paceOf }: Platform,
  accountId: string,
  waits: boolean,
): Pacing | undefined {
  if (!paceOf) return undefined;
  const { clock, stopping } = services;
  return {
    ready: async () => {
      const pace = waits ? await (await services.vault()).pace(accountId) : null;
      if (!pace) return;
      if (pace.until - clock.now() > shortly) throw tooEarly(name, pace, clock.now());
      try {
        await clock.sleep(Math.max(0, pace.until - clock.now()), stopping);
      } catch {
        // Stopped meanwhile: nothing was asked.
        throw tooEarly(name, pace, clock.now());
      }
    },
    heed: async ({ headers }) => {
      const now = clock.now();
      const pace = paceOf(headers, now);
      if (!pace || pace.until <= now) return;
      // The answer in hand may be a post's address, and is worth more than this: the next answer says it again.
      await (await services.vault()).keepPace(accountId, pace).catch(() => {});
    },
  };
}

function tooEarly(name: string, { until, why }: Pace, now: number): Failure {
  return new Failure(
    "rate_limited",
    `${name} is to be asked nothing for this account before ${toTimestamp(until)}: ${why}`,
    {
      hint: "run it again then",
      retryAfterSeconds: Math.ceil((until - now) / 1000),
    },
  );
}
