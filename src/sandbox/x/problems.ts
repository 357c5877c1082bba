/** X's error bodies: problem+json (RFC 9457) and the older `{errors: [{code, message}]}`. https://docs.x.com/x-api/fundamentals/response-codes-and-errors */

interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly type: string;
  readonly status: number;
}

const problemType = (name: string): string => `https://api.x.com/2/problems/${name}`;

function problem(body: Problem & Readonly<Record<string, unknown>>): Response {
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { "content-type": "application/problem+json; charset=utf-8" },
  });
}

function legacy(status: number, code: number, message: string): Response {
  return new Response(JSON.stringify({ errors: [{ code, message }] }), {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
  });
}

const blank = (status: number, title: string, detail = title): Response =>
  problem({ title, detail, type: "about:blank", status });

/** A body or parameter that X's schema refuses; `messages` in the words of its validator. */
export function invalidRequest(
  messages: readonly string[],
  parameters: Readonly<Record<string, string[]>> = {},
): Response {
  return problem({
    errors: messages.map((message) => ({ parameters, message })),
    title: "Invalid Request",
    detail: "One or more parameters to your request was invalid.",
    type: problemType("invalid-request"),
    status: 400,
  });
}

/** Unknown, expired, not processed, another's, or too many: X does not say which. */
export function invalidMedia(ids: readonly string[]): Response {
  return invalidRequest(["Your media IDs are invalid."], { "media.media_ids": [...ids] });
}

/** The same answer that reading a resource which is gone gives. */
export function resourceNotFound(resourceType: string, parameter: string, value: string): Response {
  return problem({
    title: "Not Found Error",
    detail: `Could not find ${resourceType} with ${parameter}: [${value}].`,
    type: problemType("resource-not-found"),
    status: 404,
    parameter,
    value,
    resource_type: resourceType,
    resource_id: value,
  });
}

/** Under /oauth/ X answers in XML where it was not asked for JSON by the path's ending. */
const xmlError = (status: number, code: number, message: string): Response =>
  new Response(`<?xml version='1.0' encoding='UTF-8'?><errors><error code="${code}">${message}</error></errors>`, {
    status,
    headers: { "content-type": "application/xml;charset=utf-8" },
  });

const sentence = (status: number, text: string): Response =>
  new Response(text, { status, headers: { "content-type": "text/html;charset=utf-8" } });

const oauthError = (status: number, error: string, description: string): Response =>
  new Response(JSON.stringify({ error, error_description: description }), {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
  });

