/** Days on the calendar of a time zone, and the instants at which they begin. Over the zone rules that Intl knows. */
import { days, hours, type Instant } from "./time.ts";
import { wallTime } from "./zoned-time.ts";

/** `YYYY-MM-DD`, a real day of the years 1970 to 2999: such texts sort as the days do. */
export type CalendarDay = string;

/** null for what is no day: `2026-02-30`, `2026-2-3`. */
export function parseDay(text: string): CalendarDay | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < "1970-01-01" || text > "2999-12-31") return null;
  const instant = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(instant) && dayOf(instant) === text ? text : null;
}

export function addDays(day: CalendarDay, count: number): CalendarDay {
  return dayOf(midnightInUtc(day) + days(count));
}

/** How many days after `from` it is. */
export function daysBetween(from: CalendarDay, to: CalendarDay): number {
  return Math.round((midnightInUtc(to) - midnightInUtc(from)) / days(1));
}

/** The zone's name as Intl knows it, whatever its case; null for none. An offset is none: it knows no daylight-saving time. */
export function parseTimeZone(text: string): string | null {
  if (!/^[A-Za-z]/.test(text)) return null;
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: text }).resolvedOptions();
    // An alias stays as it was typed: Asia/Kolkata must not come back as Asia/Calcutta.
    return timeZone.toLowerCase() === text.toLowerCase() ? timeZone : text;
  } catch {
    return null;
  }
}

/** What the calendar on a wall in this zone shows. */
export function dayAt(instant: Instant, timeZone: string): CalendarDay {
  return dayOf(wallTime(instant, timeZone));
}

/**
 * The first instant of a day: midnight; where the clocks jump over it, the moment of the jump; where it comes twice, the
 * first. For a day that a zone left out (Samoa, 30 December 2011), the beginning of the next.
 */
export function startOfDay(day: CalendarDay, timeZone: string): Instant {
  const midnight = midnightInUtc(day);
  // No zone is further from UTC, nor changes its offset twice in two days.
  const offsets = [midnight - days(1), midnight + days(1)].map((near) => wallTime(near, timeZone) - near);
  const candidates = offsets.map((offset) => midnight - offset).sort((a, b) => a - b);
  const real = candidates.find((instant) => wallTime(instant, timeZone) === midnight);
  return real ?? jumpOver(midnight, timeZone);
}

/** The clocks go from before `wall` to after it: when. */
function jumpOver(wall: number, timeZone: string): Instant {
  let before = wall - hours(36);
  let after = wall + hours(36);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (wallTime(middle, timeZone) < wall) before = middle;
    else after = middle;
  }
  return after;
}

function midnightInUtc(day: CalendarDay): Instant {
  return Date.parse(`${day}T00:00:00Z`);
}

function dayOf(instant: Instant): CalendarDay {
  return new Date(instant).toISOString().slice(0, 10);
}
