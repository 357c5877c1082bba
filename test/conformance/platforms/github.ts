import type { ConformanceData } from "../conformance.ts";

/** Each error the sandbox's GitHub can give, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/gists" },
  prepared: null,
  errors: {
    "bad-credentials": "needs_reauth",
    "rate-limit": "rate_limited",
    "secondary-rate-limit": "rate_limited",
    "too-many-requests": "rate_limited",
    "graphql-rate-limit": "rate_limited",
    "graphql-out-of-points": "rate_limited",
    "graphql-timeout": "delivery_unknown",
    saml: "not_permitted",
    "insufficient-scopes": "scope_missing",
    integration: "not_permitted",
    "personal-access-token": "not_permitted",
    "already-exists": "duplicate_content",
    "graphql-not-found": "not_found",
    "graphql-forbidden": "not_permitted",
    "not-found": "not_found",
    gone: "not_permitted",
    "legal-reasons": "not_permitted",
    forbidden: "not_permitted",
    "too-large": "content_invalid",
    unprocessable: "content_invalid",
    "bad-request": "content_invalid",
    // It may have been made all the same.
    "server-error": "delivery_unknown",
    unavailable: "delivery_unknown",
  },
};
