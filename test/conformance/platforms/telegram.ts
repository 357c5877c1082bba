import type { ConformanceData } from "../conformance.ts";

/** Each error the sandbox's Telegram can give to the request that posts a text, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/sendMessage" },
  prepared: { chat: "@acme_news" },
  method: "bot",
  facts: { chat: "@acme_news", type: "channel" },
  errors: {
    unauthorized: "needs_reauth",
    "no-such-bot": "needs_reauth",
    "chat-not-found": "not_permitted",
    "channel-private": "not_permitted",
    kicked: "not_permitted",
    "not-a-member": "not_permitted",
    "no-rights": "not_permitted",
    "need-administrator": "not_permitted",
    "write-forbidden": "not_permitted",
    upgraded: "not_permitted",
    "text-too-long": "content_invalid",
    "caption-too-long": "content_invalid",
    "text-empty": "content_invalid",
    entities: "content_invalid",
    "photo-dimensions": "content_invalid",
    "no-reply-target": "content_invalid",
    "nothing-to-delete": "not_found",
    "not-deletable": "not_permitted",
    "too-large": "content_invalid",
    "too-many-requests": "rate_limited",
    // A post that met this may be out.
    "internal-error": "delivery_unknown",
  },
};
