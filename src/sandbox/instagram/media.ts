/** What is public on Instagram: publishing, reading, comments. https://developers.facebook.com/docs/instagram-platform/reference */
import { days } from "../../domain/time.ts";
import { type Container, mediaOf, stateOf } from "../containers.ts";
import type { GraphContext } from "../graph/access.ts";
import { graphErrors, invalidParameter, noSuchObject } from "../graph/errors.ts";
import { instagramId, personId, shortcodeOf } from "../graph/media-ids.ts";
import { graphTime, momentOf, type Node, selected } from "../graph/media-nodes.ts";
import { paged } from "../graph/paging.ts";
import type { SandboxPost } from "../posts.ts";
import { personOf, type World } from "../world.ts";
import { publishingErrors } from "./errors.ts";

export const pictureHost = "scontent.cdninstagram.com";

const quota = 100;

const used = (world: World, handle: string): number =>
  world.containers.publishedSince("instagram", handle, world.clock.now() - days(1)).length;

export function publish(world: World, nextId: () => string) {
  return (context: GraphContext): Response => {
    const creation = context.get("parameters").text("creation_id");
    if (!creation) return invalidParameter("The parameter creation_id is required");
    const container = world.containers.find("instagram", creation);
    const { handle } = context.get("person");
    if (container?.owner !== handle) return publishingErrors["media-missing"]();
    const state = stateOf(container, world.clock.now());
    if (state === "IN_PROGRESS") return publishingErrors["not-ready"]();
    if (state !== "FINISHED" || container.isItem) return publishingErrors["builder-missing"]();
    if (used(world, handle) >= quota) return publishingErrors["publishing-limit"]();
    const id = nextId();
    const at = world.clock.now();
    world.posts.add({
      platform: "instagram",
      id,
      author: handle,
      text: container.parameters["caption"] ?? "",
      createdAt: at,
      url: addressOf(container, id, handle),
      replyTo: null,
      quotes: null,
      poll: null,
      media: mediaOf(container, pictureHost),
    });
    container.published = { id, at };
    return context.json({ id });
  };
}

function addressOf({ kind }: Container, id: string, handle: string): string {
  if (kind === "STORIES") return `https://www.instagram.com/stories/${handle}/${id}`;
  return `https://www.instagram.com/${kind === "REELS" ? "reel" : "p"}/${shortcodeOf(id)}/`;
}

export function publishingLimit(world: World) {
  return (context: GraphContext): Response => {
    const config = { quota_total: quota, quota_duration: 86_400 };
    const node = { quota_usage: used(world, context.get("person").handle), config };
    const found = selected(node, context.get("parameters").text("fields") ?? "quota_usage", "ContentPublishingLimit");
    return found instanceof Response ? found : context.json({ data: [found] });
  };
}

const containerOf = (world: World, { author, id }: SandboxPost): Container | null =>
  world.containers.publishedSince("instagram", author, 0).find(({ published }) => published?.id === id) ?? null;

/** Newest first; a story is a story for a day. */
export function listMedia(world: World, stories: boolean) {
  return (context: GraphContext): Response => {
    const parameters = context.get("parameters");
    const since = stories ? world.clock.now() - days(1) : momentOf(parameters.text("since"));
    if (since === undefined) return invalidParameter("since is not a valid time");
    const posts = world.posts
      .by("instagram", context.get("person").handle)
      .filter((post) => post.replyTo === null && (containerOf(world, post)?.kind === "STORIES") === stories)
      .filter((post) => since === null || post.createdAt >= since);
    const { data, paging } = paged(context.req.url, parameters, posts);
    const found = data.map((post) => selected(mediaNode(world, post), parameters.text("fields"), "Media"));
    const refusal = found.find((one) => one instanceof Response);
    return refusal instanceof Response ? refusal : context.json({ data: found, ...(paging ? { paging } : {}) });
  };
}

