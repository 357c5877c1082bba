/** The error bodies of XRPC, and of the OAuth server. https://atproto.com/specs/xrpc#error-responses */
type Headers = Readonly<Record<string, string>>;

function json(status: number, body: unknown, headers: Headers = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
  });
}

export function xrpcError(status: number, error: string, message: string, headers: Headers = {}): Response {
  return json(status, { error, message }, headers);
}

export function oauthError(status: number, error: string, error_description: string, headers: Headers = {}): Response {
  return json(status, { error, error_description }, headers);
}

export const invalidRequest = (message: string) => xrpcError(400, "InvalidRequest", message);

/** `reset` in Unix seconds. */
export function tooMany(reset: number): Response {
  return xrpcError(429, "RateLimitExceeded", "Rate Limit Exceeded", {
    "ratelimit-limit": "3000",
    "ratelimit-remaining": "0",
    "ratelimit-reset": String(reset),
    "ratelimit-policy": "3000;w=300",
  });
}

const challenge = (error: string) => ({ "www-authenticate": `DPoP error="${error}"` });

export const blueskyErrors = {
  "expired-token": () => xrpcError(400, "ExpiredToken", "Token has expired"),
  "invalid-token": () => xrpcError(400, "InvalidToken", "Token could not be verified"),
  "invalid-token-bound": () =>
    json(401, { error: "invalid_token", message: "Invalid token" }, challenge("invalid_token")),
  "auth-missing": () => xrpcError(401, "AuthMissing", "Authentication Required"),
  "wrong-password": () => xrpcError(401, "AuthenticationRequired", "Invalid identifier or password"),
  "authentication-required": () => xrpcError(401, "AuthenticationRequired", "Authentication Required"),
  "factor-required": () =>
    xrpcError(401, "AuthFactorTokenRequired", "A sign in code has been sent to your email address"),
  "account-takedown": () => xrpcError(401, "AccountTakedown", "Account has been taken down"),
  "account-deactivated": () => xrpcError(403, "AccountDeactivated", "Account is deactivated"),
  "scope-missing": () => xrpcError(403, "ScopeMissingError", 'Missing required scope "repo:app.bsky.feed.post"'),
  "scope-missing-in-words": () =>
    xrpcError(403, "Forbidden", 'Missing required scope "repo:app.bsky.feed.post?action=create"'),
  "rate-limit": () => tooMany(4_000_000_000),
  "mime-type": () =>
    xrpcError(
      400,
      "InvalidMimeType",
      "Referenced Mimetype does not match stored blob. Expected: image/png, Got: image/jpeg",
    ),
  "blob-size": () => xrpcError(400, "InvalidSize", "Referenced Size does not match stored blob. Expected: 1, Got: 2"),
  "blob-too-large": () =>
    xrpcError(400, "BlobTooLarge", "This file is too large. It is 2.5MB but the maximum size is 2MB."),
  "payload-too-large": () => xrpcError(413, "PayloadTooLarge", "request entity too large"),
  "record-not-found": () => xrpcError(400, "RecordNotFound", "Could not locate record"),
  "repo-not-found": () => xrpcError(400, "RepoNotFound", "Could not find repo"),
  "invalid-swap": () => xrpcError(400, "InvalidSwap", "Record was at bafyreib"),
  "too-long": () =>
    invalidRequest("Invalid app.bsky.feed.post record: Record/text must not be longer than 300 graphemes"),
  "upstream-failure": () => xrpcError(502, "UpstreamFailure", "Upstream service unreachable"),
  "internal-error": () => xrpcError(500, "InternalServerError", "Internal Server Error"),
  unavailable: () => xrpcError(503, "NotEnoughResources", "Not enough resources"),
  forbidden: () => xrpcError(403, "Forbidden", "Forbidden"),
  "invalid-grant": () => oauthError(400, "invalid_grant", "Refresh token replayed"),
} as const satisfies Record<string, () => Response>;

const usual: Readonly<Record<number, () => Response>> = {
  400: blueskyErrors["invalid-token"],
  401: blueskyErrors["authentication-required"],
  403: blueskyErrors.forbidden,
  404: () => xrpcError(404, "XRPCNotSupported", "XRPCNotSupported"),
  413: blueskyErrors["payload-too-large"],
  500: blueskyErrors["internal-error"],
  502: blueskyErrors["upstream-failure"],
  503: blueskyErrors.unavailable,
};

export function answerStatus(status: number, path: string, reset: number): Response {
  if (path.startsWith("/oauth/") && status === 400) return blueskyErrors["invalid-grant"]();
  if (status === 429) return tooMany(reset);
  return usual[status]?.() ?? xrpcError(status, "UnknownError", `Status ${status}`);
}
