/** What a protected resource answers, as RFC 6750 section 3.1 has it; servers repeat it in a JSON body. */

function refusal(status: number, error: string, description: string): Response {
  return new Response(JSON.stringify({ error, error_description: description }), {
    status,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "www-authenticate": `Bearer realm="userinfo", error="${error}", error_description="${description}"`,
    },
  });
}

export const oidcErrors = {
  "invalid-token": () => refusal(401, "invalid_token", "The access token expired"),
  "insufficient-scope": () => refusal(403, "insufficient_scope", "The request requires the scope openid"),
  "access-denied": () => refusal(403, "access_denied", "This client may not read claims"),
  "too-many-requests": () => refusal(429, "slow_down", "Too many requests"),
  unavailable: () => refusal(503, "temporarily_unavailable", "The server is overloaded"),
} as const satisfies Record<string, () => Response>;

/** With this status; a request without any token is told no more than that (RFC 6750 section 3). */
export function answerStatus(status: number): Response {
  return new Response(null, {
    status,
    headers: status === 401 ? { "www-authenticate": 'Bearer realm="userinfo"' } : {},
  });
}
