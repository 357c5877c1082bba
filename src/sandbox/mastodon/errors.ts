/** Mastodon's error bodies: a text, whatever went wrong. https://docs.joinmastodon.org/entities/Error */

export function mastodonError(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify({ error }), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
  });
}

export const invalid = (problem: string): Response => mastodonError(422, `Validation failed: ${problem}`);

/** As Doorkeeper says it. */
export const oauthErrors = {
  invalid_client: [
    401,
    "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method.",
  ],
  invalid_grant: [
    400,
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.",
  ],
  invalid_scope: [400, "The requested scope is invalid, unknown, or malformed."],
  invalid_request: [
    400,
    "The request is missing a required parameter, includes an unsupported parameter value, or is otherwise malformed.",
  ],
  unsupported_grant_type: [400, "The authorization grant type is not supported by the authorization server."],
  unauthorized_client: [403, "You are not authorized to revoke this token"],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export function oauthError(error: keyof typeof oauthErrors): Response {
  const [status, description] = oauthErrors[error];
  return new Response(JSON.stringify({ error, error_description: description }), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
  });
}

const windows = { limit: "300", remaining: "0" };

export function throttled(reset: Date, { limit, remaining } = windows): Response {
  return mastodonError(429, "Too many requests", {
    "x-ratelimit-limit": limit,
    "x-ratelimit-remaining": remaining,
    "x-ratelimit-reset": reset.toISOString(),
  });
}

/** The error table, by names that a fault can be ordered under. */
export const mastodonErrors = {
  "token-invalid-here": () => mastodonError(401, "The access token is invalid"),
  "token-revoked": () => mastodonError(401, "The access token was revoked"),
  "user-required": () => mastodonError(401, "This method requires an authenticated user"),
  "scope-missing": () => mastodonError(403, "This action is outside the authorized scopes"),
  "login-disabled": () => mastodonError(403, "Your login is currently disabled"),
  "email-unconfirmed": () => mastodonError(403, "Your login is missing a confirmed e-mail address"),
  "approval-pending": () => mastodonError(403, "Your login is currently pending approval"),
  forbidden: () => mastodonError(403, "This action is not allowed"),
  "not-found": () => mastodonError(404, "Record not found"),
  gone: () => mastodonError(410, "This page is gone"),
  "too-large": () => mastodonError(413, "Request Entity Too Large"),
  "too-long": () => invalid("Text character limit of 500 exceeded"),
  blank: () => invalid("Text can't be blank"),
  "type-invalid": () => invalid("File content type is invalid"),
  "not-processed": () =>
    mastodonError(422, "Cannot attach files that have not finished processing. Try again in a moment!"),
  // With a time that is over: nothing here knows what time it is.
  throttled: () => throttled(new Date(0)),
  unavailable: () => mastodonError(503, "Service Unavailable"),
  "remote-unavailable": () => mastodonError(503, "Remote data could not be fetched"),
  "internal-error": () => mastodonError(500, "We're sorry, but something went wrong on our end."),
  "thumbnail-failed": () => mastodonError(500, "Error processing thumbnail for uploaded media"),
  "bad-gateway": () => mastodonError(502, "Bad Gateway"),
} as const satisfies Record<string, () => Response>;

const usual: Readonly<Record<number, () => Response>> = {
  401: mastodonErrors["token-invalid-here"],
  403: mastodonErrors.forbidden,
  404: mastodonErrors["not-found"],
  410: mastodonErrors.gone,
  413: mastodonErrors["too-large"],
  422: mastodonErrors.blank,
  500: mastodonErrors["internal-error"],
  502: mastodonErrors["bad-gateway"],
  503: mastodonErrors.unavailable,
};

export function answerStatus(status: number, path: string, reset: Date): Response {
  if (status === 429) return throttled(reset);
  if (path.startsWith("/oauth/") && status === 400) return oauthError("invalid_grant");
  if (path.startsWith("/oauth/") && status === 401) return oauthError("invalid_client");
  return usual[status]?.() ?? mastodonError(status, `HTTP ${status}`);
}
