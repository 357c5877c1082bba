import type { ConformanceData } from "../conformance.ts";

export const data: ConformanceData = {
  post: { method: "POST", path: "/helix/chat/announcements" },
  prepared: undefined,
  externalId: "123",
  facts: { login: "acme" },
  errors: {
    "token-invalid": "needs_reauth",
    "token-missing": "needs_reauth",
    "client-id-missing": "needs_reauth",
    "client-mismatch": "app_refused",
    "scope-missing": "scope_missing",
    "user-mismatch": "not_permitted",
    "bad-request": "content_invalid",
    "failed-review": "content_invalid",
    forbidden: "not_permitted",
    "not-found": "not_found",
    conflict: "rate_limited",
    "message-too-large": "content_invalid",
    "too-many-requests": "rate_limited",
    // It may have been said.
    "server-error": "delivery_unknown",
    unavailable: "platform_fault",
  },
};
