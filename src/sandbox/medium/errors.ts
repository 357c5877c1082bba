/** Medium's error bodies: `{"errors":[{"message","code"}]}`. https://github.com/Medium/medium-api-docs#4-errors */

export const mediumError = (status: number, code: number, message: string): Response =>
  Response.json({ errors: [{ message, code }] }, { status });

const error = (status: number, code: number, message: string) => (): Response => mediumError(status, code, message);

/** By names that a fault can be ordered under. */
export const mediumErrors = {
  "token-invalid": error(401, 6003, "Token was invalid."),
  "token-missing": error(401, 6000, "An access token is required."),
  "bad-request": error(400, 6004, "The request was malformed."),
  forbidden: error(403, 6026, "The user is not allowed to publish there."),
  "not-found": error(404, 6027, "Not found."),
  "rate-limit": error(429, -1, "You have reached the limit of stories for today."),
  "bot-page": () =>
    new Response("<!doctype html><title>Just a moment...</title>", {
      status: 403,
      headers: { "content-type": "text/html; charset=UTF-8" },
    }),
  "internal-error": error(500, -1, "Internal error."),
  unavailable: () => new Response("<h1>503 Service Temporarily Unavailable</h1>", { status: 503 }),
} as const satisfies Record<string, () => Response>;

const usual: Readonly<Record<number, () => Response>> = {
  400: mediumErrors["bad-request"],
  401: mediumErrors["token-invalid"],
  403: mediumErrors.forbidden,
  404: mediumErrors["not-found"],
  429: mediumErrors["rate-limit"],
  500: mediumErrors["internal-error"],
};

export function answerStatus(status: number): Response {
  return usual[status]?.() ?? mediumError(status, -1, `HTTP ${status}`);
}
