import type { ConformanceData } from "../conformance.ts";

/** Each error the sandbox's Tumblr can give to the request that posts, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/v2/blog/t:acme/posts" },
  prepared: { before: [] },
  externalId: "t:acme",
  facts: { blog: "acme" },
  errors: {
    unauthorized: "needs_reauth",
    "content-invalid": "content_invalid",
    "reblog-invalid": "not_found",
    "media-invalid": "content_invalid",
    "layout-invalid": "content_invalid",
    "bad-request": "content_invalid",
    "photo-limit": "rate_limited",
    "video-limit": "rate_limited",
    "post-limit": "rate_limited",
    "queue-full": "not_permitted",
    transcoding: "rate_limited",
    "video-in-reblog": "content_invalid",
    forbidden: "not_permitted",
    "not-found": "not_found",
    "too-large": "content_invalid",
    "limit-exceeded": "rate_limited",
    "posting-disabled": "platform_fault",
    // A post that met these may be public.
    "upload-failed": "delivery_unknown",
    "upload-broke": "delivery_unknown",
    "internal-error": "delivery_unknown",
  },
};
