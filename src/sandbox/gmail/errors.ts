/** Gmail's own errors, in its words. https://developers.google.com/gmail/api/guides/handle-errors */
import { type GoogleError, googleError, googleErrors } from "../google/errors.ts";

const invalid = (message: string): GoogleError => ({
  code: 400,
  reason: "invalidArgument",
  message,
  status: "INVALID_ARGUMENT",
});

const rows = {
  recipientRequired: invalid("Recipient address required"),
  invalidToHeader: invalid("Invalid To header"),
  invalidCcHeader: invalid("Invalid Cc header"),
  invalidBccHeader: invalid("Invalid Bcc header"),
  rawRequired: invalid("'raw' RFC822 payload message string or uploading message via /upload/* URL required"),
  delegationDenied: { code: 403, reason: "forbidden", message: "Delegation denied", status: "PERMISSION_DENIED" },
  domainPolicy: {
    code: 403,
    reason: "domainPolicy",
    domain: "global",
    message: "The domain administrators have disabled Gmail apps.",
  },
  mailServiceNotEnabled: {
    code: 400,
    reason: "failedPrecondition",
    message: "Mail service not enabled",
    status: "FAILED_PRECONDITION",
  },
  retryAfter: {
    code: 429,
    reason: "rateLimitExceeded",
    domain: "usageLimits",
    message: "User-rate limit exceeded.  Retry after 2026-12-01T09:30:00.000Z",
    status: "RESOURCE_EXHAUSTED",
  },
  mailSendingLimit: {
    code: 429,
    reason: "rateLimitExceeded",
    domain: "usageLimits",
    message: "User-rate limit exceeded (Mail sending)",
    status: "RESOURCE_EXHAUSTED",
  },
  tooLarge: { code: 413, reason: "uploadTooLarge", message: "Request Too Large" },
} as const satisfies Record<string, GoogleError>;

const own = Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, () => googleError(row)]));

export const gmailErrors = { ...googleErrors, ...own } as typeof googleErrors &
  Record<keyof typeof rows, () => Response>;
