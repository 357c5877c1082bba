import type { ConformanceData } from "../conformance.ts";
import { googleErrors } from "../google.ts";

export const data: ConformanceData = {
  post: { method: "POST", path: "/upload/gmail/v1/users/me/messages/send" },
  prepared: null,
  facts: { email: "acme@gmail.com" },
  draft: { title: "Hello", options: { to: "bob@example.com" } },
  // tokeninfo's word: test/platforms/youtube-tokens.test.ts.
  metElsewhere: ({ code }) => code === "invalid_token",
  errors: {
    ...googleErrors,
    "backend-error": "delivery_unknown",
    unavailable: "delivery_unknown",
    recipientRequired: "content_invalid",
    invalidToHeader: "content_invalid",
    invalidCcHeader: "content_invalid",
    invalidBccHeader: "content_invalid",
    rawRequired: "content_invalid",
    delegationDenied: "not_permitted",
    domainPolicy: "not_permitted",
    mailServiceNotEnabled: "not_permitted",
    retryAfter: "rate_limited",
    mailSendingLimit: "rate_limited",
    tooLarge: "content_invalid",
  },
};
