import type { ConformanceData } from "../conformance.ts";

/** Each error the sandbox's sites can give to the request that makes a post, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/wp-json/wp/v2/posts" },
  prepared: { images: [], video: null, tags: [], categories: [] },
  method: "application-password",
  token: "acme:any",
  instance: "https://www.bakery.example/wp-json",
  draft: { title: "Hello" },
  // Of files: test/platforms/wordpress-publishing.test.ts.
  metElsewhere: ({ code }) => String(code).startsWith("rest_upload_"),
  errors: {
    "incorrect-password": "needs_reauth",
    "invalid-username": "needs_reauth",
    "passwords-disabled": "needs_reauth",
    "passwords-disabled-for-user": "needs_reauth",
    "not-logged-in": "needs_reauth",
    "cannot-create-anonymously": "needs_reauth",
    "cannot-create": "not_permitted",
    "cannot-publish": "not_permitted",
    forbidden: "not_permitted",
    "no-route": "not_permitted",
    "invalid-id": "not_found",
    "already-trashed": "not_found",
    "invalid-parameter": "content_invalid",
    "empty-content": "content_invalid",
    "too-large": "content_invalid",
    "rate-limit": "rate_limited",
    // A request that met these may have been carried out.
    "upload-unknown": "delivery_unknown",
    "upload-sideload": "delivery_unknown",
    "internal-error": "delivery_unknown",
    "backend-fetch-failed": "delivery_unknown",
  },
};
