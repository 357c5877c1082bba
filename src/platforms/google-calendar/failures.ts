/** Google Calendar's own errors, before those of all of Google's APIs. https://developers.google.com/workspace/calendar/api/guides/errors */
import { hours } from "../../domain/time.ts";
import { googleFailures } from "../google/failures.ts";
import type { FailureRule } from "../platform.ts";

export const failures: readonly FailureRule[] = [
  {
    message: /calendar usage limits/i,
    is: "rate_limited",
    say: "too many events or invitations in a short time",
    wait: hours(6) / 1000,
  },
  { code: "duplicate", is: "duplicate" },
  { code: "forbiddenForNonOrganizer", is: "permission", say: "only the organizer may change it" },
  {
    code: "requiredAccessLevel",
    is: "permission",
    say: "the calendar may be read only",
    hint: "ask its owner for the right to make changes to events",
  },
  { code: "timeRangeEmpty", is: "invalid_content", say: "it ends before it begins" },
  { code: "deleted", is: "gone" },
  { code: "notFound", is: "gone", say: "there is no such calendar, or it is not shared with this account any more" },
  ...googleFailures("google-calendar"),
  { status: 401, is: "reauth" },
  { status: 429, is: "rate_limited" },
  { status: 403, is: "permission" },
  { status: 404, is: "gone" },
  { status: 400, is: "invalid_content" },
];
