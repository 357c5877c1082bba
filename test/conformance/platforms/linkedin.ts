import type { ConformanceData } from "../conformance.ts";

/** Each error the sandbox's LinkedIn can give, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/rest/posts" },
  prepared: { author: "urn:li:person:abc", images: [], video: null, document: null, thumbnail: null },
  errors: {
    "access-token-invalid": "needs_reauth",
    "access-token-revoked": "needs_reauth",
    "access-token-expired": "needs_reauth",
    "access-token-missing": "needs_reauth",
    "member-restricted": "not_permitted",
    "member-restricted-by-number": "not_permitted",
    "access-denied": "not_permitted",
    "role-missing": "not_permitted",
    duplicate: "duplicate_content",
    "content-invalid": "content_invalid",
    "body-invalid": "content_invalid",
    "bad-request": "content_invalid",
    "too-large": "content_invalid",
    "version-missing": "app_refused",
    "version-ended": "app_refused",
    "version-deprecated": "app_refused",
    "not-found": "not_found",
    throttled: "rate_limited",
    "throttled-member": "rate_limited",
    unavailable: "platform_fault",
    // A post that met these may be public.
    "internal-error": "delivery_unknown",
    "no-activity": "delivery_unknown",
    "bad-gateway": "delivery_unknown",
    "gateway-timeout": "delivery_unknown",
  },
};