function mediaNode(world: World, post: SandboxPost): Node {
  const kind = containerOf(world, post)?.kind ?? "IMAGE";
  const person = personOf(world, post.author);
  const [first] = post.media;
  const products: Readonly<Record<string, string>> = { REELS: "REELS", STORIES: "STORY" };
  return {
    id: post.id,
    caption: post.text === "" ? undefined : post.text,
    media_type: kind === "CAROUSEL" ? "CAROUSEL_ALBUM" : first?.kind === "video" ? "VIDEO" : "IMAGE",
    media_product_type: products[kind] ?? "FEED",
    media_url: first?.url ?? undefined,
    alt_text: first?.alt ?? undefined,
    permalink: post.url,
    shortcode: shortcodeOf(post.id),
    timestamp: graphTime(post.createdAt),
    username: post.author,
    owner: person ? { id: instagramId(person) } : undefined,
    children: kind === "CAROUSEL" ? { data: post.media.map(({ id }) => ({ id })) } : undefined,
    comments_count: commentsOn(world, post).length,
    like_count: 0,
    is_shared_to_feed: undefined,
    thumbnail_url: undefined,
  };
}

const commentsOn = (world: World, { id }: SandboxPost): SandboxPost[] =>
  world.posts.newestFirst().filter(({ platform, replyTo }) => platform === "instagram" && replyTo === id);

const words: Readonly<Record<string, string>> = {
  IN_PROGRESS: "In Progress: Media is still being processed.",
  FINISHED: "Finished: Media has been uploaded and it is ready to be published.",
  PUBLISHED: "Published: Media has been successfully published.",
  EXPIRED: "Expired: Media was not published within 24 hours.",
};

function containerNode(world: World, container: Container): Node {
  const state = stateOf(container, world.clock.now());
  const { id, upload, file, problem } = container;
  return {
    id,
    status_code: state,
    status: state === "ERROR" ? `Error: Media upload has failed with error code ${problem}` : words[state],
    video_status:
      upload === null
        ? undefined
        : {
            uploading_phase: { status: file ? "complete" : "in_progress", bytes_transferred: upload.size },
            processing_phase: { status: state === "FINISHED" || state === "PUBLISHED" ? "complete" : "not_started" },
          },
    copyright_check_status: undefined,
  };
}

/** A container, a post, or the account. */
export function getObject(world: World) {
  return (context: GraphContext): Response => {
    const id = context.req.param("id") ?? "";
    const person = context.get("person");
    const asked = context.get("parameters").text("fields");
    const container = world.containers.find("instagram", id);
    const post = world.posts.find("instagram", id);
    if (id === instagramId(person)) return answer(context, accountNode(context), asked, "IGUser");
    if (container?.owner === person.handle)
      return answer(context, containerNode(world, container), asked, "IGContainer");
    if (post?.author === person.handle) return answer(context, mediaNode(world, post), asked, "IGMedia");
    return noSuchObject(id, "get");
  };
}

function accountNode(context: GraphContext): Node {
  const person = context.get("person");
  return {
    // Of this app alone; media are published with the other one.
    id: personId(person, "26413"),
    user_id: instagramId(person),
    username: person.handle,
    name: person.name,
    account_type: person.personal ? "PERSONAL" : "BUSINESS",
    profile_picture_url: undefined,
    biography: "",
    followers_count: 0,
    follows_count: 0,
    media_count: 0,
  };
}

export function me() {
  return (context: GraphContext): Response =>
    answer(context, accountNode(context), context.get("parameters").text("fields"), "IGUser");
}

function answer(context: GraphContext, node: Node, asked: string | null, type: string): Response {
  const found = selected(node, asked, type);
  return found instanceof Response ? found : context.json(found);
}

export function createComment(world: World, nextId: () => string) {
  return (context: GraphContext): Response => {
    const media = context.req.param("id") ?? "";
    const post = world.posts.find("instagram", media);
    if (!post) return noSuchObject(media, "post");
    const text = context.get("parameters").text("message") ?? "";
    if (text.trim() === "") return invalidParameter("The parameter message is required");
    const { handle } = context.get("person");
    const id = nextId();
    world.posts.add({
      platform: "instagram",
      id,
      author: handle,
      text,
      createdAt: world.clock.now(),
      url: `${post.url}c/${id}/`,
      replyTo: media,
      quotes: null,
      poll: null,
      media: [],
    });
    return context.json({ id });
  };
}

export function deleteMedia(world: World) {
  return (context: GraphContext): Response => {
    const id = context.req.param("id") ?? "";
    const post = world.posts.find("instagram", id);
    if (!post) return noSuchObject(id, "delete");
    if (post.author !== context.get("person").handle) return graphErrors["permission-denied"]();
    for (const one of [post, ...commentsOn(world, post)]) world.posts.remove("instagram", one.id);
    return context.json({ success: true });
  };
}
