/** What LinkedIn's refusals mean. https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling */
import { days, type Instant } from "../../domain/time.ts";
import type { FailureRule, PlatformError } from "../platform.ts";

/** LinkedIn names no time: its days begin at 00:00 UTC (seconds until then). */
const untilMidnight = (now: Instant): number => (days(1) - (now % days(1))) / 1000;

export const failures: readonly FailureRule[] = [
  {
    status: 426,
    is: "app",
    say: "this version of LinkedIn's API has ended",
    hint: "a newer agencyiq speaks a newer one; until then: AGENCYIQ_LINKEDIN_API_VERSION=YYYYMM, a month of which LinkedIn says that it lives",
  },
  { type: "VERSION_MISSING", is: "app", say: "the request named no version of the API" },
  { type: "DUPLICATE_POST", is: "duplicate", say: "LinkedIn has this very post already" },
  {
    type: "RESTRICTED_MEMBER",
    is: "permission",
    say: "LinkedIn has restricted this member",
    hint: "see https://www.linkedin.com",
  },
  { type: "65608", is: "permission", say: "LinkedIn has restricted this member", hint: "see https://www.linkedin.com" },
  { status: 401, is: "reauth" },
  {
    type: "ACCESS_DENIED",
    is: "permission",
    say: "the app lacks the product or scope for it, or the member the role at the Page",
    hint: "agencyiq setup linkedin names the products; connect again after adding one",
  },
  { status: 403, is: "permission" },
  { status: 404, is: "gone", say: "there is nothing like that" },
  { status: 429, is: "rate_limited", say: "the requests of this day are used up", wait: untilMidnight },
  { status: 503, is: "transient" },
  { status: 422, is: "invalid_content" },
  { status: 413, is: "invalid_content", say: "it is too large" },
  { status: 400, is: "invalid_content" },
];

interface ErrorBody {
  readonly message?: string;
  readonly code?: string;
  readonly serviceErrorCode?: number;
  readonly errorDetails?: { readonly inputErrors?: readonly InputError[] };
  readonly error?: string;
  readonly error_description?: string;
}

interface InputError {
  readonly code?: string;
  readonly description?: string;
}

/** `type`: every name that the body has for it. The Java class in front of a message is nobody's business. */
export function errorOf(body: unknown): PlatformError {
  if (typeof body !== "object" || body === null) return {};
  const { message, code, serviceErrorCode, errorDetails, error, error_description: description } = body as ErrorBody;
  const inputErrors = errorDetails?.inputErrors ?? [];
  const names = [code, serviceErrorCode, ...inputErrors.map((each) => each.code), error];
  const words = [
    message?.replace(/^[\w.]+Exception: /, ""),
    ...inputErrors.map((each) => each.description),
    description,
  ];
  return {
    code: code ?? serviceErrorCode ?? error,
    type: names.filter((name) => name !== undefined).join(" "),
    message: words.filter(Boolean).join("; ") || undefined,
  };
}
