/**
 * Did it go out? X has no idempotency key, so the account's recent posts are looked at: the same words, links, pictures and
 * parent since it was sent. https://docs.x.com/x-api/users/get-posts
 */
import { type Instant, minutes, seconds, toTimestamp } from "../../domain/time.ts";
import type { Api, Message, Published } from "../platform.ts";
import { postIdOf } from "./create-post.ts";
import { api2, postUrl } from "./endpoints.ts";
import { type Comparable, comparable, comparePost, type ListedPost } from "./same-post.ts";

/** X tells a post's time in whole seconds, and clocks that are kept right differ by less than that. */
const clockDifference = seconds(2);

/** Where clocks are not kept right, one that could be ours is found this long before it was sent. */
const doubtfulTime = minutes(15);

interface Listed {
  readonly data?: readonly ListedPost[];
  readonly meta?: { readonly next_token?: string };
}

/**
 * @returns the post; null where there is none; undefined where one could be it, or where there are too many to look at
 */
export async function findPost(
  api: Api,
  author: string,
  message: Message,
  since: Instant,
): Promise<Published | null | undefined> {
  const listed = (await api.get(`${api2}/users/${author}/tweets`, {
    query: {
      max_results: "100",
      start_time: toTimestamp(since - doubtfulTime),
      "post.fields": "attachments,created_at,entities,note_post",
      // Billed by the post it leads to, so only where it is needed.
      ...(message.replyTo === null && message.quote === null ? {} : { expansions: "referenced_posts" }),
    },
  })) as Listed | undefined;
  const ours = await comparable({
    text: message.text,
    files: message.images.length + (message.video ? 1 : 0),
    poll: message.poll !== null,
    replyTo: message.replyTo && postIdOf(message.replyTo),
    quote: message.quote && postIdOf(message.quote),
  });
  return judged(api, listed ?? {}, ours, since);
}

function judged(api: Api, { data = [], meta }: Listed, ours: Comparable, since: Instant): Published | null | undefined {
  const verdicts = data.map((post) => ({ post, verdict: comparePost(post, ours) }));
  const found = verdicts.filter(
    ({ verdict, post }) => verdict === "same" && createdAt(post) >= since - clockDifference,
  );
  // Newest first: the oldest of them is the first that was sent.
  const first = found.at(-1)?.post;
  if (first) return { remoteId: first.id, url: postUrl(api.handle, first.id) };
  const doubtful = verdicts.some(({ verdict }) => verdict !== "other");
  return doubtful || meta?.next_token !== undefined ? undefined : null;
}

function createdAt(post: ListedPost): Instant {
  return Date.parse(post.created_at ?? "");
}
