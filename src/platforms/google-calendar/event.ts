/** An event as Google wants it. https://developers.google.com/workspace/calendar/api/v3/reference/events */
import type { PostOption } from "../../domain/post-option.ts";
import { hours, type Instant, parseDuration, toTimestamp } from "../../domain/time.ts";
import { addressesOf } from "../google/addresses.ts";
import type { Message } from "../platform.ts";

export const options: readonly PostOption[] = [
  { name: "start", say: "when it begins", takes: "instant" },
  { name: "end", say: "when it ends (usually: an hour after it begins)", takes: "instant" },
  { name: "duration", say: "in place of end: 90m, 2h, 3d", takes: "text" },
  { name: "date", say: "in place of start: it lasts the whole day, 2026-12-24", takes: "text" },
  { name: "last-date", say: "with date: the last of its days", takes: "text" },
  {
    name: "time-zone",
    say: "the zone that its times are shown in (usually: the calendar's), Europe/Berlin",
    takes: "text",
  },
  { name: "repeat", say: "a rule of RFC 5545: RRULE:FREQ=WEEKLY;COUNT=4", takes: "text" },
  { name: "location", say: "where", takes: "text" },
  { name: "attendees", say: "who is invited: anna@example.com, bob@example.com", takes: "text" },
  {
    name: "send-updates",
    say: "who of them gets mail about it (usually: all)",
    takes: ["all", "externalOnly", "none"],
  },
  { name: "show-as", say: "whether the time is taken (usually: busy)", takes: ["busy", "free"] },
  { name: "meet", say: "with a Google Meet", takes: "flag" },
];

/** A time of a day, or the day itself. */
type When = { readonly dateTime: string; readonly timeZone: string } | { readonly date: string };

export interface Event {
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  readonly start: When;
  /** Of whole days: the day after the last one. */
  readonly end: When;
  readonly [more: string]: unknown;
}

/** `zone`: the calendar's. */
export function eventOf(message: Message, id: string, zone: string): Event {
  const { title, text, visibility, options: chosen } = message;
  const { list } = addressesOf(String(chosen["attendees"] ?? ""));
  const attendees = list.map(({ name, address }) => ({
    email: address,
    ...(name === null ? {} : { displayName: name }),
  }));
  return {
    id,
    summary: title?.trim() ?? "",
    description: text,
    ...timesOf(message, String(chosen["time-zone"] ?? zone)),
    ...(chosen["location"] === undefined ? {} : { location: chosen["location"] }),
    ...(attendees.length > 0 ? { attendees } : {}),
    ...(chosen["repeat"] === undefined ? {} : { recurrence: [chosen["repeat"]] }),
    ...(visibility === null ? {} : { visibility }),
    ...(chosen["show-as"] === "free" ? { transparency: "transparent" } : {}),
    ...(chosen["meet"] === true
      ? { conferenceData: { createRequest: { requestId: id, conferenceSolutionKey: { type: "hangoutsMeet" } } } }
      : {}),
  };
}

function timesOf(message: Message, timeZone: string): Pick<Event, "start" | "end"> {
  const { date, "last-date": last = date } = message.options;
  if (date !== undefined) return { start: { date: String(date) }, end: { date: dayAfter(String(last)) } };
  const { start, end } = spanOf(message);
  return {
    start: { dateTime: toTimestamp(start), timeZone },
    end: { dateTime: toTimestamp(end), timeZone },
  };
}

function spanOf({ options: chosen }: Message): { start: Instant; end: Instant } {
  const start = Number(chosen["start"]);
  const lasts = chosen["duration"] === undefined ? hours(1) : (parseDuration(String(chosen["duration"])) ?? 0);
  return { start, end: chosen["end"] === undefined ? start + lasts : Number(chosen["end"]) };
}

const dayOf = (date: unknown): Instant => Date.parse(`${date}T00:00:00Z`);

function isDate(date: unknown): boolean {
  const text = String(date);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(dayOf(text)) && toTimestamp(dayOf(text)).startsWith(text);
}

function dayAfter(date: string): string {
  return toTimestamp(dayOf(date) + hours(24)).slice(0, 10);
}

export function problemsOf(message: Message): string[] {
  const { options: chosen } = message;
  return [...timeProblems(message), ...otherProblems(chosen)];
}

function timeProblems(message: Message): string[] {
  const { start, end, duration, date, "last-date": last } = message.options;
  if (start === undefined && date === undefined) {
    return ["it is not said when (--option google-calendar.start=TIME, or google-calendar.date=DAY)"];
  }
  if (date === undefined) {
    if (last !== undefined) return ["last-date goes with date; with start it is end"];
    if (end !== undefined && duration !== undefined) return ["end and duration exclude each other"];
    if (duration !== undefined && parseDuration(String(duration)) === null) {
      return [`the duration "${duration}" is none: 90m, 2h, 3d`];
    }
    const span = spanOf(message);
    return span.end > span.start ? [] : ["it ends before it begins"];
  }
  const other = Object.entries({ start, end, duration }).find(([, value]) => value !== undefined);
  if (other) return [`${other[0]} and date exclude each other: with date it lasts whole days`];
  const bad = [date, last ?? date].find((each) => !isDate(each));
  if (bad !== undefined) return [`"${bad}" is no day: 2026-12-24`];
  return dayOf(last ?? date) < dayOf(date) ? ["last-date is before date"] : [];
}

function otherProblems(chosen: Message["options"]): string[] {
  const { "time-zone": zone, repeat, attendees } = chosen;
  return [
    ...(zone === undefined || isZone(String(zone)) ? [] : [`"${zone}" is no time zone: Europe/Berlin`]),
    ...(repeat === undefined || /^RRULE:[A-Z0-9=;,:+-]+$/.test(String(repeat))
      ? []
      : [`"${repeat}" is no rule: RRULE:FREQ=WEEKLY;COUNT=4`]),
    ...addressesOf(String(attendees ?? "")).problems,
  ];
}

function isZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return true;
  } catch {
    return false;
  }
}
