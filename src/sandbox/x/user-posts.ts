/** GET /2/users/:id/tweets: recent posts, newest first. https://docs.x.com/x-api/users/get-posts */
import type { Context } from "hono";
import type { PostedMedia, SandboxPost } from "../posts.ts";
import type { World } from "../world.ts";
import type { XEnvironment } from "./access.ts";
import { userById, userId } from "./identifiers.ts";
import { returnedText } from "./post-text.ts";
import { invalidRequest, resourceNotFound } from "./problems.ts";
import { listOf, type QueryRules, queryProblems } from "./query.ts";
import { mediaKey } from "./uploads.ts";

/** PostFieldsParameter of X's OpenAPI description, and the two that its older clients ask for by name. */
const postFields = [
  "article",
  "article_title",
  "attachments",
  "author_id",
  "card_uri",
  "community_id",
  "context_annotations",
  "conversation_id",
  "created_at",
  "display_text_range",
  "edit_controls",
  "entities",
  "geo",
  "id",
  "in_reply_to_user_id",
  "lang",
  "matched_media_notes",
  "media_metadata",
  "non_public_metrics",
  "note_post",
  "note_request_suggestions",
  "organic_metrics",
  "paid_partnership",
  "possibly_sensitive",
  "promoted_metrics",
  "public_metrics",
  "referenced_posts",
  "referenced_tweets",
  "reply_settings",
  "scopes",
  "source",
  "suggested_source_links",
  "suggested_source_links_with_counts",
  "text",
  "withheld",
] as const;

const id = /^[0-9]{1,19}$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const rules: QueryRules = {
  lists: {
    "post.fields": postFields,
    "tweet.fields": postFields,
    exclude: ["replies", "retweets"],
    expansions: ["attachments.media_keys", "attachments.poll_ids", "referenced_posts"],
    "media.fields": ["alt_text", "media_key", "type", "url"],
    "poll.fields": ["duration_minutes", "end_datetime", "id", "options", "voting_status"],
  },
  values: {
    max_results: /^([5-9]|[1-9]\d|100)$/,
    pagination_token: id,
    since_id: id,
    until_id: id,
    start_time: time,
    end_time: time,
  },
};

export function userPosts(world: World) {
  return (context: Context<XEnvironment>): Response => {
    const query = new URL(context.req.url).searchParams;
    const problems = queryProblems(query, rules);
    if (problems.length > 0) return invalidRequest(problems);
    const wanted = context.req.param("id") ?? "";
    if (!id.test(wanted)) return invalidRequest([`The \`id\` query parameter value [${wanted}] is not valid`]);
    const person = userById(world, wanted);
    if (!person) return resourceNotFound("user", "id", wanted);
    const found = world.posts.by("x", person.handle).filter(matching(query));
    const page = found.slice(0, Number(query.get("max_results") ?? 10));
    const fields = listOf(query, "post.fields", "tweet.fields");
    const expansions = listOf(query, "expansions");
    // What is expanded is told of in the posts, too.
    const data = page.map((post) => postOf(world, post, [...fields, ...expansions.map(fieldOf)]));
    const includes = includesOf(world, page, expansions);
    return context.json({
      ...(data.length > 0 ? { data } : {}),
      ...(Object.keys(includes).length > 0 ? { includes } : {}),
      meta: metaOf(page, found.length),
    });
  };
}

/** A pagination token is the last id of the page before. */
function matching(query: URLSearchParams): (post: SandboxPost) => boolean {
  const since = BigInt(query.get("since_id") ?? 0);
  const until = [query.get("until_id"), query.get("pagination_token")].flatMap((bound) =>
    bound ? [BigInt(bound)] : [],
  );
  const start = Date.parse(query.get("start_time") ?? "1970-01-01T00:00:00Z");
  const end = query.has("end_time") ? Date.parse(query.get("end_time") ?? "") : Number.POSITIVE_INFINITY;
  const withoutReplies = listOf(query, "exclude").includes("replies");
  return (post) =>
    BigInt(post.id) > since &&
    until.every((bound) => BigInt(post.id) < bound) &&
    post.createdAt >= start &&
    post.createdAt < end &&
    !(withoutReplies && post.replyTo !== null);
}

