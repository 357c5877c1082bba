/** Forem's error bodies: `{"error": "in words", "status": 422}`. https://developers.forem.com/api/v1 */

const refusal =
  (status: number, error: string, headers: Readonly<Record<string, string>> = {}) =>
  (): Response =>
    Response.json({ error, status }, { status, headers });

export const unprocessable = (error: string): Response => refusal(422, error)();

/** By names that a fault can be ordered under. */
export const devtoErrors = {
  unauthorized: refusal(401, "unauthorized"),
  forbidden: refusal(403, "forbidden"),
  "not-found": refusal(404, "not found"),
  "bad-request": refusal(400, "bad request"),
  "canonical-url-taken": refusal(422, "Canonical url has already been taken"),
  "title-just-used": refusal(422, "Title has already been used in the last five minutes"),
  "param-missing": refusal(422, "param is missing or the value is empty: article"),
  "not-an-object": refusal(422, "article param must be a JSON object"),
  "too-many-tags": refusal(422, "Tag list exceed the maximum of 4 tags"),
  "rate-limit": refusal(429, "Rate limit reached, try again in 30 seconds", { "retry-after": "30" }),
  "internal-error": refusal(500, "Internal Server Error"),
} as const satisfies Record<string, () => Response>;

/** What stands before the controllers answers without words. */
export const throttled = (): Response =>
  new Response("Retry later\n", { status: 429, headers: { "retry-after": "1" } });

const usual: Readonly<Record<number, () => Response>> = {
  400: devtoErrors["bad-request"],
  401: devtoErrors.unauthorized,
  403: devtoErrors.forbidden,
  404: devtoErrors["not-found"],
  422: devtoErrors["param-missing"],
  429: devtoErrors["rate-limit"],
  500: devtoErrors["internal-error"],
};

export function answerStatus(status: number): Response {
  return usual[status]?.() ?? refusal(status, `HTTP ${status}`)();
}
