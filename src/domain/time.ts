/** Milliseconds since the Unix epoch, by the wall clock. */
export type Instant = number;

export const seconds = (count: number): number => count * 1000;
export const minutes = (count: number): number => count * 60_000;
export const hours = (count: number): number => count * 3_600_000;
export const days = (count: number): number => count * 86_400_000;

/** RFC 3339 in UTC, to the second: what every JSON answer prints. */
export function toTimestamp(instant: Instant): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}

/** `toTimestamp`, keeping null. */
export function toTimestampOrNull(instant: Instant | null): string | null {
  return instant === null ? null : toTimestamp(instant);
}

const durationUnits = { s: seconds(1), m: minutes(1), h: hours(1), d: days(1), w: days(7) } as const;

/** Milliseconds in `90m`, `24h`, `7d`, `2w`, `45s`; null for anything else. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([smhdw])$/.exec(text.trim());
  if (!match) return null;
  return Number(match[1]) * durationUnits[match[2] as keyof typeof durationUnits];
}

/** "in 23 min", "3 h ago", "now": for people, rounded to the unit that matters. */
export function relativeTime(instant: Instant, now: Instant): string {
  const difference = instant - now;
  const size = Math.abs(difference);
  if (size < 1000) return "now";
  const text = spanOfTime(size);
  return difference > 0 ? `in ${text}` : `${text} ago`;
}

/** "45 s", "23 min", "2 h", "12 d". */
export function spanOfTime(milliseconds: number): string {
  if (milliseconds < minutes(2)) return `${Math.round(milliseconds / 1000)} s`;
  if (milliseconds < hours(2)) return `${Math.round(milliseconds / minutes(1))} min`;
  if (milliseconds < days(2)) return `${Math.round(milliseconds / hours(1))} h`;
  return `${Math.round(milliseconds / days(1))} d`;
}
