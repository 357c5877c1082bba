import type { ConformanceData } from "../conformance.ts";

/** Each error the sandbox's TikTok can give to the request that posts pictures, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/v2/post/publish/content/init/" },
  prepared: { kind: "photos", request: {}, username: "acme", public: false, post: "photo post 1" },
  // What a status tells later is none of a request's answers.
  otherErrors: /^failed-/,
  errors: {
    "access-token-invalid": "needs_reauth",
    "access-token-invalid-with-200": "needs_reauth",
    "scope-not-authorized": "scope_missing",
    "scope-permission-missed": "scope_missing",
    "rate-limit": "rate_limited",
    "rate-limit-with-200": "rate_limited",
    "too-many-posts": "rate_limited",
    "too-many-pending": "rate_limited",
    "active-user-cap": "rate_limited",
    banned: "not_permitted",
    spam: "not_permitted",
    "spam-text": "content_invalid",
    unaudited: "app_refused",
    "privacy-level": "not_permitted",
    "url-ownership": "app_refused",
    "invalid-param": "content_invalid",
    "invalid-params": "content_invalid",
    "invalid-params-with-200": "content_invalid",
    "invalid-file": "content_invalid",
    "app-version": "not_permitted",
    "unknown-publish-id": "not_found",
    "foreign-publish-id": "not_permitted",
    // A post that met these may be out.
    "internal-error": "delivery_unknown",
    "internal-error-with-200": "delivery_unknown",
  },
};
