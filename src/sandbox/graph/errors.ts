/** Meta's error bodies, the same on all of its platforms. https://developers.facebook.com/docs/graph-api/guides/error-handling */

export interface GraphError {
  readonly code: number;
  readonly subcode?: number;
  readonly message: string;
  readonly type?: "OAuthException" | "GraphMethodException" | "IGApiException" | "THApiException";
  /** 400 as a rule, whatever it is about. */
  readonly status?: number;
  readonly transient?: boolean;
  readonly title?: string;
  /** What is meant for people. */
  readonly user?: string;
  /** What chunked uploads add. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export function graphError(error: GraphError): Response {
  const { code, subcode, message, type = "OAuthException", status = 400, transient, title, user, data } = error;
  const body = {
    error: {
      message,
      type,
      code,
      ...(data === undefined ? {} : { error_data: data }),
      ...(subcode === undefined ? {} : { error_subcode: subcode }),
      ...(transient === undefined ? {} : { is_transient: transient }),
      ...(title === undefined ? {} : { error_user_title: title }),
      ...(user === undefined ? {} : { error_user_msg: user }),
      fbtrace_id: "AsandboxTrace0000000000",
    },
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/json; charset=UTF-8",
      "cache-control": "no-store",
      "www-authenticate": `OAuth "Facebook Platform" "invalid_request" "${message.replaceAll('"', "'")}"`,
      ...error.headers,
    },
  });
}

/** `(#100) …`, as Meta begins what is wrong with a parameter. */
export const invalidParameter = (message: string, subcode?: number, user?: string): Response =>
  graphError({
    code: 100,
    message: `(#100) ${message}`,
    ...(subcode === undefined ? {} : { subcode }),
    ...(user === undefined ? {} : { user }),
  });

export const missingPermission = (permission: string): Response =>
  graphError({ code: 200, status: 403, message: `(#200) Requires ${permission} permission to manage the object` });

/** Object 33: what is not there, and what the token has no right to see, are one. */
export const noSuchObject = (id: string, verb: "get" | "post" | "delete"): Response =>
  graphError({
    code: 100,
    subcode: 33,
    type: "GraphMethodException",
    message: `Unsupported ${verb} request. Object with ID '${id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api`,
  });

const token = (subcode: number, message: string): (() => Response) => {
  return () => graphError({ code: 190, subcode, message: `Error validating access token: ${message}` });
};

const businessUsage = (type: string, minutes: number): Readonly<Record<string, string>> => ({
  "x-business-use-case-usage": JSON.stringify({
    "0": [{ type, call_count: 100, total_cputime: 20, total_time: 20, estimated_time_to_regain_access: minutes }],
  }),
});

/** The rows that all of Meta's platforms can give, by names that a fault can be ordered under. */
export const graphErrors = {
  "token-malformed": () => graphError({ code: 190, message: "Invalid OAuth access token - Cannot parse access token" }),
  "app-not-installed": token(458, "The user has not authorized application 1."),
  checkpoint: token(
    459,
    "You cannot access the app till you log in to www.facebook.com and follow the instructions given.",
  ),
  "password-changed": token(
    460,
    "The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons.",
  ),
  "token-expired": token(463, "Session has expired on Friday, 20-Nov-26 08:00:00 PST."),
  "unconfirmed-user": token(464, "Sessions for the user are not allowed because the user is not a confirmed user."),
  "token-invalid": token(467, "The session is invalid because the user logged out."),
  "second-factor": token(490, "User is enrolled in a blocking, logged-in checkpoint."),
  "page-role-lost": token(492, "Session does not match current stored session. The user has no role on the Page."),
  "session-key": () => graphError({ code: 102, message: "Session key invalid or no longer valid" }),
  "no-token": () => graphError({ code: 104, message: "An access token is required to request this resource." }),
  "no-capability": () =>
    graphError({ code: 3, message: "(#3) Application does not have the capability to make this API call." }),
  "permission-denied": () =>
    graphError({ code: 10, status: 403, message: "(#10) Application does not have permission for this action" }),
  "permission-missing": () => missingPermission("pages_manage_posts"),
  "permission-range": () => graphError({ code: 299, status: 403, message: "(#299) Permission error" }),
  "app-review": () =>
    graphError({
      code: 200,
      status: 403,
      message:
        "(#200) If posting to a page, requires both pages_read_engagement and pages_manage_posts permission with page token and advanced access, which App Review grants",
    }),
  "app-limit": () =>
    graphError({
      code: 4,
      status: 403,
      transient: true,
      message: "(#4) Application request limit reached",
      headers: { "x-app-usage": '{"call_count":101,"total_time":40,"total_cputime":12}' },
    }),
  "user-limit": () => graphError({ code: 17, transient: true, message: "(#17) User request limit reached" }),
  "page-limit": () => graphError({ code: 32, transient: true, message: "(#32) Page request limit reached" }),
  "calls-limit": () => graphError({ code: 613, message: "(#613) Calls to this api have exceeded the rate limit." }),
  "business-limit": () =>
    graphError({
      code: 80001,
      status: 403,
      message: "(#80001) There have been too many calls to this Page account. Wait a bit and try again.",
      headers: businessUsage("pages", 7),
    }),
  "business-limit-last": () =>
    graphError({
      code: 80014,
      message: "(#80014) There have been too many calls for the batch uploads to this catalog account.",
    }),
  unknown: () => graphError({ code: 1, status: 500, message: "An unknown error occurred" }),
  "unknown-400": () => graphError({ code: 1, message: "An unknown error has occurred." }),
  unavailable: () =>
    graphError({
      code: 2,
      status: 503,
      transient: true,
      message: "An unexpected error has occurred. Please retry your request later.",
    }),
  "service-unavailable": () => graphError({ code: 2, message: "(#2) Service temporarily unavailable" }),
  "unexpected-400": () =>
    graphError({
      code: 2,
      transient: true,
      message: "An unexpected error has occurred. Please retry your request later.",
    }),
  transient: () => graphError({ code: 100, transient: true, message: "(#100) Please reduce the amount of data" }),
  blocked: () =>
    graphError({
      code: 368,
      message: "The action attempted has been deemed abusive or is otherwise disallowed",
      title: "Temporarily blocked",
    }),
  duplicate: () =>
    graphError({
      code: 506,
      message: "Duplicate status message",
      user: "This status update is identical to the last one you posted.",
    }),
  "invalid-parameter": () => graphError({ code: 100, message: "Invalid parameter" }),
  gone: () => noSuchObject("1", "post"),
  "alias-unknown": () =>
    graphError({ code: 803, status: 404, message: "(#803) Some of the aliases you requested do not exist: nobody" }),
  "app-unknown": () =>
    graphError({
      code: 101,
      message: "Error validating application. Cannot get application info due to a system error.",
    }),
  "client-id-missing": () => graphError({ code: 101, message: "Missing client_id parameter." }),
  "app-secret": () => graphError({ code: 1, message: "Error validating client secret." }),
  "app-token": () => graphError({ code: 190, message: "Error validating application. Application has been deleted." }),
  "proof-invalid": () =>
    graphError({
      code: 100,
      type: "GraphMethodException",
      message: "Invalid appsecret_proof provided in the API argument",
    }),
  "proof-missing": () =>
    graphError({
      code: 100,
      type: "GraphMethodException",
      message: "API calls from the server require an appsecret_proof argument",
    }),
} as const satisfies Record<string, () => Response>;

const byStatus: Readonly<Record<number, () => Response>> = {
  400: graphErrors["invalid-parameter"],
  401: graphErrors["token-malformed"],
  403: graphErrors["permission-denied"],
  404: graphErrors["alias-unknown"],
  429: graphErrors["calls-limit"],
  500: graphErrors.unknown,
  503: graphErrors.unavailable,
};

/** What Meta answers with this status; `resetAfter` in seconds, for limits. */
export function answerGraphStatus(status: number, resetAfter = 300): Response {
  const answer = (
    byStatus[status] ?? (() => graphError({ code: status >= 500 ? 1 : 100, message: `HTTP ${status}` }))
  )();
  const headers = new Headers(answer.headers);
  const wait = businessUsage("pages", Math.ceil(resetAfter / 60));
  if (status === 429) for (const [name, value] of Object.entries(wait)) headers.set(name, value);
  return new Response(answer.body, { status, headers });
}
