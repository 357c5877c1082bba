/** Wall-clock times of a time zone and the instants they mean, over the zone rules that Intl knows. */
import { hours, type Instant } from "./time.ts";

/** What a clock on a wall shows: milliseconds since 1970 as if it were UTC. */
export type WallTime = number;

/** The instants at which the clock shows a time. */
export type Meaning =
  | { readonly kind: "once"; readonly instant: Instant }
  /** The clocks jump over it: the time as far after the jump as it would have been before, and the jump. */
  | { readonly kind: "never"; readonly instant: Instant; readonly shows: WallTime }
  /** The clocks are set back, so that they show it twice. */
  | { readonly kind: "twice"; readonly first: Instant; readonly second: Instant };

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of a zone show at an instant. */
export function wallTime(instant: Instant, timeZone: string): WallTime {
  let clock = clocks.get(timeZone);
  if (!clock) {
    clock = new Intl.DateTimeFormat("en-u-ca-gregory-nu-latn", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    clocks.set(timeZone, clock);
  }
  const parts = Object.fromEntries(clock.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const past = ((instant % 1000) + 1000) % 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) + past;
}

/**
 * The offsets in force around a wall time, tried in turn. No zone is further than 14 hours from UTC, and none changed its
 * offset twice within two days in the years that anybody schedules for.
 */
export function meaningOf(wall: WallTime, timeZone: string): Meaning {
  const offsetAt = (near: Instant) => wallTime(near, timeZone) - near;
  const [before, after] = [offsetAt(wall - hours(24)), offsetAt(wall + hours(24))];
  const candidates = [...new Set([wall - before, wall - after])].sort((a, b) => a - b);
  const real = candidates.filter((instant) => wallTime(instant, timeZone) === wall);
  const [first, second] = real;
  if (first !== undefined && second !== undefined) return { kind: "twice", first, second };
  if (first !== undefined) return { kind: "once", instant: first };
  // As if the clocks had gone on as before: half past two becomes half past three.
  const instant = wall - before;
  return { kind: "never", instant, shows: wallTime(instant, timeZone) };
}

/** `2026-12-01 09:00`, with seconds where there are any. */
export function showWallTime(wall: WallTime): string {
  const text = new Date(wall).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, text.slice(17, 19) === "00" ? 16 : 19)}`;
}

/** `+11:00` (RFC 3339). */
export function offsetOf(instant: Instant, timeZone: string): string {
  const total = Math.round((wallTime(instant, timeZone) - instant) / 60_000);
  const size = Math.abs(total);
  const two = (count: number) => String(count).padStart(2, "0");
  return `${total < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** `2026-12-01 09:00 +11:00 Australia/Sydney`: for people. */
export function showInZone(instant: Instant, timeZone: string): string {
  return `${showWallTime(wallTime(instant, timeZone))} ${offsetOf(instant, timeZone)} ${timeZone}`;
}
