/** What is public on Threads: publishing, reading, deleting. https://developers.facebook.com/docs/threads/threads-media */
import { days, hours } from "../../domain/time.ts";
import { type Container, mediaOf, stateOf } from "../containers.ts";
import type { GraphContext } from "../graph/access.ts";
import { graphErrors, invalidParameter, noSuchObject } from "../graph/errors.ts";
import { personId, shortcodeOf } from "../graph/media-ids.ts";
import { graphTime, momentOf, selected } from "../graph/media-nodes.ts";
import { paged } from "../graph/paging.ts";
import type { SandboxPost } from "../posts.ts";
import { personOf, type World } from "../world.ts";
import { refusals } from "./errors.ts";

export const peoplePrefix = "25318";
export const pictureHost = "threads.cdninstagram.com";

const quotas = { posts: 250, replies: 1000, deletions: 100 } as const;

const isReply = ({ parameters }: Container): boolean => parameters["reply_to_id"] !== undefined;

function used(world: World, handle: string): { posts: number; replies: number } {
  const published = world.containers.publishedSince("threads", handle, world.clock.now() - days(1));
  const replies = published.filter(isReply).length;
  return { posts: published.length - replies, replies };
}

export function publishContainer(world: World, nextId: () => string) {
  return (container: Container, context: GraphContext): Response => {
    const isOver = isReply(container)
      ? used(world, container.owner).replies >= quotas.replies
      : used(world, container.owner).posts >= quotas.posts;
    if (isOver) return refusals.limitReached();
    const { parameters, owner } = container;
    const now = world.clock.now();
    const id = nextId();
    world.posts.add({
      platform: "threads",
      id,
      author: owner,
      text: textOf(parameters),
      createdAt: now,
      url: `https://www.threads.com/@${owner}/post/${shortcodeOf(id)}`,
      replyTo: parameters["reply_to_id"] ?? null,
      quotes: parameters["quote_post_id"] ?? null,
      poll: pollOf(parameters["poll_attachment"], now),
      media: mediaOf(container, pictureHost),
    });
    container.published = { id, at: now };
    return context.json({ id });
  };
}

/** As a reader sees it: with the link's card and the topic. */
function textOf({ text = "", link_attachment: link, topic_tag: topic }: Readonly<Record<string, string>>): string {
  return [text, link, topic === undefined ? undefined : `› ${topic}`].filter(Boolean).join("\n");
}

function pollOf(attachment: string | undefined, now: number): SandboxPost["poll"] {
  if (attachment === undefined) return null;
  const options = Object.values(JSON.parse(attachment) as Record<string, string>);
  return { options, endsAt: now + hours(24) };
}

export function publish(world: World, make: ReturnType<typeof publishContainer>) {
  return (context: GraphContext): Response => {
    const id = context.get("parameters").text("creation_id");
    if (!id) return invalidParameter("The parameter creation_id is required");
    const container = world.containers.find("threads", id);
    const own = container?.owner === context.get("person").handle && !container.isItem;
    // What is not ready is not there yet, and what was published is not there any more.
    if (!own || stateOf(container, world.clock.now()) !== "FINISHED") return refusals.mediaNotFound(id);
    return make(container, context);
  };
}

export function publishingLimit(world: World) {
  return (context: GraphContext): Response => {
    const { posts, replies } = used(world, context.get("person").handle);
    const limit = (quota_total: number) => ({ quota_total, quota_duration: 86_400 });
    const all = {
      id: undefined,
      quota_usage: posts,
      config: limit(quotas.posts),
      reply_quota_usage: replies,
      reply_config: limit(quotas.replies),
      delete_quota_usage: 0,
      delete_config: limit(quotas.deletions),
      location_search_quota_usage: 0,
      location_search_config: limit(500),
    };
    const found = selected(all, context.get("parameters").text("fields") ?? "quota_usage", "ThreadsMedia");
    return found instanceof Response ? found : context.json({ data: [found] });
  };
}

