/** LinkedIn's error bodies. https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling */

type Json = Readonly<Record<string, unknown>>;

function answer(status: number, body: Json): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/json",
      "x-li-fabric": "prod-lor1",
      "x-li-uuid": "AAZsandbox0000000000000==",
    },
  });
}

export function linkedinError(status: number, code: string | null, message: string, more: Json = {}): Response {
  return answer(status, { ...(code === null ? {} : { code }), message, status, ...more });
}

const token = (serviceErrorCode: number, code: string, message: string): Response =>
  linkedinError(401, code, message, { serviceErrorCode });

/** What is refused about a field of the body, in the words of Rest.li's validator. */
export function invalidBody(problems: readonly string[]): Response {
  return linkedinError(422, null, problems.map((problem) => `ERROR :: ${problem}\n`).join(""));
}

function badContent(code: string, description: string, message = description): Response {
  return linkedinError(422, null, `com.linkedin.content.common.exception.BadRequestResponseException: ${message}`, {
    errorDetailType: "com.linkedin.common.error.BadRequest",
    errorDetails: { inputErrors: [{ description, input: {}, code }] },
  });
}

export function invalidContent(description: string): Response {
  return badContent("INVALID_VALUE_FOR_FIELD", description);
}

export function duplicateOf(urn: string): Response {
  return badContent("DUPLICATE_POST", "Duplicate post is detected", `Content is a duplicate of ${urn}`);
}

/** `resource`: as LinkedIn calls what was asked for, `partnerApiPostsExternal.CREATE`. */
export function accessDenied(resource: string): Response {
  return linkedinError(403, "ACCESS_DENIED", `Not enough permissions to access: ${resource}.20260701`, {
    serviceErrorCode: 100,
  });
}

export function versionNotActive(version: string): Response {
  return linkedinError(426, "NONEXISTENT_VERSION", `Requested version ${version} is not active`);
}

/** LinkedIn's error table, by names that a fault can be ordered under. */
export const linkedinErrors = {
  "access-token-invalid": () => token(65600, "INVALID_ACCESS_TOKEN", "Invalid access token"),
  "access-token-revoked": () =>
    token(65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"),
  "access-token-expired": () => token(65602, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
  "access-token-missing": () => token(65604, "EMPTY_ACCESS_TOKEN", "Empty oauth2_access_token"),
  "member-restricted": () => token(65608, "RESTRICTED_MEMBER", "Member is restricted"),
  "member-restricted-by-number": () => linkedinError(401, null, "Member is restricted", { serviceErrorCode: 65_608 }),
  "access-denied": () => accessDenied("partnerApiPostsExternal.CREATE"),
  "role-missing": () =>
    linkedinError(403, null, "Organization permissions must be used when using organization as author"),
  duplicate: () => duplicateOf("urn:li:share:7141138937766391808"),
  "content-invalid": () => invalidContent("The text is too long"),
  "body-invalid": () => invalidBody(["/author :: field is required but not found and has no default value"]),
  "bad-request": () => linkedinError(400, "ILLEGAL_ARGUMENT", "Syntax exception in path variables"),
  "version-missing": () =>
    linkedinError(
      400,
      "VERSION_MISSING",
      "A version must be present. Please specify a version by adding the LinkedIn-Version header.",
    ),
  "version-ended": () => versionNotActive("202507"),
  "version-deprecated": () => linkedinError(426, "DEPRECATED_VERSION", "Version Header is Deprecated"),
  "not-found": () => linkedinError(404, "NOT_FOUND", "Not Found"),
  "too-large": () => linkedinError(413, null, "Request Entity Too Large"),
  throttled: () =>
    linkedinError(
      429,
      "TOO_MANY_REQUESTS",
      "Resource level throttle APPLICATION DAY limit for calls to this resource is reached.",
      {
        serviceErrorCode: 101,
      },
    ),
  "throttled-member": () =>
    linkedinError(
      429,
      "TOO_MANY_REQUESTS",
      "Resource level throttle MEMBER DAY limit for calls to this resource is reached.",
      {
        serviceErrorCode: 101,
      },
    ),
  "internal-error": () => linkedinError(500, null, "Internal Server Error"),
  "no-activity": () => linkedinError(500, null, "Unable to obtain activity"),
  "bad-gateway": () => linkedinError(502, null, "Bad Gateway"),
  unavailable: () => linkedinError(503, null, "Service Unavailable"),
  "gateway-timeout": () => linkedinError(504, null, "Gateway Timeout"),
  "invalid-grant": () =>
    oauthError(
      400,
      "invalid_grant",
      "The provided authorization grant or refresh token is invalid, expired or revoked.",
    ),
  "token-invalid": () =>
    oauthError(400, "invalid_request", "Unable to retrieve access token: authorization code not found"),
  "unauthorized-client": () => oauthError(401, "invalid_client", "Client authentication failed"),
} as const satisfies Record<string, () => Response>;

export function oauthError(status: number, error: string, error_description: string): Response {
  return answer(status, { error, error_description });
}

const usual: Readonly<Record<number, () => Response>> = {
  400: linkedinErrors["bad-request"],
  401: linkedinErrors["access-token-invalid"],
  403: linkedinErrors["access-denied"],
  404: linkedinErrors["not-found"],
  413: linkedinErrors["too-large"],
  422: linkedinErrors["content-invalid"],
  426: linkedinErrors["version-deprecated"],
  429: linkedinErrors.throttled,
  500: linkedinErrors["internal-error"],
  502: linkedinErrors["bad-gateway"],
  503: linkedinErrors.unavailable,
  504: linkedinErrors["gateway-timeout"],
};

/** What LinkedIn answers with this status; its OAuth endpoints speak OAuth. A 429 names no time. */
export function answerStatus(status: number, path: string): Response {
  if (path.startsWith("/oauth/") && status === 400) return linkedinErrors["invalid-grant"]();
  if (path.startsWith("/oauth/") && status === 401) return linkedinErrors["unauthorized-client"]();
  return usual[status]?.() ?? linkedinError(status, null, `HTTP ${status}`);
}