/** X's error table, by names that a fault can be ordered under. */
export const xErrors = {
  unauthorized: () => blank(401, "Unauthorized"),
  "could-not-authenticate": () => legacy(401, 32, "Could not authenticate you."),
  "expired-token": () => legacy(401, 89, "Invalid or expired token."),
  "unverified-credentials": () => legacy(403, 99, "Unable to verify your credentials."),
  "bad-authentication": () => legacy(400, 215, "Bad Authentication data."),
  clock: () => legacy(401, 135, "Timestamp out of bounds."),
  "token-invalid": () => oauthError(400, "invalid_request", "Value passed for the token was invalid."),
  "invalid-grant": () => oauthError(400, "invalid_grant", "Value passed for the token was invalid."),
  "unauthorized-client": () => oauthError(401, "unauthorized_client", "Missing valid authorization header"),
  "callback-not-approved": () =>
    xmlError(
      403,
      415,
      "Callback URL not approved for this client application. Approved callback URLs can be adjusted in your application settings",
    ),
  "app-suspended": () => xmlError(401, 416, "Invalid / suspended application"),
  "desktop-application": () => xmlError(401, 417, "Desktop applications only support the oauth_callback value 'oob'"),
  "request-token-invalid": () => sentence(401, "Invalid request token."),
  "verifier-invalid": () => sentence(401, "Error processing your OAuth request: Invalid oauth_verifier parameter"),
  "credits-depleted": () =>
    problem({
      title: "CreditsDepleted",
      detail: "Your enrolled account does not have any credits to fulfill this request.",
      type: problemType("credits"),
      status: 402,
    }),
  "client-not-enrolled": () =>
    problem({
      title: "Client Forbidden",
      detail:
        "When authenticating requests to the API v2 endpoints, you must use keys and tokens from a developer App that is attached to a Project.",
      type: problemType("client-forbidden"),
      status: 403,
      reason: "client-not-enrolled",
      required_enrollment: "Appropriate Level of API Access",
      registration_url: "https://console.x.com",
    }),
  "usage-capped": () =>
    problem({
      title: "UsageCapExceeded",
      detail: "Usage cap exceeded: Monthly product cap",
      type: problemType("usage-capped"),
      status: 429,
      period: "Monthly",
      scope: "Product",
    }),
  "rate-limited": () =>
    problem({
      title: "Too Many Requests",
      detail: "Too Many Requests",
      type: problemType("rate-limit-exceeded"),
      status: 429,
    }),
  "rate-limited-legacy": () => legacy(429, 88, "Rate limit exceeded."),
  "daily-limit": () => legacy(403, 185, "User is over daily status update limit."),
  duplicate: () => blank(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content."),
  "duplicate-legacy": () => legacy(403, 187, "Status is a duplicate."),
  "too-long": () => legacy(403, 186, "Tweet needs to be a bit shorter."),
  "reply-not-allowed": () =>
    blank(
      403,
      "Forbidden",
      "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to.",
    ),
  "reply-not-allowed-legacy": () =>
    legacy(403, 433, "The original Tweet author restricted who can reply to this Tweet."),
  "reply-gone": () =>
    blank(403, "Forbidden", "You attempted to reply to a Tweet that is deleted or not visible to you."),
  "quote-gone": () => blank(403, "Forbidden", "You attempted to quote a Tweet that is deleted or not visible to you."),
  "not-permitted": () => blank(403, "Forbidden", "You are not permitted to perform this action."),
  "unsupported-authentication": () =>
    problem({
      title: "Unsupported Authentication",
      detail: "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.",
      type: problemType("unsupported-authentication"),
      status: 403,
    }),
  "read-only-app": () => legacy(403, 261, "Application cannot perform write actions."),
  "oauth1-permissions": () =>
    problem({
      title: "Forbidden",
      detail: "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint.",
      type: problemType("oauth1-permissions"),
      status: 403,
    }),
  suspended: () => legacy(403, 64, "Your account is suspended and is not permitted to access this feature."),
  locked: () => legacy(403, 326, "To protect our users from spam, this account is temporarily locked."),
  spam: () => legacy(403, 226, "This request looks like it might be automated."),
  "media-ids-invalid": () => invalidMedia(["1"]),
  "media-unrecognized": () => invalidRequest(["media type unrecognized."]),
  "media-too-large": () => invalidRequest(["File size exceeds 5242880 bytes."]),
  "media-incomplete": () => invalidRequest(["Segments do not add up to provided total file size."]),
  "invalid-media": () => legacy(400, 324, "The validation of media ids failed."),
  "resource-not-found": () => resourceNotFound("tweet", "id", "1"),
  "not-found": () => blank(404, "Not Found"),
  "internal-error": () => blank(500, "Internal Server Error"),
  "internal-error-legacy": () => legacy(500, 131, "Internal error."),
  "over-capacity": () => legacy(503, 130, "Over capacity."),
  unavailable: () => blank(503, "Service Unavailable"),
} as const satisfies Record<string, () => Response>;

const usual: Readonly<Record<number, () => Response>> = {
  401: xErrors.unauthorized,
  402: xErrors["credits-depleted"],
  403: xErrors["client-not-enrolled"],
  404: xErrors["not-found"],
  429: xErrors["rate-limited"],
  500: xErrors["internal-error"],
  503: xErrors.unavailable,
};

/** What X answers with this status; its OAuth endpoints speak OAuth. A 429 names its reset, 15 minutes on unless told. */
export function answerStatus(status: number, path: string, resetAt: number): Response {
  if (path.startsWith("/2/oauth2/") && status === 400) return xErrors["token-invalid"]();
  if (path.startsWith("/2/oauth2/") && status === 401) return xErrors["unauthorized-client"]();
  if (status === 400) return invalidRequest(["ordered by the sandbox's owner"]);
  const answer = usual[status]?.() ?? blank(status, `HTTP ${status}`);
  if (status !== 429) return answer;
  answer.headers.set("x-rate-limit-limit", "100");
  answer.headers.set("x-rate-limit-remaining", "0");
  answer.headers.set("x-rate-limit-reset", String(resetAt));
  return answer;
}