/** Posts and replies are two lists; both newest first. */
export function listPosts(world: World, replies: boolean) {
  return (context: GraphContext): Response => {
    const parameters = context.get("parameters");
    const limit = Number(parameters.text("limit") ?? "25");
    if (!Number.isInteger(limit) || limit < 1 || limit > 100)
      return invalidParameter("limit must be between 1 and 100");
    const since = momentOf(parameters.text("since"));
    if (since === undefined) return invalidParameter("since is not a valid time");
    const posts = world.posts
      .by("threads", context.get("person").handle)
      .filter((post) => (post.replyTo !== null) === replies && (since === null || post.createdAt >= since));
    const { data, paging } = paged(context.req.url, parameters, posts);
    const found = data.map((post) => selected(fieldsOf(world, post), parameters.text("fields"), "ThreadsMedia"));
    const refusal = found.find((one) => one instanceof Response);
    return refusal instanceof Response ? refusal : context.json({ data: found, ...(paging ? { paging } : {}) });
  };
}

function fieldsOf(world: World, post: SandboxPost): Record<string, unknown> {
  const person = personOf(world, post.author);
  const kinds = { 0: "TEXT_POST", 1: post.media[0]?.kind === "video" ? "VIDEO" : "IMAGE" } as Record<number, string>;
  const container = world.containers
    .publishedSince("threads", post.author, 0)
    .find(({ published }) => published?.id === post.id);
  const { text, link_attachment, topic_tag } = container?.parameters ?? {};
  return {
    id: post.id,
    media_product_type: "THREADS",
    media_type: kinds[post.media.length] ?? "CAROUSEL_ALBUM",
    media_url: post.media[0]?.url ?? undefined,
    permalink: post.url,
    owner: person ? { id: personId(person, peoplePrefix) } : undefined,
    username: post.author,
    text,
    timestamp: graphTime(post.createdAt),
    shortcode: shortcodeOf(post.id),
    children: post.media.length > 1 ? { data: post.media.map(({ id }) => ({ id })) } : undefined,
    is_quote_post: post.quotes !== null,
    has_replies: world.posts
      .newestFirst()
      .some(({ replyTo, platform }) => platform === "threads" && replyTo === post.id),
    is_reply: post.replyTo !== null,
    replied_to: post.replyTo === null ? undefined : { id: post.replyTo },
    alt_text: post.media[0]?.alt ?? undefined,
    link_attachment_url: link_attachment,
    topic_tag,
  };
}

/** A container, a post, or a person. */
export function getObject(world: World) {
  return (context: GraphContext): Response => {
    const id = context.req.param("id") ?? "";
    const handle = context.get("person").handle;
    const asked = context.get("parameters").text("fields");
    const container = world.containers.find("threads", id);
    const post = world.posts.find("threads", id);
    if (container?.owner === handle) {
      const status = stateOf(container, world.clock.now());
      const all = { id, status, error_message: status === "ERROR" ? container.problem : undefined };
      return answer(context, all, asked);
    }
    if (post) return answer(context, fieldsOf(world, post), asked);
    return noSuchObject(id, "get");
  };
}

export function deletePost(world: World) {
  return (context: GraphContext): Response => {
    const id = context.req.param("id") ?? "";
    const post = world.posts.find("threads", id);
    if (!post) return noSuchObject(id, "delete");
    if (post.author !== context.get("person").handle) return graphErrors["permission-denied"]();
    const { handle } = context.get("person");
    const window = { limit: quotas.deletions, window: days(1) };
    if (world.rateWindows.count(`threads delete ${handle}`, window, world.clock.now()).exceeded) {
      return refusals.limitReached();
    }
    world.posts.remove("threads", id);
    return context.json({ success: true, deleted_id: id });
  };
}

export function me() {
  return (context: GraphContext): Response => {
    const person = context.get("person");
    const all = {
      id: personId(person, peoplePrefix),
      username: person.handle,
      name: person.name,
      threads_profile_picture_url: undefined,
      threads_biography: "",
      is_verified: false,
      is_eligible_for_geo_gating: false,
      recently_searched_keywords: undefined,
    };
    return answer(context, all, context.get("parameters").text("fields"));
  };
}

function answer(context: GraphContext, all: Record<string, unknown>, asked: string | null): Response {
  const found = selected(all, asked, "ThreadsMedia");
  return found instanceof Response ? found : context.json(found);
}
