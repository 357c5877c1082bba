/** When a post is to go out, from the words of its owner to an instant. */
import { Failure } from "./failure.ts";
import { type Instant, parseDuration, toTimestamp } from "./time.ts";
import { meaningOf, offsetOf, showWallTime, type WallTime, wallTime } from "./zoned-time.ts";

export interface When {
  readonly instant: Instant;
  /** What the clocks did to the time that was asked for, to be said aloud; null: nothing. */
  readonly note: string | null;
}

export interface Reading {
  readonly now: Instant;
  readonly timeZone: string;
  readonly plainWords: (text: string) => Promise<PlainWords | null>;
}

/** "tomorrow 9am" is a wall time, "in 2 hours" an instant, "tomorrow" a day alone. */
export type PlainWords = { readonly wall: WallTime } | { readonly instant: Instant } | { readonly dayAlone: true };

/** RFC 3339 with its offset or `Z`; a space may stand for the `T`. */
const timestamp = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s?([Zz]|[+-]\d{2}:\d{2})$/;
const local = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/** @throws Failure `usage` for what is no time, or has passed */
export async function readWhen(text: string, reading: Reading): Promise<When> {
  const { now, timeZone } = reading;
  const when = await understand(text.trim(), reading);
  if (when.instant > now) return when;
  const then = `${showWallTime(wallTime(when.instant, timeZone))} ${timeZone}`;
  throw new Failure("usage", `"${text}" has passed: that was ${then} (${toTimestamp(when.instant)})`, {
    hint: "give a time to come, or --queue to have it sent at once",
  });
}

async function understand(text: string, { now, timeZone, plainWords }: Reading): Promise<When> {
  const exact = readTimestamp(text);
  if (exact !== null) return { instant: exact, note: null };
  const later = text.startsWith("+") ? parseDuration(text.slice(1)) : null;
  if (later !== null) return { instant: now + later, note: null };
  const wall = readLocal(text);
  if (wall !== null) return inZone(wall, timeZone);
  const words = /^[\d\s:+.TZ-]*$/i.test(text) ? null : await plainWords(text);
  if (words === null) throw notUnderstood(text);
  if ("dayAlone" in words) {
    throw new Failure("usage", `"${text}" says no time of day`, { hint: `write "${text} 9am"` });
  }
  return "instant" in words ? { instant: words.instant, note: null } : inZone(words.wall, timeZone);
}

function readTimestamp(text: string): Instant | null {
  const [, date, time, offset = ""] = timestamp.exec(text) ?? [];
  if (date === undefined || time === undefined) return null;
  const instant = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}${offset.toUpperCase()}`);
  // Date.parse lets the 30th of February through as the 2nd of March.
  if (Number.isNaN(instant) || realDate(date) === null) throw notUnderstood(text);
  return instant;
}

function readLocal(text: string): WallTime | null {
  const [, date, hour, minute, second = "0"] = local.exec(text) ?? [];
  if (date === undefined) return null;
  const day = realDate(date);
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  if (day === null || h > 23 || m > 59 || s > 59) throw notUnderstood(text);
  return day + ((h * 60 + m) * 60 + s) * 1000;
}

/** The beginning of a day that is on the calendar. */
function realDate(date: string): WallTime | null {
  const day = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(day) && new Date(day).toISOString().startsWith(date) ? day : null;
}

function inZone(wall: WallTime, timeZone: string): When {
  const meaning = meaningOf(wall, timeZone);
  const asked = showWallTime(wall);
  switch (meaning.kind) {
    case "once":
      return { instant: meaning.instant, note: null };
    case "never": {
      const shown = showWallTime(meaning.shows);
      return {
        instant: meaning.instant,
        note: `the clocks of ${timeZone} jump over ${asked}: ${shown} is taken (${toTimestamp(meaning.instant)})`,
      };
    }
    case "twice": {
      const other = `${asked.replace(" ", "T")}${offsetOf(meaning.second, timeZone)}`;
      return {
        instant: meaning.first,
        note: `the clocks of ${timeZone} show ${asked} twice: the first is taken (${toTimestamp(meaning.first)}); for the second write ${other}`,
      };
    }
  }
}

function notUnderstood(text: string): Failure {
  return new Failure("usage", `"${text}" is no time`, {
    hint: 'write 2026-12-01T09:00:00+11:00, "2026-12-01 09:00" (in the brand\'s time zone), +90m, or words such as "tomorrow 9am"',
  });
}
