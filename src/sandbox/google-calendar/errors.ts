/** Google Calendar's own errors, in its words. https://developers.google.com/workspace/calendar/api/guides/errors */
import { type GoogleError, googleError, googleErrors } from "../google/errors.ts";

const rows = {
  usageLimits: {
    code: 403,
    reason: "quotaExceeded",
    domain: "usageLimits",
    message: "Calendar usage limits exceeded.",
  },
  duplicate: { code: 409, reason: "duplicate", message: "The requested identifier already exists." },
  forbiddenForNonOrganizer: {
    code: 403,
    reason: "forbiddenForNonOrganizer",
    domain: "calendar",
    message: "Shared properties can only be changed by the organizer of the event.",
  },
  requiredAccessLevel: {
    code: 403,
    reason: "requiredAccessLevel",
    domain: "calendar",
    message: "You need to have writer access to this calendar.",
  },
  timeRangeEmpty: {
    code: 400,
    reason: "timeRangeEmpty",
    domain: "calendar",
    message: "The specified time range is empty.",
  },
  deleted: { code: 410, reason: "deleted", message: "Resource has been deleted" },
  notFound: { code: 404, reason: "notFound", message: "Not Found" },
  missingEnd: { code: 400, reason: "required", message: "Missing end time." },
  invalidId: { code: 400, reason: "invalid", message: "Invalid resource id value." },
  invalidAttendee: { code: 400, reason: "invalid", message: "Invalid attendee email." },
} as const satisfies Record<string, GoogleError>;

const own = Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, () => googleError(row)]));

export const calendarErrors = { ...googleErrors, ...own } as typeof googleErrors &
  Record<keyof typeof rows, () => Response>;

export function invalid(message: string, reason: "invalid" | "required" = "invalid"): Response {
  return googleError({ code: 400, reason, message });
}
