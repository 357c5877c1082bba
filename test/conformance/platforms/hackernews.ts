import type { ConformanceData } from "../conformance.ts";

/** Each page that the sandbox's Hacker News can give to the form that is sent, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/r" },
  // What was too old is sent anew, once.
  tries: 2,
  prepared: null,
  method: "session",
  token: "acme&b3e19ca5f7a0617ea8f99ca52910e3cec945a73c",
  externalId: "acme",
  draft: { title: "Hello", options: { submit: "form" } },
  errors: {
    "logged-out": "needs_reauth",
    "please-log-in": "needs_reauth",
    "bad-login": "needs_reauth",
    validation: "not_permitted",
    // Refused for good: nothing is submitted again by itself.
    "too-fast": "not_permitted",
    "posting-too-fast": "not_permitted",
    spam: "not_permitted",
    "expired-link": "not_found",
    busy: "rate_limited",
    "title-too-long": "content_invalid",
    "both-blank": "content_invalid",
    "title-blank": "content_invalid",
    "unknown-page": "delivery_unknown",
    "internal-error": "delivery_unknown",
  },
};
