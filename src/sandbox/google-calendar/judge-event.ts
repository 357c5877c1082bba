/** What Google refuses of an event that is to be made. https://developers.google.com/workspace/calendar/api/v3/reference/events/insert */
import { calendarErrors, invalid } from "./errors.ts";

interface When {
  readonly date?: string;
  readonly dateTime?: string;
  readonly timeZone?: string;
}

export interface GivenEvent {
  readonly id?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly location?: string;
  readonly start?: When;
  readonly end?: When;
  readonly attendees?: readonly { readonly email?: string }[];
  readonly recurrence?: readonly string[];
  readonly visibility?: string;
  readonly transparency?: string;
  readonly conferenceData?: { readonly createRequest?: { readonly requestId?: string } };
}

const words: readonly (readonly [keyof GivenEvent, readonly string[]])[] = [
  ["visibility", ["default", "public", "private", "confidential"]],
  ["transparency", ["opaque", "transparent"]],
];

export function refusedEvent(event: GivenEvent): Response | null {
  const { id, attendees = [], recurrence } = event;
  if (id !== undefined && !/^[a-v0-9]{5,1024}$/.test(id)) return calendarErrors.invalidId();
  const wrongTime = refusedTimes(event);
  if (wrongTime) return wrongTime;
  if (attendees.some(({ email }) => !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email ?? ""))) {
    return calendarErrors.invalidAttendee();
  }
  if (recurrence?.some((rule) => !/^(RRULE|EXRULE|RDATE|EXDATE)[:;]/.test(rule)))
    return invalid("Invalid recurrence rule.");
  if (recurrence && event.start?.dateTime !== undefined && event.start.timeZone === undefined) {
    return invalid("Missing time zone definition for start time.", "required");
  }
  const wrong = words.find(([name, known]) => event[name] !== undefined && !known.includes(String(event[name])));
  return wrong ? invalid(`Invalid value for: ${String(event[wrong[0]])} is not a valid value`) : null;
}

function refusedTimes({ start, end }: GivenEvent): Response | null {
  if (!start) return invalid("Missing start time.", "required");
  if (!end) return calendarErrors.missingEnd();
  if ((start.date === undefined) !== (end.date === undefined))
    return invalid("The start and end times must both be dates or both be times.");
  const [from, to] = [instantOf(start), instantOf(end)];
  if (from === null || to === null) return invalid("Invalid value for: Invalid format");
  return to > from ? null : calendarErrors.timeRangeEmpty();
}

/** RFC 3339, with an offset or a zone. */
function instantOf({ date, dateTime, timeZone }: When): number | null {
  if (date !== undefined)
    return /^\d{4}-\d\d-\d\d$/.test(date) && dateTime === undefined ? told(`${date}T00:00:00Z`) : null;
  if (timeZone !== undefined && !Intl.supportedValuesOf("timeZone").concat("UTC").includes(timeZone)) return null;
  const [, wall, offset] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/.exec(dateTime ?? "") ?? [];
  if (wall === undefined || (offset === undefined && timeZone === undefined)) return null;
  return told(`${wall}${offset ?? "Z"}`);
}

function told(text: string): number | null {
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? null : instant;
}
