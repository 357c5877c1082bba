/** Tumblr's bodies: `meta`, `response`, and `errors` with subcodes. https://github.com/tumblr/docs/blob/master/api.md */

export function answer(response: unknown, status = 200, msg = "OK"): Response {
  return new Response(JSON.stringify({ meta: { status, msg }, response }), {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
  });
}

export function tumblrError(status: number, msg: string, code: number | null, detail: string): Response {
  const errors = [{ title: msg, code: code ?? 0, detail }];
  return new Response(JSON.stringify({ meta: { status, msg }, response: [], errors }), {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
  });
}

const error = (status: number, msg: string, code: number | null, detail: string) => () =>
  tumblrError(status, msg, code, detail);

/** By names that a fault can be ordered under. */
export const tumblrErrors: Readonly<Record<string, () => Response>> = {
  unauthorized: error(401, "Unauthorized", 1016, "Unable to authorize"),
  "content-invalid": error(400, "Bad Request", 8001, "The content is not valid NPF."),
  "reblog-invalid": error(400, "Bad Request", 8002, "The reblog parent is not there."),
  "media-invalid": error(400, "Bad Request", 8005, "The media you tried to upload was invalid."),
  "layout-invalid": error(400, "Bad Request", 8016, "The answer layout is not valid."),
  "bad-request": error(400, "Bad Request", null, "This is not right."),
  "photo-limit": error(403, "Forbidden", 8004, "You have exceeded your daily photo upload limit."),
  "video-limit": error(403, "Forbidden", 8011, "You have exceeded your daily video upload limit."),
  "post-limit": error(403, "Forbidden", 8023, "You have exceeded your daily post limit."),
  "queue-full": error(403, "Forbidden", 8022, "Your queue is full."),
  transcoding: error(403, "Forbidden", 8010, "You already have a video transcoding."),
  "video-in-reblog": error(403, "Forbidden", 8008, "Videos may not be in a reblog."),
  forbidden: error(403, "Forbidden", null, "You are not authorized to do that."),
  "not-found": error(404, "Not Found", 0, "Couldn't find what you were looking for."),
  "too-large": error(413, "Request Entity Too Large", null, "That is too large."),
  "limit-exceeded": error(429, "Limit Exceeded", 0, "The daily API limit was exceeded."),
  "upload-failed": error(500, "Internal Server Error", 8006, "The upload failed."),
  "upload-broke": error(500, "Internal Server Error", 8009, "The upload failed."),
  "internal-error": error(500, "Internal Server Error", null, "Something broke."),
  "posting-disabled": error(503, "Service Unavailable", null, "Posting is disabled."),
};

const usual: Readonly<Record<number, string>> = {
  400: "bad-request",
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  413: "too-large",
  429: "limit-exceeded",
  500: "internal-error",
  503: "posting-disabled",
};

export function answerStatus(status: number): Response {
  return refusal(usual[status] ?? "internal-error");
}

/** @throws TypeError for a name that is none */
export function refusal(name: string): Response {
  const make = tumblrErrors[name];
  if (!make) throw new TypeError(`Tumblr has no error ${name}`);
  return make();
}
