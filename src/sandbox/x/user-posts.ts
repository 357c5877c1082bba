/** GET /2/users/:id/tweets: recent posts, newest first. https://docs.x.com/x-api/users/get-posts */
import type { Context } from "hono";
import type { SandboxPost } from "../posts.ts";
import type { World } from "../world.ts";
import type { XEnvironment } from "./access.ts";
import { userById, userId } from "./identifiers.ts";
import { returnedText } from "./post-text.ts";
import { invalidRequest, resourceNotFound } from "./problems.ts";
import { listOf, type QueryRules, queryProblems } from "./query.ts";

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
  lists: { "post.fields": postFields, "tweet.fields": postFields, exclude: ["replies", "retweets"] },
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
    const data = page.map((post) => postOf(world, post, fields));
    return context.json({ ...(data.length > 0 ? { data } : {}), meta: metaOf(page, found.length) });
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
  const { text, urls } = returnedText(post.id, post.text);
  const all: Record<string, unknown> = {
    id: post.id,
    text,
    edit_history_post_ids: [post.id],
    author_id: userId({ handle: post.author }),
    conversation_id: rootOf(world, post),
    created_at: new Date(post.createdAt).toISOString(),
    ...(urls.length > 0 ? { entities: { urls } } : {}),
    ...(post.replyTo === null ? {} : { referenced_posts: [{ type: "replied_to", id: post.replyTo }] }),
  };
  const always = ["id", "text", "edit_history_post_ids"];
  return Object.fromEntries(Object.entries(all).filter(([name]) => always.includes(name) || fields.includes(name)));
}

/** The id of the post that the conversation began with. */
function rootOf(world: World, post: SandboxPost): string {
  if (post.replyTo === null) return post.id;
  const parent = world.posts.find("x", post.replyTo);
  return parent ? rootOf(world, parent) : post.replyTo;
}
