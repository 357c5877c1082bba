/** What Twitch's authorization server says, in the words of RFC 6749 and RFC 8628. https://dev.twitch.tv/docs/authentication/getting-tokens-oauth */

interface Reply {
  readonly status?: number;
  readonly message?: string;
  readonly scope?: readonly string[] | string;
}

/** By what a refusal's message has in it; the first counts. */
const errors: readonly (readonly [RegExp, string])[] = [
  [/^authorization_pending$/i, "authorization_pending"],
  [/^slow_down$/i, "slow_down"],
  [/access.?denied/i, "access_denied"],
  [/invalid device code/i, "expired_token"],
  [/invalid refresh token/i, "invalid_grant"],
  [/authorization code/i, "invalid_grant"],
  [/redirect/i, "invalid_grant"],
  // Of an app that exists, with no secret or a wrong one; or of none.
  [/client secret/i, "invalid_client"],
  [/invalid client|client does not exist/i, "invalid_client"],
  [/invalid token/i, "invalid_token"],
  [/scope/i, "invalid_scope"],
];

/** Scopes come as a list, errors as `{status, message}`. */
export function readReply(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  const { status, message, scope } = body as Reply;
  if (typeof status === "number" && typeof message === "string") {
    const [, error = "invalid_request"] = errors.find(([words]) => words.test(message)) ?? [];
    return { error, error_description: message };
  }
  return Array.isArray(scope) ? { ...body, scope: scope.join(" ") } : body;
}
