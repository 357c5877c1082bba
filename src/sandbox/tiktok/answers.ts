/** TikTok's bodies: `data` and `error` side by side, "ok" where there is none. https://developers.tiktok.com/doc/tiktok-api-v2-error-handling */

const headers = { "content-type": "application/json; charset=utf-8" };

/** Support asks for it; the sandbox has no logs to look into. */
const log_id = "202611210000000000000000SANDBOX0";

/** `numbers`: texts of digits in `data` that TikTok writes as JSON numbers, though no double can hold them. */
export function ok(data: Readonly<Record<string, unknown>>, numbers: readonly string[] = []): Response {
  const body = JSON.stringify({ data, error: { code: "ok", message: "", log_id } });
  const written = numbers.reduce((text, number) => text.replaceAll(`"${number}"`, number), body);
  return new Response(written, { status: 200, headers });
}

const refusal = (status: number, code: string, message: string) => (): Response =>
  new Response(JSON.stringify({ data: {}, error: { code, message, log_id } }), { status, headers });

export const invalidParams = (message: string): Response => refusal(400, "invalid_params", message)();

/** Of an upload that came to nothing; `status/fetch` answers with success. */
const failed = (fail_reason: string) => (): Response =>
  ok({ status: "FAILED", fail_reason, publicaly_available_post_id: [], uploaded_bytes: 0, downloaded_bytes: 0 });

/** `fail_reason`s of https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status */
const failReasons = [
  "file_format_check_failed",
  "duration_check_failed",
  "frame_rate_check_failed",
  "picture_size_check_failed",
  "internal",
  "video_pull_failed",
  "photo_pull_failed",
  "publish_cancelled",
  "auth_removed",
  "spam_risk_too_many_posts",
  "spam_risk_user_banned_from_posting",
  "spam_risk_text",
  "spam_risk",
] as const;

/** TikTok's error table, by names that a fault can be ordered under. */
export const tiktokErrors: Readonly<Record<string, () => Response>> = {
  "access-token-invalid": refusal(
    401,
    "access_token_invalid",
    "The access token is invalid or not found in the request.",
  ),
  "scope-not-authorized": refusal(
    401,
    "scope_not_authorized",
    "The user did not authorize the scope required for completing this request.",
  ),
  "scope-permission-missed": refusal(400, "scope_permission_missed", "Additional scope permission is required."),
  "rate-limit": refusal(429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later."),
  "too-many-posts": refusal(
    403,
    "spam_risk_too_many_posts",
    "The daily post cap from the API is reached for the current user.",
  ),
  "too-many-pending": refusal(
    403,
    "spam_risk_too_many_pending_share",
    "There may be at most 5 pending shares within any 24-hour period.",
  ),
  banned: refusal(403, "spam_risk_user_banned_from_posting", "The user is banned from making new posts."),
  spam: refusal(403, "spam_risk", "The request was taken for spam."),
  "spam-text": refusal(403, "spam_risk_text", "The text was taken for spam."),
  "active-user-cap": refusal(
    403,
    "reached_active_user_cap",
    "The daily quota for active publishing users from your client is reached.",
  ),
  unaudited: refusal(
    403,
    "unaudited_client_can_only_post_to_private_accounts",
    "Unaudited clients can only post to a private account. The publish attempt will be blocked when calling /publish/video/init/ with a public account.",
  ),
  "privacy-level": refusal(
    403,
    "privacy_level_option_mismatch",
    "privacy_level is not specified or not among the options from the /creator_info/query/ API.",
  ),
  "url-ownership": refusal(
    403,
    "url_ownership_unverified",
    "To use PULL_FROM_URL as the media transfer method, the developer must verify the ownership of the URL prefix or domain.",
  ),
  "invalid-param": refusal(400, "invalid_param", "Check the error message for details."),
  "invalid-params": refusal(400, "invalid_params", "The request body is not valid."),
  "invalid-file": refusal(400, "invalid_file_upload", "The file does not meet the specifications."),
  "app-version": refusal(403, "app_version_check_failed", "The target user's TikTok app is older than 31.8."),
  "unknown-publish-id": refusal(400, "invalid_publish_id", "The publish_id does not exist."),
  "foreign-publish-id": refusal(
    403,
    "token_not_authorized_for_specified_publish_id",
    "The access_token was not authorized for the publish_id.",
  ),
  "internal-error": refusal(500, "internal_error", "Something went wrong. Please try again later."),
  // As clients have met them: the same with a status that says success.
  "rate-limit-with-200": refusal(
    200,
    "rate_limit_exceeded",
    "The API rate limit was exceeded. Please try again later.",
  ),
  "invalid-params-with-200": refusal(200, "invalid_params", "The request body is not valid."),
  "access-token-invalid-with-200": refusal(200, "access_token_invalid", "The access token is invalid."),
  "internal-error-with-200": refusal(200, "internal_error", "Something went wrong. Please try again later."),
  // For status/fetch.
  ...Object.fromEntries(failReasons.map((reason) => [`failed-${reason}`, failed(reason)])),
};

/** @throws TypeError for a name that is none */
export function tiktokError(name: string): Response {
  const make = tiktokErrors[name];
  if (!make) throw new TypeError(`TikTok has no error ${name}`);
  return make();
}

/** Of the token and revocation endpoints: flat, and with status 200. */
export const oauthErrorBody = (error: string, error_description: string) => ({ error, error_description, log_id });

const usual: Readonly<Record<number, string>> = {
  400: "invalid-params",
  401: "access-token-invalid",
  403: "banned",
  429: "rate-limit",
  500: "internal-error",
};

/** What TikTok answers with this status: the upload host a bare status, its OAuth endpoints in OAuth's shape. */
export function answerStatus(status: number, path: string): Response {
  if (path.startsWith("/video/")) return new Response(null, { status });
  if (path.startsWith("/v2/oauth/") && status < 500) {
    const body = oauthErrorBody("invalid_request", "The request is not valid.");
    return new Response(JSON.stringify(body), { status: 200, headers });
  }
  const name = usual[status];
  return name ? tiktokError(name) : refusal(status, "internal_error", `HTTP ${status}`)();
}
