import { Failure } from "./failure.ts";
import { stableFraction } from "./refresh-schedule.ts";
import { minutes, parseDuration } from "./time.ts";

/**
 * Minutes in `15m`, `1h`, `1d`. Only what divides an hour or a day: cron counts from the full hour and from midnight, and
 * anything else would be uneven there.
 * @throws Failure `usage`
 */
export function jobInterval(text: string): number {
  const length = (parseDuration(text) ?? 0) / minutes(1);
  const even = length <= 60 ? 60 % length === 0 : length % 60 === 0 && (24 * 60) % length === 0;
  if (Number.isInteger(length) && length >= 1 && even) return length;
  throw new Failure("usage", `"${text}" is no interval that an hour or a day can be divided into`, {
    hint: "1m 2m 3m 4m 5m 6m 10m 12m 15m 20m 30m 1h 2h 3h 4h 6h 8h 12h 1d",
  });
}

/** At which minute of the interval (and of the hour) a vault's job runs, so that not everybody's do at once. */
export function minuteOf(vaultId: string, every: number): number {
  const span = Math.min(every, 60);
  return Math.floor(((stableFraction(vaultId) + 1) / 2) * span);
}
