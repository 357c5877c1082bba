/** Times as people type them, read in the zone of a brand. */

import type { Command } from "commander";
import type { Schedule, WhenLate } from "../domain/delivery.ts";
import { Failure } from "../domain/failure.ts";
import { type Instant, parseDuration } from "../domain/time.ts";
import { type PlainWords, readWhen, type When } from "../domain/when.ts";
import { wallTime } from "../domain/zoned-time.ts";
import type { Context } from "./context.ts";

export interface ScheduleFlags {
  readonly at?: string;
  readonly queue?: boolean;
  readonly maxLate?: string;
  readonly whenLate?: string;
}

/** A schedule, and what is to be said aloud of it. */
export interface ReadSchedule {
  readonly schedule: Schedule;
  readonly note: string | null;
}

export function declareSchedule(command: Command): Command {
  return command
    .option(
      "--at <when>",
      '2026-12-01T09:00:00+11:00, "2026-12-01 09:00" (in the brand\'s time zone), +90m, "tomorrow 9am"',
    )
    .option("--queue", "write it down, and leave the sending to the daemon or to publish --due")
    .option("--max-late <duration>", "how late it may be sent, where nothing ran at its time (24h)")
    .option("--when-late <what>", "after that: send, skip, or ask (wait for agencyiq posts approve; default)");
}

/** null: it is for now. @throws Failure `usage` */
export async function scheduleOf(context: Context, brand: string, flags: ScheduleFlags): Promise<ReadSchedule | null> {
  const { at, queue = false } = flags;
  const rules = { maxLate: maxLateOf(flags), whenLate: whenLateOf(flags) };
  if (at === undefined && !queue) {
    if (rules.maxLate === null && rules.whenLate === null) return null;
    throw new Failure("usage", "--max-late and --when-late are for what is sent later", {
      hint: "add --at or --queue",
    });
  }
  if (at === undefined) {
    const schedule = { at: context.services.clock.now(), text: null, timeZone: null, ...rules };
    return { schedule, note: null };
  }
  if (queue) throw new Failure("usage", "--queue and --at say two things", { hint: "give one of them" });
  const timeZone = await timeZoneOf(context, brand);
  const { instant, note } = await readWhenWords(context, at, timeZone);
  return { schedule: { at: instant, text: at, timeZone, ...rules }, note };
}

/** The brand's, else the machine's. */
export async function timeZoneOf(context: Context, brand: string): Promise<string> {
  const brands = await (await context.services.vault()).brands();
  return brands.find(({ id }) => id === brand)?.timeZone ?? context.machine.timeZone();
}

/** An instant beside the schedule, in the same words. @throws Failure `usage` */
export async function instantOf(context: Context, brand: string, text: string): Promise<Instant> {
  const { instant, note } = await readWhenWords(context, text, await timeZoneOf(context, brand));
  if (note) context.output.warn(note);
  return instant;
}

function readWhenWords({ services }: Context, text: string, timeZone: string): Promise<When> {
  const now = services.clock.now();
  return readWhen(text, { now, timeZone, plainWords: (words) => plainWords(words, now, timeZone) });
}

/** By chrono-node, in English. A time of day without a day is the next one there is. */
async function plainWords(text: string, now: Instant, timeZone: string): Promise<PlainWords | null> {
  const { parse } = await import("chrono-node/en");
  const offset = Math.round((wallTime(now, timeZone) - now) / 60_000);
  const [found, ...others] = parse(text, { instant: new Date(now), timezone: offset }, { forwardDate: true });
  // A word it does not know may be what makes the difference: "not tomorrow".
  if (!found || others.length > 0 || found.text.trim() !== text || found.end) return null;
  const { start } = found;
  // "in 2 hours", and "9am EST", are instants; the rest is what a clock on the wall shows.
  if (start.isCertain("timezoneOffset")) return { instant: start.date().getTime() };
  if (!start.isCertain("hour")) return { dayAlone: true };
  const part = (name: Parameters<typeof start.get>[0]) => start.get(name) ?? 0;
  const day = Date.UTC(part("year"), part("month") - 1, part("day"));
  return { wall: day + ((part("hour") * 60 + part("minute")) * 60 + part("second")) * 1000 };
}

function maxLateOf({ maxLate }: ScheduleFlags): number | null {
  if (maxLate === undefined) return null;
  const duration = parseDuration(maxLate);
  if (duration !== null) return duration;
  throw new Failure("usage", `--max-late "${maxLate}" is not a duration`, { hint: "write 30m, 2h or 1d" });
}

function whenLateOf({ whenLate }: ScheduleFlags): WhenLate | null {
  if (whenLate === undefined) return null;
  if (whenLate === "send" || whenLate === "skip" || whenLate === "ask") return whenLate;
  throw new Failure("usage", `--when-late ${whenLate}: there is send, skip and ask`);
}
