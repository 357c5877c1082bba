/**
 * Did it go out? X has no idempotency key, so the account's recent posts are looked at: the same words, links, media and
 * parent. https://docs.x.com/x-api/users/get-posts
 */
import { type Instant, toTimestamp } from "../../domain/time.ts";
import type { Api, Message, Published } from "../platform.ts";
import { postIdOf } from "./create-post.ts";
import { api2, postUrl } from "./endpoints.ts";
import { type ListedPost, likeness } from "./same-post.ts";
import type { Uploaded } from "./upload.ts";

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
  { mediaIds }: Uploaded,
  since: Instant,
): Promise<Published | null | undefined> {
  const { data = [], meta } = (await api.get(`${api2}/users/${author}/tweets`, {
    query: {
      max_results: "100",
      start_time: toTimestamp(since),
      "post.fields": "attachments,created_at,entities,note_post",
      // Billed by the post it leads to, so only where it is needed.
      ...(message.replyTo === null && message.quote === null ? {} : { expansions: "referenced_posts" }),
    },
  })) as Listed;
  const written = {
    text: message.text,
    mediaIds,
    poll: message.poll !== null,
    replyTo: message.replyTo && postIdOf(message.replyTo),
    quote: message.quote && postIdOf(message.quote),
  };
  const found = data.find((post) => likeness(post, written) === "same");
  if (found) return { remoteId: found.id, url: postUrl(api.handle, found.id) };
  const doubtful = data.some((post) => likeness(post, written) === "unsure");
  return doubtful || meta?.next_token !== undefined ? undefined : null;
}
