import type { ConformanceData } from "../conformance.ts";

/** What relays say in place of taking an event: words with a code before the colon. */
export const data: ConformanceData = {
  post: { method: "EVENT", path: "/relay.example.com" },
  method: "key",
  token: "7f4c11a9fd8c3b1a9f9b3b2b7a1a0e5d7b9d1c3f5a7e9b1d3f5a7c9e1b3d5f70",
  facts: { relays: "wss://relay.example.com" },
  prepared: {
    event: {
      id: "0".repeat(64),
      pubkey: "0".repeat(64),
      created_at: 1,
      kind: 1,
      tags: [],
      content: "hello",
      sig: "0".repeat(128),
    },
  },
  // A relay says what it says in words, and not by a status.
  errors: {
    "rate-limited": "rate_limited",
    pow: "not_permitted",
    blocked: "not_permitted",
    restricted: "not_permitted",
    "auth-required": "not_permitted",
    invalid: "content_invalid",
    error: "platform_fault",
    "without-prefix": "platform_fault",
  },
};
