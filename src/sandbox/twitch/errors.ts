/** Twitch's error bodies. https://dev.twitch.tv/docs/api/guide#http-status-codes */

const names: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

export function told(status: number, message: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ error: names[status] ?? "Error", status, message }, { status, headers });
}

/** The authorization server's have no name. */
export function oauthTold(status: number, message: string): Response {
  return Response.json({ status, message }, { status });
}

export const twitchErrors = {
  "token-invalid": () => told(401, "Invalid OAuth token"),
  "token-missing": () => told(401, "OAuth token is missing"),
  "client-id-missing": () => told(401, "Client ID is missing"),
  "client-mismatch": () => told(401, "Client ID and OAuth token do not match"),
  "scope-missing": () => told(401, "Missing scope: moderator:manage:announcements"),
  "user-mismatch": () => told(401, "The ID in moderator_id must match the user ID found in the request's OAuth token."),
  "bad-request": () => told(400, "Missing required parameter"),
  "failed-review": () => told(400, "The message failed review"),
  forbidden: () => told(403, "The user is not permitted to send chat messages to the broadcaster's chat room."),
  "not-found": () => told(404, "Not Found"),
  conflict: () => told(409, "Conflict"),
  "message-too-large": () => told(422, "The message is too large"),
  "too-many-requests": () => told(429, "Too Many Requests"),
  "server-error": () => told(500, ""),
  unavailable: () => told(503, ""),
} as const satisfies Record<string, () => Response>;

export function answerStatus(status: number, path: string, resetAfter?: number, now = 0): Response {
  if (path.startsWith("/oauth2/"))
    return oauthTold(status, status === 401 ? "invalid access token" : "invalid request");
  // Unix seconds, as the real one tells it.
  const reset = resetAfter === undefined ? {} : { "ratelimit-reset": String(Math.ceil(now / 1000) + resetAfter) };
  return told(status, names[status] ?? `HTTP ${status}`, reset);
}
