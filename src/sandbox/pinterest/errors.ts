/** Pinterest's error bodies: `{code, message}`. */

export function answer(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json; charset=utf-8" } });
}

export function pinterestError(status: number, code: number, message: string): Response {
  return answer({ code, message }, status);
}

const error = (status: number, code: number, message: string) => (): Response => pinterestError(status, code, message);

/** By names that a fault can be ordered under. */
export const pinterestErrors: Readonly<Record<string, () => Response>> = {
  "authentication-failed": error(401, 2, "Authentication failed."),
  "authorization-failed": error(401, 3, "Authorization failed."),
  "trial-access": error(
    403,
    29,
    "You are not permitted to access that resource. Apps with Trial access may not create Pins in production",
  ),
  "not-permitted": error(403, 7, "You are not permitted to access that resource."),
  "board-not-found": error(404, 40, "Board not found."),
  "pin-not-found": error(404, 50, "Pin not found."),
  "invalid-parameters": error(400, 1, "Invalid request: 'x' is not right"),
  "url-unreachable": error(400, 235, "Sorry we could not fetch the image. Unable to reach the URL."),
  "too-large": error(413, 1, "Request Entity Too Large"),
  "rate-limited": () => {
    const limited = pinterestError(429, 8, "You have exceeded your rate limit. Try again later.");
    limited.headers.set("x-ratelimit-remaining", "0");
    limited.headers.set("x-ratelimit-reset", "20");
    return limited;
  },
  "internal-error": error(500, 0, "Something went wrong on our end. Sorry about that."),
  unavailable: error(503, 0, "Service Unavailable"),
};

const usual: Readonly<Record<number, string>> = {
  400: "invalid-parameters",
  401: "authentication-failed",
  403: "not-permitted",
  404: "pin-not-found",
  413: "too-large",
  429: "rate-limited",
  500: "internal-error",
  503: "unavailable",
};

export function answerStatus(status: number, _path: string): Response {
  return pinterestErrors[usual[status] ?? ""]?.() ?? pinterestError(status, 0, `HTTP ${status}`);
}
