/** The request that makes a message public, and the one that takes it down. https://docs.x.com/x-api/posts/create-post */
import { Failure } from "../../domain/failure.ts";
import type { Api, Message, Published } from "../platform.ts";
import { api2, postUrl } from "./endpoints.ts";
import type { Uploaded } from "./upload.ts";

export async function createPost(api: Api, message: Message, { mediaIds }: Uploaded): Promise<Published> {
  const json = requestFor(message, mediaIds);
  const answer = await api.post(`${api2}/tweets`, { json }).catch((error) => {
    throw message.quote === null ? error : aboutQuoting(error);
  });
  const id = (answer as { data?: { id?: string } } | undefined)?.data?.id;
  if (!id) throw new Failure("delivery_unknown", "X accepted the post but did not name it");
  return { remoteId: id, url: postUrl(api.handle, id) };
}

/** Apps that are not Enterprise may not quote since 2026-04-16, and X does not say that this is why. */
function aboutQuoting(error: unknown): unknown {
  if (!(error instanceof Failure && error.code === "not_permitted")) return error;
  return new Failure(error.code, error.message, {
    hint: "X lets only Enterprise apps quote; put the post's address in the text instead",
    cause: error,
  });
}

/** X refuses keys that it does not know, and empty ones. */
function requestFor(message: Message, mediaIds: readonly string[]): Readonly<Record<string, unknown>> {
  const { text, poll, replyTo, quote } = message;
  return {
    text,
    ...(mediaIds.length > 0 ? { media: { media_ids: mediaIds } } : {}),
    ...(poll ? { poll: { options: poll.options, duration_minutes: poll.minutes } } : {}),
    ...(replyTo === null ? {} : { reply: { in_reply_to_tweet_id: postIdOf(replyTo) } }),
    ...(quote === null ? {} : { quote_tweet_id: postIdOf(quote) }),
  };
}

/** @throws Failure `content_invalid` for what is neither a post's id nor its address */
export function postIdOf(reference: string): string {
  const [, id] =
    /^(?:https?:\/\/(?:[\w-]+\.)?(?:x|twitter)\.com\/(?:\w+|i\/web)\/status(?:es)?\/)?(\d{1,19})(?:[/?#].*)?$/i.exec(
      reference.trim(),
    ) ?? [];
  if (id) return id;
  throw new Failure("content_invalid", `"${reference}" is no post on X`, {
    hint: "give its address (https://x.com/NAME/status/NUMBER) or the number alone",
  });
}

/** What is gone already is gone. */
export async function deletePost(api: Api, remoteId: string): Promise<void> {
  try {
    await api.delete(`${api2}/tweets/${remoteId}`);
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
  }
}
