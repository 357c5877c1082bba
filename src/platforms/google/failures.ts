/** What the errors of Google's APIs say and mean. https://cloud.google.com/apis/design/errors, and the `reason` of the older ones */
import { hours, type Instant } from "../../domain/time.ts";
import { meaningOf, wallTime } from "../../domain/zoned-time.ts";
import type { FailureRule, PlatformError } from "../platform.ts";

interface ErrorBody {
  readonly error?:
    | string
    | {
        readonly message?: string;
        readonly status?: string;
        readonly errors?: readonly { readonly reason?: string; readonly message?: string }[];
        readonly details?: readonly { readonly reason?: string }[];
      };
  readonly error_description?: string;
}

/** `code` is the first reason given; `type` holds all of them and the status: `forbidden PERMISSION_DENIED …`. */
export function googleErrorOf(body: unknown): PlatformError {
  const { error, error_description: description } = (
    typeof body === "object" && body !== null ? body : {}
  ) as ErrorBody;
  // The token endpoint and tokeninfo (RFC 6749 section 5.2).
  if (typeof error === "string") return { code: error, message: description ?? error };
  if (!error) return {};
  const { errors = [], details = [], status, message } = error;
  const reasons = [...errors, ...details].flatMap(({ reason }) => reason ?? []);
  const [code = status] = reasons;
  // Texts are for people who look at a page: without the markup that some of them have.
  const words = (message || errors[0]?.message)?.replace(/<[^>]*>/g, "");
  return { code, type: [...reasons, status].filter(Boolean).join(" "), message: words };
}

/** Quotas of Google's APIs begin anew at midnight there, whatever the clocks do meanwhile (seconds). */
export function untilPacificMidnight(now: Instant): number {
  const zone = "America/Los_Angeles";
  const wall = wallTime(now, zone);
  const midnight = (Math.floor(wall / hours(24)) + 1) * hours(24);
  const meaning = meaningOf(midnight, zone);
  const at = meaning.kind === "twice" ? meaning.first : meaning.instant;
  return Math.ceil((at - now) / 1000);
}

/** The rows that mean the same in all of Google's APIs. `id`: the platform's, for what its owner is to type. */
export function googleFailures(id: string): readonly FailureRule[] {
  const again = `agencyiq connect ${id}`;
  const scope: Pick<FailureRule, "is" | "say" | "hint"> = {
    is: "scope",
    say: "the connection lacks a permission",
    hint: `tick every box on Google's page: ${again}`,
  };
  const quota: Pick<FailureRule, "is" | "say" | "wait"> = {
    is: "rate_limited",
    say: "the project's quota of the day is used up; it begins anew at midnight Pacific time",
    wait: untilPacificMidnight,
  };
  const disabled: Pick<FailureRule, "is" | "say" | "hint"> = {
    is: "app",
    say: "the API is not enabled in the project",
    hint: "enable it at https://console.cloud.google.com/apis/library, and wait a few minutes",
  };
  return [
    { type: "ACCESS_TOKEN_SCOPE_INSUFFICIENT", ...scope },
    { code: "insufficientPermissions", ...scope },
    { type: "SERVICE_DISABLED", ...disabled },
    { code: "accessNotConfigured", ...disabled },
    { code: "quotaExceeded", ...quota },
    { code: "dailyLimitExceeded", ...quota },
    { code: "rateLimitExceeded", is: "rate_limited" },
    { code: "userRateLimitExceeded", is: "rate_limited" },
    { type: "RATE_LIMIT_EXCEEDED", is: "rate_limited" },
    { code: "backendError", is: "transient" },
    { code: "internalError", is: "transient" },
    { code: "invalid_token", is: "reauth" },
    { code: "authError", is: "reauth" },
    { type: "UNAUTHENTICATED", is: "reauth" },
  ];
}
