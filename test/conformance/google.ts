/** What the errors of all of Google's APIs mean, as its twins name them. */
export const googleErrors = {
  unauthenticated: "needs_reauth",
  "unauthenticated-newer": "needs_reauth",
  "scope-insufficient": "scope_missing",
  "insufficient-permissions": "scope_missing",
  "service-disabled": "app_refused",
  "access-not-configured": "app_refused",
  "quota-exceeded": "rate_limited",
  "daily-limit": "rate_limited",
  "rate-limit": "rate_limited",
  "user-rate-limit": "rate_limited",
  "too-many-requests": "rate_limited",
  "too-many-requests-newer": "rate_limited",
  forbidden: "not_permitted",
  "bad-request": "content_invalid",
  "not-found": "not_found",
  "backend-error": "platform_fault",
  unavailable: "platform_fault",
  // What was to be done may have been done.
  "backend-error-500": "delivery_unknown",
  "internal-error": "delivery_unknown",
} as const;
