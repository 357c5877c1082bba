/** Reddit's error bodies. https://github.com/reddit-archive/reddit/blob/master/r2/r2/lib/errors.py */

type Json = Readonly<Record<string, unknown>>;

export function answer(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json; charset=UTF-8" } });
}

/** What is wrong with a form: with status 200, beside no data. */
export function formError(code: string, message: string, field: string): Response {
  return answer({ json: { errors: [[code, message, field]] } });
}

/** What the API itself refuses. */
function plainError(status: number, message: string, more: Json = {}): Response {
  return answer({ message, error: status, ...more }, status);
}

const page = (status: number, text: string) => (): Response =>
  new Response(`<!doctype html><html><body><p>${text}</p></body></html>`, {
    status,
    headers: { "content-type": "text/html; charset=UTF-8" },
  });

export const blocked = page(403, "You've been blocked by network security. To continue, log in to your account.");

export function s3Error(status: number, code: string, message: string): Response {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return new Response(xml, { status, headers: { "content-type": "application/xml" } });
}

const form = (code: string, message: string, field: string) => () => formError(code, message, field);

/** By names that a fault can be ordered under. */
export const redditErrors: Readonly<Record<string, () => Response>> = {
  "invalid-token": () =>
    new Response(JSON.stringify({ message: "Unauthorized", error: 401 }), {
      status: 401,
      headers: {
        "content-type": "application/json; charset=UTF-8",
        "www-authenticate": 'Bearer realm="reddit", error="invalid_token"',
      },
    }),
  "insufficient-scope": () =>
    new Response(JSON.stringify({ message: "Forbidden", error: 403 }), {
      status: 403,
      headers: {
        "content-type": "application/json; charset=UTF-8",
        "www-authenticate": 'Bearer realm="reddit", error="insufficient_scope"',
      },
    }),
  private: () => plainError(403, "Forbidden", { reason: "private" }),
  blocked,
  "wrong-subreddit": () =>
    new Response(null, { status: 302, headers: { location: "https://www.reddit.com/subreddits/search?q=nowhere" } }),
  "not-found": () => plainError(404, "Not Found"),
  "too-many-requests": () => plainError(429, "Too Many Requests"),
  "bad-request": () => plainError(400, "Bad Request"),
  "bad-field": () =>
    answer(
      { fields: ["sr"], explanation: "this field is not right", message: "Bad Request", reason: "BAD_SR_NAME" },
      400,
    ),
  "too-large": () => plainError(413, "Request Entity Too Large"),
  "entity-too-large": () => s3Error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"),
  unavailable: page(503, "Our CDN was unable to reach our servers"),
  "internal-error": page(500, "Ow! Our servers are having a problem"),
  "bad-gateway": page(502, "Our CDN was unable to reach our servers"),
  ratelimit: form(
    "RATELIMIT",
    "Looks like you've been doing that a lot. Take a break for 9 minutes before trying again.",
    "ratelimit",
  ),
  "already-submitted": form("ALREADY_SUB", "that link has already been submitted", "url"),
  "subreddit-unknown": form("SUBREDDIT_NOEXIST", "Hmm, that community doesn't exist. Try checking the spelling.", "sr"),
  "subreddit-missing": form("SUBREDDIT_REQUIRED", "you must specify a subreddit", "sr"),
  "subreddit-not-allowed": form("SUBREDDIT_NOTALLOWED", "you aren't allowed to post there.", "sr"),
  "subreddit-no-access": form("SUBREDDIT_NO_ACCESS", "You don't have access to that community.", "sr"),
  banned: form("BANNED_FROM_SUBREDDIT", "that user is banned from the subreddit", "sr"),
  "user-blocked": form("USER_BLOCKED", "you can't reply to a user that you have blocked", "parent"),
  "in-timeout": form("IN_TIMEOUT", "You are currently suspended and can't do that.", "user"),
  locked: form("THREAD_LOCKED", "Comments are locked.", "parent"),
  "no-links": form("NO_LINKS", "that subreddit only allows text posts", "sr"),
  "no-selfs": form("NO_SELFS", "that subreddit doesn't allow text posts", "sr"),
  "no-images": form("NO_IMAGES", "This community doesn't allow images", "sr"),
  "no-videos": form("NO_VIDEOS", "This community doesn't allow videos", "sr"),
  "flair-required": form("SUBMIT_VALIDATION_FLAIR_REQUIRED", "Your post must contain post flair.", "flair"),
  "title-blacklisted": form("SUBMIT_VALIDATION_TITLE_BLACKLISTED_STRING", "Your title may not contain that.", "title"),
  "flair-unknown": form("BAD_FLAIR_TEMPLATE_ID", "bad flair template id", "flair"),
  "too-long": form("TOO_LONG", "this is too long (max: 300)", "title"),
  "too-short": form("TOO_SHORT", "this is too short (min: 1)", "title"),
  "no-text": form("NO_TEXT", "we need something here", "title"),
  "no-url": form("NO_URL", "a url is required", "url"),
  "bad-url": form("BAD_URL", "you should check that url", "url"),
  "domain-banned": form("DOMAIN_BANNED", "example.org is not allowed on reddit", "url"),
  "image-error": form("IMAGE_ERROR", "Invalid image or general image error", "url"),
  "parent-deleted": form("DELETED_COMMENT", "that comment has been deleted", "parent"),
  "post-deleted": form("DELETED_LINK", "the link you are commenting on has been deleted", "parent"),
  unverified: form("VERIFIED_USER_REQUIRED", "you need to set a valid email address to do that.", ""),
  captcha: form("BAD_CAPTCHA", "care to try these again?", "captcha"),
  "user-required": form("USER_REQUIRED", "Please log in to do that.", ""),
};

const usual: Readonly<Record<number, string>> = {
  400: "bad-request",
  401: "invalid-token",
  403: "private",
  404: "not-found",
  413: "too-large",
  429: "too-many-requests",
  500: "internal-error",
  502: "bad-gateway",
  503: "unavailable",
};

/** What Reddit answers with this status. */
export function answerStatus(status: number, path: string, resetAfter?: number): Response {
  if (path === "/api/v1/access_token" && status < 500) return answer({ error: "invalid_grant" });
  const made = redditErrors[usual[status] ?? ""]?.() ?? plainError(status, `HTTP ${status}`);
  if (status !== 429) return made;
  made.headers.set("x-ratelimit-remaining", "0.0");
  made.headers.set("x-ratelimit-reset", String(resetAfter ?? 60));
  return made;
}
