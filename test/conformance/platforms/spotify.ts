import type { ConformanceData } from "../conformance.ts";

export const data: ConformanceData = {
  // Nothing is published there: the live check stands for it.
  post: { method: "GET", path: "/v1/me" },
  prepared: null,
  unanswered: "network",
  errors: {
    "token-expired": "needs_reauth",
    "token-invalid": "needs_reauth",
    "scope-insufficient": "scope_missing",
    forbidden: "not_permitted",
    "user-not-registered": "app_refused",
    "quota-exceeded": "rate_limited",
    "too-many-requests": "rate_limited",
    "not-found": "not_found",
    "bad-request": "content_invalid",
    "server-error": "platform_fault",
    "bad-gateway": "platform_fault",
    unavailable: "platform_fault",
  },
};