function metaOf(page: readonly SandboxPost[], found: number): Record<string, unknown> {
  const [newest, oldest] = [page[0], page.at(-1)];
  if (!newest || !oldest) return { result_count: 0 };
  return {
    result_count: page.length,
    newest_id: newest.id,
    oldest_id: oldest.id,
    ...(found > page.length ? { next_token: oldest.id } : {}),
  };
}

function postOf(world: World, post: SandboxPost, fields: readonly string[]): Record<string, unknown> {
  const { text, urls } = returnedText(world, post);
  const attachments = {
    ...(post.media.length > 0 ? { media_keys: post.media.map(mediaKey) } : {}),
    ...(post.poll ? { poll_ids: [post.id] } : {}),
  };
  const references = [
    ...(post.replyTo === null ? [] : [{ type: "replied_to", id: post.replyTo }]),
    ...(post.quotes === null ? [] : [{ type: "quoted", id: post.quotes }]),
  ];
  const all: Record<string, unknown> = {
    id: post.id,
    text,
    edit_history_post_ids: [post.id],
    author_id: userId({ handle: post.author }),
    conversation_id: rootOf(world, post),
    created_at: new Date(post.createdAt).toISOString(),
    ...(urls.length > 0 ? { entities: { urls } } : {}),
    ...(Object.keys(attachments).length > 0 ? { attachments } : {}),
    ...(references.length > 0 ? { referenced_posts: references } : {}),
  };
  const always = ["id", "text", "edit_history_post_ids"];
  return Object.fromEntries(Object.entries(all).filter(([name]) => always.includes(name) || fields.includes(name)));
}

/** `attachments.media_keys` is in the field `attachments`. */
const fieldOf = (expansion: string): string => expansion.split(".")[0] ?? expansion;

function includesOf(
  world: World,
  page: readonly SandboxPost[],
  expansions: readonly string[],
): Record<string, object[]> {
  const expanded: Readonly<Record<string, [string, object[]]>> = {
    "attachments.media_keys": ["media", page.flatMap(({ media }) => media.map(mediaObject))],
    "attachments.poll_ids": ["polls", page.flatMap((post) => pollObject(world, post))],
    referenced_posts: ["posts", page.flatMap((post) => referencedPosts(world, post))],
  };
  const wanted = expansions.flatMap((name) => (expanded[name] ? [expanded[name]] : []));
  return Object.fromEntries(wanted.filter(([, objects]) => objects.length > 0));
}

function mediaObject(media: PostedMedia): object {
  const { kind, url, alt } = media;
  const type = kind === "picture" ? "photo" : { gif: "animated_gif", video: "video" }[kind];
  return { media_key: mediaKey(media), type, ...(url ? { url } : {}), ...(alt === null ? {} : { alt_text: alt }) };
}

function pollObject(world: World, { id, poll, createdAt }: SandboxPost): object[] {
  if (!poll) return [];
  return [
    {
      id,
      options: poll.options.map((label, index) => ({ position: index + 1, label, votes: 0 })),
      duration_minutes: (poll.endsAt - createdAt) / 60_000,
      end_datetime: new Date(poll.endsAt).toISOString(),
      voting_status: poll.endsAt > world.clock.now() ? "open" : "closed",
    },
  ];
}

function referencedPosts(world: World, { replyTo, quotes }: SandboxPost): object[] {
  return [replyTo, quotes].flatMap((id) => {
    const post = id === null ? null : world.posts.find("x", id);
    return post ? [postOf(world, post, [])] : [];
  });
}

/** The id of the post that the conversation began with. */
function rootOf(world: World, post: SandboxPost): string {
  if (post.replyTo === null) return post.id;
  const parent = world.posts.find("x", post.replyTo);
  return parent ? rootOf(world, parent) : post.replyTo;
}
