/** `{error: "Name", message}` on every XRPC path, as the PDS and its OAuth server answer. https://atproto.com/specs/xrpc#error-responses */
import type { FailureRule, PlatformError } from "../platform.ts";

export const failures: readonly FailureRule[] = [
  { code: "ExpiredToken", is: "reauth" },
  { code: "InvalidToken", is: "reauth" },
  { code: "invalid_token", is: "reauth" },
  { code: "AuthMissing", is: "reauth" },
  {
    code: "AuthFactorTokenRequired",
    is: "permission",
    say: "that is the main password, and a code by e-mail goes with it",
    hint: "make an app password at https://bsky.app/settings/app-passwords, and connect with that: agencyiq connect bluesky",
  },
  {
    code: "AuthenticationRequired",
    message: /identifier or password/i,
    is: "reauth",
    say: "the handle or the app password is wrong",
  },
  { code: "AuthenticationRequired", is: "reauth" },
  { code: "AccountTakedown", is: "permission", say: "the account was taken down", hint: "see https://bsky.app" },
  {
    code: "AccountDeactivated",
    is: "permission",
    say: "the account is deactivated",
    hint: "log in at https://bsky.app",
  },
  { code: "ScopeMissingError", is: "scope" },
  { status: 403, message: /^Missing required scope/i, is: "scope" },
  { code: "RateLimitExceeded", is: "rate_limited" },
  { code: "InvalidMimeType", is: "invalid_content", say: "a file is not of the type that it was sent as" },
  { code: "InvalidSize", is: "invalid_content", say: "a file has not the size that it was sent with" },
  { code: "BlobTooLarge", is: "invalid_content", say: "a file is larger than the server takes" },
  { status: 413, is: "invalid_content", say: "a file is larger than the server takes" },
  { code: "RecordNotFound", is: "gone", say: "there is no such post" },
  { code: "RepoNotFound", is: "gone", say: "there is no such account" },
  { code: "InvalidSwap", is: "duplicate" },
  { code: "UpstreamFailure", is: "transient" },
  { status: 401, is: "reauth" },
  { status: 429, is: "rate_limited" },
  { status: 403, is: "permission" },
  { status: 400, is: "invalid_content" },
];

export function errorOf(body: unknown): PlatformError {
  if (typeof body !== "object" || body === null) return {};
  const { error, message, error_description: description } = body as Readonly<Record<string, unknown>>;
  const words = message ?? description;
  return {
    code: typeof error === "string" ? error : undefined,
    message: typeof words === "string" ? words : undefined,
  };
}
