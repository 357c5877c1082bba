import type { ConformanceData } from "../conformance.ts";
import { googleErrors } from "../google.ts";

export const data: ConformanceData = {
  post: { method: "POST", path: "/calendar/v3/calendars/acme%40gmail.com/events" },
  prepared: null,
  externalId: "acme@gmail.com",
  facts: { "time-zone": "Europe/Berlin" },
  draft: { title: "Hello", options: { date: "2026-12-24" } },
  // tokeninfo's word: test/platforms/youtube-tokens.test.ts.
  metElsewhere: ({ code }) => code === "invalid_token",
  errors: {
    ...googleErrors,
    usageLimits: "rate_limited",
    // Looked into with a token that is none.
    duplicate: "delivery_unknown",
    forbiddenForNonOrganizer: "not_permitted",
    requiredAccessLevel: "not_permitted",
    timeRangeEmpty: "content_invalid",
    deleted: "not_found",
    notFound: "not_found",
    missingEnd: "content_invalid",
    invalidId: "content_invalid",
    invalidAttendee: "content_invalid",
  },
};
