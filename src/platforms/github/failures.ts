/** What GitHub's refusals mean. https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api */
import type { Pace } from "../../domain/pace.ts";
import type { Instant } from "../../domain/time.ts";
import type { FailureRule, PlatformError } from "../platform.ts";

export const failures: readonly FailureRule[] = [
  { message: /secondary rate limit/i, is: "rate_limited", wait: 60 },
  { message: /API rate limit exceeded/i, is: "rate_limited" },
  { status: 429, is: "rate_limited" },
  { type: "RATE_LIMITED", is: "rate_limited" },
  // "This may be the result of a timeout": with status 200, and of a mutation that may have been carried out.
  { message: /something went wrong while executing/i, is: "transient", doubtful: true },
  {
    message: /SAML enforcement/i,
    is: "permission",
    say: "the organization wants single sign-on for this token",
    hint: "allow it beside the token at https://github.com/settings/tokens, or Configure SSO at https://github.com/settings/applications",
  },
  { status: 401, is: "reauth" },
  { type: "INSUFFICIENT_SCOPES", is: "scope", say: "the connection lacks a scope" },
  {
    message: /not accessible by/i,
    is: "permission",
    say: "the token lacks a permission for this repository, or the app is not installed there",
    hint: "docs/platforms/github.md lists the permissions",
  },
  { code: "already_exists", is: "duplicate", say: "there is a release of this tag already" },
  { type: "NOT_FOUND", is: "gone", say: "there is no such repository or discussion, or this account may not see it" },
  { status: 404, is: "gone", say: "there is no such thing, or this account may not write there" },
  { status: 410, is: "permission", say: "this is switched off in the repository" },
  { status: 451, is: "permission", say: "the repository is blocked" },
  { type: "FORBIDDEN", is: "permission" },
  { status: 403, is: "permission" },
  { status: 413, is: "invalid_content", say: "it is too large" },
  { status: 422, is: "invalid_content" },
  { status: 400, is: "invalid_content" },
  // Of what stands before it, too: it may have been done.
  { status: 503, is: "transient", doubtful: true },
];

interface ErrorBody {
  readonly message?: string;
  readonly errors?: readonly { readonly code?: string; readonly type?: string; readonly message?: string }[];
  /** The token endpoint's (RFC 6749 section 5.2). */
  readonly error?: string;
  readonly error_description?: string;
}

/** REST says `{message, errors: [{code}]}`, GraphQL `{errors: [{type, message}]}`. */
export function errorOf(body: unknown): PlatformError {
  const {
    message,
    errors = [],
    error,
    error_description: described,
  } = (typeof body === "object" && body !== null ? body : {}) as ErrorBody;
  const [first] = errors;
  return { code: first?.code ?? error, type: first?.type, message: first?.message ?? message ?? described };
}

/** GraphQL tells its errors with 200: also those of a part of an answer beside what was done. */
export function statusOf(status: number, body: unknown): number {
  if (status !== 200 || typeof body !== "object" || body === null || !("errors" in body)) return status;
  const { errors, data } = body as {
    readonly errors: unknown;
    readonly data?: Readonly<Record<string, unknown>> | null;
  };
  const isDone = Object.values(data ?? {}).some((each) => each !== null);
  return Array.isArray(errors) && errors.length > 0 && !isDone ? 422 : status;
}

/** Nothing is asked for until an hour's requests begin anew. */
export function paceOf(headers: Readonly<Record<string, string>>, now: Instant): Pace | null {
  if (headers["x-ratelimit-remaining"] !== "0") return null;
  const until = Number(headers["x-ratelimit-reset"]) * 1000;
  return until > now ? { until, why: "the requests of this hour are used up" } : null;
}
