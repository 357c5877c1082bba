/** WordPress's error bodies: `{"code", "message", "data": {"status"}}`. wp-includes/rest-api.php and its controllers */

export function wordpressError(
  status: number,
  code: string,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): Response {
  return Response.json({ code, message, data: { status, ...more } }, { status });
}

const error = (status: number, code: string, message: string) => (): Response => wordpressError(status, code, message);

export const invalidParameter = (name: string): Response =>
  wordpressError(400, "rest_invalid_param", `Invalid parameter(s): ${name}`, {
    params: { [name]: `${name} is wrong.` },
  });

/** By names that a fault can be ordered under. */
export const wordpressErrors = {
  "incorrect-password": error(401, "incorrect_password", "The provided password is an invalid application password."),
  "invalid-username": error(401, "invalid_username", "Unknown username. Check again or try your email address."),
  "passwords-disabled": error(401, "application_passwords_disabled", "Application passwords are not available."),
  "passwords-disabled-for-user": error(
    401,
    "application_passwords_disabled_for_user",
    "Application passwords are not available for your account. Please contact the site administrator for assistance.",
  ),
  "not-logged-in": error(401, "rest_not_logged_in", "You are not currently logged in."),
  "cannot-create-anonymously": error(
    401,
    "rest_cannot_create",
    "Sorry, you are not allowed to create posts as this user.",
  ),
  "cannot-create": error(403, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user."),
  "cannot-publish": error(403, "rest_cannot_publish", "Sorry, you are not allowed to publish posts in this post type."),
  forbidden: error(403, "rest_forbidden", "Sorry, you are not allowed to do that."),
  "no-route": error(404, "rest_no_route", "No route was found matching the URL and request method."),
  "invalid-id": error(404, "rest_post_invalid_id", "Invalid post ID."),
  "already-trashed": error(410, "rest_already_trashed", "The post has already been deleted."),
  "invalid-parameter": error(400, "rest_invalid_param", "Invalid parameter(s): status"),
  "empty-content": error(400, "empty_content", "Content, title, and excerpt are empty."),
  "too-large": error(413, "rest_upload_file_too_big", "This file is too big."),
  "rate-limit": error(429, "too_many_requests", "Too many requests."),
  "upload-unknown": error(500, "rest_upload_unknown_error", "Sorry, you are not allowed to upload this file type."),
  "upload-sideload": error(500, "rest_upload_sideload_error", "The uploaded file could not be moved."),
  "internal-error": error(500, "internal_server_error", "There has been a critical error on this website."),
  // What stands before a site, not the site.
  "backend-fetch-failed": () => new Response("<h1>Error 503 Backend fetch failed</h1>", { status: 503 }),
} as const satisfies Record<string, () => Response>;

const usual: Readonly<Record<number, () => Response>> = {
  400: wordpressErrors["invalid-parameter"],
  401: wordpressErrors["not-logged-in"],
  403: wordpressErrors.forbidden,
  404: wordpressErrors["invalid-id"],
  429: wordpressErrors["rate-limit"],
  500: wordpressErrors["internal-error"],
};

export function answerStatus(status: number): Response {
  return usual[status]?.() ?? wordpressError(status, "error", `HTTP ${status}`);
}
