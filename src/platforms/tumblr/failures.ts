/** What Tumblr refuses: a status, and a subcode beside it. https://github.com/tumblr/docs/blob/master/api.md */
import type { FailureRule, PlatformError } from "../platform.ts";

const minute = 60;
/** What is counted by the day passes some time within it. */
const quarterOfDay = 6 * 60 * minute;

export const failures: readonly FailureRule[] = [
  { code: 8001, is: "invalid_content", say: "Tumblr cannot read the post's blocks" },
  { code: 8002, is: "gone", say: "the post that is reblogged is not there" },
  { code: 8005, is: "invalid_content", say: "Tumblr does not take a file of the post" },
  { code: 8016, is: "invalid_content", say: "Tumblr cannot read the post's layout" },
  {
    code: 8004,
    is: "rate_limited",
    say: "the blog has posted as many pictures today as Tumblr allows",
    wait: quarterOfDay,
  },
  {
    code: 8011,
    is: "rate_limited",
    say: "the blog has posted as many videos today as Tumblr allows",
    wait: quarterOfDay,
  },
  { code: 8023, is: "rate_limited", say: "the blog has posted as often today as Tumblr allows", wait: quarterOfDay },
  { code: 8010, is: "rate_limited", say: "a video of the blog is still transcoded", wait: 5 * minute },
  { code: 8022, is: "permission", say: "the blog's queue is full (1000 posts)" },
  { code: 8008, is: "invalid_content", say: "a reblog takes no video" },
  { code: 8006, is: "transient", say: "the upload failed at Tumblr" },
  { code: 8009, is: "transient", say: "the upload failed at Tumblr" },
  { status: 401, is: "reauth" },
  { status: 403, is: "permission", say: "the account may not do that with this blog" },
  { status: 404, is: "gone", say: "there is no such blog or post" },
  { status: 413, is: "invalid_content", say: "it is too large" },
  { status: 429, is: "rate_limited", say: "the app's or the network's requests are used up", wait: 15 * minute },
  { status: 503, is: "transient", say: "posting is switched off at Tumblr for a while" },
  { status: 400, is: "invalid_content" },
];

interface ErrorBody {
  readonly meta?: { readonly status?: number; readonly msg?: string };
  readonly errors?: readonly { readonly title?: string; readonly code?: number; readonly detail?: string }[];
}

export function errorOf(body: unknown): PlatformError {
  if (typeof body !== "object" || body === null) return {};
  const { meta, errors } = body as ErrorBody;
  const [first] = errors ?? [];
  return { code: first?.code, message: first?.detail ?? first?.title ?? meta?.msg };
}

/**
 * Token replies have an `id_token` that is `false`, which is none. Refusals may be in the API's shape: a dead refresh token is a
 * 401.
 */
export function readReply(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  const { id_token: _none, ...reply } = body as Readonly<Record<string, unknown>>;
  const { meta } = body as ErrorBody;
  return meta?.status === 401 ? { error: "invalid_grant", error_description: errorOf(body).message } : reply;
}
