import type { ConformanceData } from "../conformance.ts";

/** Each error that the sandbox's servers can give, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/api/v1/statuses" },
  prepared: { media: [] },
  // The other way in is discovered, and has no endpoints before.
  method: "token",
  instance: "https://mastodon.social",
  errors: {
    "token-invalid-here": "needs_reauth",
    "token-revoked": "needs_reauth",
    "user-required": "needs_reauth",
    "scope-missing": "scope_missing",
    "login-disabled": "not_permitted",
    "email-unconfirmed": "not_permitted",
    "approval-pending": "not_permitted",
    forbidden: "not_permitted",
    "not-found": "not_found",
    gone: "not_found",
    "too-large": "content_invalid",
    "too-long": "content_invalid",
    blank: "content_invalid",
    "type-invalid": "content_invalid",
    "not-processed": "platform_fault",
    throttled: "rate_limited",
    unavailable: "delivery_unknown",
    "remote-unavailable": "delivery_unknown",
    // A status that met these may be public.
    "internal-error": "delivery_unknown",
    "thumbnail-failed": "delivery_unknown",
    "bad-gateway": "delivery_unknown",
  },
};
