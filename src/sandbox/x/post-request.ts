/** The body of POST /2/tweets: CreatePostsRequest of X's OpenAPI description, version 2.167. */
import { boolean, type Check, id, integer, list, object, oneOf, text } from "./schema.ts";

export interface PostRequest {
  readonly text?: string;
  readonly media?: { readonly media_ids: readonly string[] };
  readonly poll?: { readonly options: readonly string[]; readonly duration_minutes: number };
  readonly reply?: { readonly in_reply_to_tweet_id: string };
  readonly quote_tweet_id?: string;
}

const replySettings = oneOf("following", "mentionedUsers", "subscribers", "verified");

const schema: Check = object({
  text: text(),
  media: object(
    {
      media_ids: list(id, { min: 1, max: 4 }),
      tagged_user_ids: list(id, { max: 10 }),
      title: text(),
      description: text(),
      embeddable: boolean,
      preview_media_id: id,
    },
    ["media_ids"],
  ),
  poll: object(
    {
      options: list(text({ min: 1, max: 25 }), { min: 2, max: 4 }),
      duration_minutes: integer(5, 10_080),
      reply_settings: replySettings,
    },
    ["options", "duration_minutes"],
  ),
  reply: object(
    { in_reply_to_tweet_id: id, exclude_reply_user_ids: list(text()), auto_populate_reply_metadata: boolean },
    ["in_reply_to_tweet_id"],
  ),
  quote_tweet_id: id,
  reply_settings: replySettings,
  community_id: id,
  share_with_followers: boolean,
  geo: object({ place_id: text() }, ["place_id"]),
  made_with_ai: boolean,
  paid_partnership: boolean,
  nullcast: boolean,
  edit_options: object({ previous_post_id: id }, ["previous_post_id"]),
  card_uri: text(),
  direct_message_deep_link: text(),
  for_super_followers_only: boolean,
});

/** What takes a paid account, an advertiser or a community. The sandbox has only ordinary accounts. */
const beyondOrdinary = [
  "community_id",
  "share_with_followers",
  "nullcast",
  "edit_options",
  "card_uri",
  "direct_message_deep_link",
  "for_super_followers_only",
] as const;

export type ReadPostRequest =
  | { readonly kind: "request"; readonly request: PostRequest; readonly needsMore: boolean }
  | { readonly kind: "invalid"; readonly messages: readonly string[] };

export function readPostRequest(body: string): ReadPostRequest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return { kind: "invalid", messages: ["Request body is not valid JSON."] };
  }
  const messages = schema(parsed, "$");
  if (messages.length > 0) return { kind: "invalid", messages };
  const request = parsed as PostRequest & Readonly<Record<string, unknown>>;
  const needsMore = beyondOrdinary.some((key) => request[key] !== undefined && request[key] !== false);
  return { kind: "request", request, needsMore };
}
