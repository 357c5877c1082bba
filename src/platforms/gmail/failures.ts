/** Gmail's own errors, before those of all of Google's APIs. https://developers.google.com/gmail/api/guides/handle-errors */
import { hours, type Instant } from "../../domain/time.ts";
import { googleFailures } from "../google/failures.ts";
import type { FailureRule, PlatformError } from "../platform.ts";

/** `User-rate limit exceeded. Retry after 2026-11-21T15:00:00.000Z`; a minute where no time can be read. */
function untilToldTime(now: Instant, { message = "" }: PlatformError): number {
  const told = Date.parse(/retry after (\d{4}-\d\d-\d\dT\S+)/i.exec(message)?.[1] ?? "");
  return Number.isNaN(told) ? 60 : (told - now) / 1000;
}

export const failures: readonly FailureRule[] = [
  // Mail is not sent once for a key, and nothing can be looked up: what broke, in whatever way, may have sent it.
  { status: 503, is: "transient", doubtful: true },
  { message: /retry after \d/i, is: "rate_limited", wait: untilToldTime },
  {
    message: /mail sending/i,
    is: "rate_limited",
    say: "the account has sent as much mail as it may in a day",
    wait: hours(24) / 1000,
  },
  {
    code: "domainPolicy",
    is: "permission",
    say: "the administrator of the Workspace does not let this app in",
    hint: "ask them to allow it: Admin console, Security, API controls",
  },
  {
    message: /mail service not enabled/i,
    is: "permission",
    say: "this Google account has no Gmail",
    hint: "connect another one: agencyiq connect gmail",
  },
  { status: 413, is: "invalid_content", say: "the message is larger than Gmail sends" },
  ...googleFailures("gmail"),
  { status: 401, is: "reauth" },
  { status: 429, is: "rate_limited" },
  { status: 403, is: "permission" },
  { status: 404, is: "gone" },
  { status: 400, is: "invalid_content" },
];
