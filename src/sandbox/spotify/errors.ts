/** Spotify's error bodies. https://developer.spotify.com/documentation/web-api/concepts/api-calls#response-error */

function told(status: number, message: string, more: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ error: { status, message, ...more } }, { status });
}

export const spotifyErrors = {
  "token-expired": () => told(401, "The access token expired"),
  "token-invalid": () => told(401, "Invalid access token"),
  "scope-insufficient": () => told(403, "Insufficient client scope"),
  forbidden: () => told(403, "Forbidden"),
  // No JSON.
  "user-not-registered": () =>
    new Response("User not registered in the Developer Dashboard", {
      status: 403,
      headers: { "content-type": "text/plain; charset=utf-8" },
    }),
  "quota-exceeded": () => told(429, "Too many requests", { reason: "QUOTA_EXCEEDED" }),
  "too-many-requests": () => told(429, "API rate limit exceeded"),
  "not-found": () => told(404, "Resource not found"),
  "bad-request": () => told(400, "Invalid id"),
  "server-error": () => told(500, "Server error."),
  "bad-gateway": () => told(502, "Bad gateway."),
  unavailable: () => told(503, "Service unavailable"),
} as const satisfies Record<string, () => Response>;

const words: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "The access token expired",
  403: "Forbidden",
  404: "Resource not found",
  429: "API rate limit exceeded",
  502: "Bad gateway.",
  503: "Service unavailable",
};

const oauthWords: Readonly<Record<number, readonly [error: string, description: string]>> = {
  400: ["invalid_grant", "Refresh token revoked"],
  401: ["invalid_client", "Invalid client"],
};

export function answerStatus(status: number, path: string, resetAfter?: number): Response {
  const [error, error_description] = (path === "/api/token" ? oauthWords[status] : undefined) ?? [];
  if (error) return Response.json({ error, error_description }, { status });
  const answer = told(status, words[status] ?? `HTTP ${status}`);
  if (resetAfter !== undefined) answer.headers.set("retry-after", String(resetAfter));
  return answer;
}
