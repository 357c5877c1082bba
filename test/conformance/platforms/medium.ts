import type { ConformanceData } from "../conformance.ts";

/** Each error the sandbox's Medium can give to the request that makes a story, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/v1/users/1/posts" },
  prepared: { place: "users/1", images: [] },
  method: "integration-token",
  draft: { title: "Hello" },
  errors: {
    "token-invalid": "needs_reauth",
    "token-missing": "needs_reauth",
    "bad-request": "content_invalid",
    forbidden: "not_permitted",
    "bot-page": "not_permitted",
    "not-found": "not_found",
    "rate-limit": "rate_limited",
    // A request that met this may have been carried out.
    "internal-error": "delivery_unknown",
    unavailable: "delivery_unknown",
  },
};
