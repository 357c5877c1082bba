/** What refusals mean: by their status first, since the words are in the account's language. https://docs.joinmastodon.org/entities/Error */
import type { Instant } from "../../domain/time.ts";
import type { FailureRule, Pace, PlatformError } from "../platform.ts";

export const failures: readonly FailureRule[] = [
  { status: 401, is: "reauth" },
  {
    status: 403,
    message: /outside the authorized scopes/i,
    is: "scope",
    hint: "allow all of it: agencyiq connect mastodon --instance SERVER",
  },
  {
    status: 403,
    message: /login is currently (disabled|pending)|confirmed e-?mail|pending approval/i,
    is: "permission",
    hint: "sign in at the server in a browser: it says what it wants of the account",
  },
  { status: 403, is: "permission" },
  { status: 404, is: "gone", say: "there is nothing like that" },
  { status: 410, is: "gone", say: "it is gone" },
  {
    status: 422,
    message: /not finished processing/i,
    is: "transient",
    say: "a file is still processed",
    wait: () => 5,
  },
  { status: 422, is: "invalid_content" },
  { status: 413, is: "invalid_content", say: "it is too large" },
  { status: 429, is: "rate_limited" },
  // Also of a server that ran out of time, or of what stands before it: the status may be there.
  { status: 503, is: "transient", doubtful: true },
];

/** `{"error": "text"}`; with OAuth's own errors a code, and the text beside it. */
export function errorOf(body: unknown): PlatformError {
  if (typeof body !== "object" || body === null) return {};
  const { error, error_description: description } = body as Readonly<Record<string, unknown>>;
  const message = [error, description].filter((text) => typeof text === "string").join(": ");
  return message === "" ? {} : { message };
}

/** Every answer tells the limit that is nearest; the time of its end is no number (RFC 3339). */
export function paceOf(headers: Readonly<Record<string, string>>, _now: Instant): Pace | null {
  const { "x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset, "x-ratelimit-limit": limit } = headers;
  if (remaining !== "0" || reset === undefined) return null;
  const until = Date.parse(reset);
  return Number.isNaN(until) ? null : { until, why: `its ${limit ?? ""} requests of this time are used up` };
}
