/** What DEV refuses: `{"error": "in words", "status": 422}`. */
import type { FailureRule, PlatformError } from "../platform.ts";

export const failures: readonly FailureRule[] = [
  {
    status: 401,
    is: "reauth",
    say: "the API key is not known any more",
    hint: "make one at https://dev.to/settings/extensions, then: agencyiq connect devto",
  },
  {
    status: 403,
    is: "permission",
    hint: "the account may be suspended, or not be of that organization; or DEV turns this network away as a bot",
  },
  { status: 404, is: "gone" },
  {
    status: 422,
    message: /canonical url has already been taken/i,
    is: "duplicate",
    say: "an article of somebody, or a deleted one, has this canonical URL already",
  },
  { status: 422, message: /already been (used|taken)/i, is: "duplicate" },
  { status: 422, is: "invalid_content" },
  { status: 400, is: "invalid_content" },
  { status: 429, is: "rate_limited", wait: 30 },
];

export function errorOf(body: unknown): PlatformError {
  const { error } = (typeof body === "object" && body !== null ? body : {}) as { error?: unknown };
  return { message: typeof error === "string" ? error : undefined };
}
