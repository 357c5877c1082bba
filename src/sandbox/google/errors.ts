/** Error bodies of Google's APIs: the older `errors[].reason` beside the newer `status` and `details`. https://cloud.google.com/apis/design/errors */

export interface GoogleError {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly domain?: string;
  readonly status?: string;
  /** Of its ErrorInfo, where it has one. */
  readonly info?: string;
  readonly location?: string;
}

export function googleError({
  code,
  reason,
  message,
  domain = "global",
  status,
  info,
  location,
}: GoogleError): Response {
  const where =
    location === undefined ? {} : { location, locationType: location === "Authorization" ? "header" : "other" };
  const detail = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: info, domain: "googleapis.com" };
  const error = {
    code,
    message,
    errors: [{ message, domain, reason, ...where }],
    ...(status === undefined ? {} : { status }),
    ...(info === undefined ? {} : { details: [detail] }),
  };
  return googleJson({ error }, code);
}

export function googleJson(body: unknown, status = 200): Response {
  return new Response(`${JSON.stringify(body, null, 2)}\n`, {
    status,
    headers: { "content-type": "application/json; charset=UTF-8", vary: "Origin, X-Origin, Referer" },
  });
}

/** Of every API, by names that a fault can be ordered under. */
export const googleErrors = {
  unauthenticated: () =>
    googleError({
      code: 401,
      reason: "authError",
      message:
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
      status: "UNAUTHENTICATED",
      location: "Authorization",
    }),
  "scope-insufficient": () =>
    googleError({
      code: 403,
      reason: "insufficientPermissions",
      message: "Request had insufficient authentication scopes.",
      status: "PERMISSION_DENIED",
      info: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
    }),
  "insufficient-permissions": () =>
    googleError({ code: 403, reason: "insufficientPermissions", message: "Insufficient Permission" }),
  "service-disabled": () =>
    googleError({
      code: 403,
      reason: "accessNotConfigured",
      domain: "usageLimits",
      message:
        "YouTube Data API v3 has not been used in project 1234 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/youtube.googleapis.com/overview?project=1234 then retry.",
      status: "PERMISSION_DENIED",
      info: "SERVICE_DISABLED",
    }),
  "access-not-configured": () =>
    googleError({
      code: 403,
      reason: "accessNotConfigured",
      domain: "usageLimits",
      message: "Access Not Configured. Please use Google Developers Console to activate the API for your project.",
    }),
  "quota-exceeded": () =>
    googleError({
      code: 403,
      reason: "quotaExceeded",
      domain: "youtube.quota",
      message:
        'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.',
    }),
  "daily-limit": () =>
    googleError({ code: 403, reason: "dailyLimitExceeded", domain: "usageLimits", message: "Daily Limit Exceeded" }),
  "rate-limit": () =>
    googleError({ code: 403, reason: "rateLimitExceeded", domain: "usageLimits", message: "Rate Limit Exceeded" }),
  "user-rate-limit": () =>
    googleError({
      code: 403,
      reason: "userRateLimitExceeded",
      domain: "usageLimits",
      message: "User Rate Limit Exceeded",
    }),
  "too-many-requests": () =>
    googleError({
      code: 429,
      reason: "rateLimitExceeded",
      message: "Resource has been exhausted (e.g. check quota).",
      status: "RESOURCE_EXHAUSTED",
      info: "RATE_LIMIT_EXCEEDED",
    }),
  // Of services that speak in the newer way alone (https://google.aip.dev/193).
  "unauthenticated-newer": () =>
    googleJson(
      { error: { code: 401, message: "The request does not have valid credentials.", status: "UNAUTHENTICATED" } },
      401,
    ),
  "too-many-requests-newer": () =>
    googleJson(
      {
        error: {
          code: 429,
          message: "Quota exceeded for quota metric 'Queries'.",
          status: "RESOURCE_EXHAUSTED",
          details: [
            {
              "@type": "type.googleapis.com/google.rpc.ErrorInfo",
              reason: "RATE_LIMIT_EXCEEDED",
              domain: "googleapis.com",
            },
          ],
        },
      },
      429,
    ),
  forbidden: () =>
    googleError({
      code: 403,
      reason: "forbidden",
      message: "The request might not be properly authorized.",
      status: "PERMISSION_DENIED",
    }),
  "bad-request": () => badRequest("Request contains an invalid argument."),
  "not-found": () => googleError({ code: 404, reason: "notFound", message: "Requested entity was not found." }),
  "backend-error": () => googleError({ code: 503, reason: "backendError", message: "Backend Error" }),
  "backend-error-500": () => googleError({ code: 500, reason: "backendError", message: "Backend Error" }),
  "internal-error": () =>
    googleError({ code: 500, reason: "internalError", message: "Internal error encountered.", status: "INTERNAL" }),
  unavailable: () =>
    googleError({
      code: 503,
      reason: "backendError",
      message: "The service is currently unavailable.",
      status: "UNAVAILABLE",
    }),
} as const satisfies Record<string, () => Response>;

export function badRequest(message: string, reason = "badRequest"): Response {
  return googleError({ code: 400, reason, message, status: "INVALID_ARGUMENT" });
}

const usual: Readonly<Record<number, () => Response>> = {
  400: googleErrors["bad-request"],
  401: googleErrors.unauthenticated,
  403: googleErrors.forbidden,
  404: googleErrors["not-found"],
  429: googleErrors["too-many-requests"],
  500: googleErrors["internal-error"],
  503: googleErrors.unavailable,
};

const oauthWords: Readonly<Record<number, readonly [error: string, description: string]>> = {
  400: ["invalid_grant", "Token has been expired or revoked."],
  401: ["invalid_client", "The OAuth client was not found."],
  403: ["org_internal", "This client is restricted to users within its organization."],
};

/** What Google answers with this status; the token endpoint speaks OAuth. A 429 says when to come back only where it is told to. */
export function answerStatus(status: number, path: string, resetAfter?: number): Response {
  const [error, error_description] = (path === "/token" ? oauthWords[status] : undefined) ?? [];
  if (error) return googleJson({ error, error_description }, status);
  const answer = usual[status]?.() ?? googleError({ code: status, reason: "backendError", message: `HTTP ${status}` });
  if (resetAfter !== undefined) answer.headers.set("retry-after", String(resetAfter));
  return answer;
}
