import type { ConformanceData } from "../conformance.ts";

/** Each error the sandbox's DEV can give to the request that makes an article public, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "PUT", path: "/api/articles/900001" },
  prepared: { id: 900_001, existed: false },
  method: "api-key",
  draft: { title: "Hello" },
  errors: {
    unauthorized: "needs_reauth",
    forbidden: "not_permitted",
    "not-found": "not_found",
    "bad-request": "content_invalid",
    "canonical-url-taken": "duplicate_content",
    "title-just-used": "duplicate_content",
    "param-missing": "content_invalid",
    "not-an-object": "content_invalid",
    "too-many-tags": "content_invalid",
    "rate-limit": "rate_limited",
    // A request that met this may have been carried out.
    "internal-error": "delivery_unknown",
  },
};
