import type { ConformanceData } from "../conformance.ts";

/** Each error the sandbox's Bluesky can give to the request that puts a post, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "POST", path: "/xrpc/com.atproto.repo.putRecord" },
  method: "app-password",
  instance: "https://morel.us-east.host.bsky.network",
  externalId: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
  prepared: { did: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", keyFrom: 1_700_000_000_000, record: {} },
  errors: {
    "expired-token": "needs_reauth",
    "invalid-token": "needs_reauth",
    "invalid-token-bound": "needs_reauth",
    "auth-missing": "needs_reauth",
    "wrong-password": "needs_reauth",
    "authentication-required": "needs_reauth",
    "factor-required": "not_permitted",
    "account-takedown": "not_permitted",
    "account-deactivated": "not_permitted",
    "scope-missing": "scope_missing",
    "scope-missing-in-words": "scope_missing",
    "rate-limit": "rate_limited",
    "mime-type": "content_invalid",
    "blob-size": "content_invalid",
    "blob-too-large": "content_invalid",
    "payload-too-large": "content_invalid",
    "record-not-found": "not_found",
    "repo-not-found": "not_found",
    "invalid-swap": "duplicate_content",
    "too-long": "content_invalid",
    // A post that met these may be out.
    "upstream-failure": "delivery_unknown",
    "internal-error": "delivery_unknown",
    unavailable: "platform_fault",
    forbidden: "not_permitted",
  },
};
