/** /{page}/feed and /{page}/scheduled_posts. https://developers.facebook.com/docs/graph-api/reference/page/feed */
import type { GraphContext } from "../graph/access.ts";
import { invalidParameter } from "../graph/errors.ts";
import { fieldsOf, picked } from "../graph/fields.ts";
import { paged } from "../graph/paging.ts";
import type { Parameters } from "../graph/parameters.ts";
import type { PostedMedia, SandboxPost } from "../posts.ts";
import type { World } from "../world.ts";
import { actingPage, type NextId, postingPermissions, publicationOf } from "./environment.ts";
import { facebookErrors } from "./errors.ts";
import { authorOf, type Page } from "./pages.ts";
import { posted, postOf } from "./posted.ts";

const longest = 63_206;

export function createPost(world: World, nextId: NextId) {
  return (context: GraphContext): Response => {
    const page = actingPage(world, context, { permissions: postingPermissions, task: "CREATE_CONTENT" });
    if (page instanceof Response) return page;
    const parameters = context.get("parameters");
    const publication = publicationOf(world, parameters);
    if (publication instanceof Response) return publication;
    const media = attachedMedia(world, parameters, page, publication.scheduled);
    if (media instanceof Response) return media;
    const message = parameters.text("message") ?? "";
    const link = parameters.text("link");
    const refusal = refusedContent(message, link, media) ?? refusedDuplicate(world, page, message, link, media);
    if (refusal) return refusal;
    const post = { id: `${page.id}_${nextId()}`, text: message, media, createdAt: publication.at };
    world.posts.add(postOf(page, link === null ? post : { ...post, link }));
    for (const { id } of media) {
      const photo = world.uploads.find("facebook", id);
      if (photo) photo.finalizedAt = world.clock.now();
    }
    return context.json({ id: post.id });
  };
}

/** `attached_media[0]={"media_fbid":"…"}`, or all of them as a list. Each once, unpublished, and the Page's own. */
function attachedMedia(
  world: World,
  parameters: Parameters,
  page: Page,
  scheduled: boolean,
): readonly PostedMedia[] | Response {
  const written = parameters
    .names()
    .filter((name) => /^attached_media\[\d+\]$/.test(name))
    .map((name) => parameters.text(name) ?? "");
  const list = parameters.text("attached_media");
  const found: PostedMedia[] = [];
  for (const entry of list === null ? written.map(read) : listOf(read(list))) {
    const id = (entry as { media_fbid?: unknown } | null)?.media_fbid;
    const photo = typeof id === "string" ? world.uploads.find("facebook", id) : null;
    if (photo?.kind !== "picture" || photo.owner !== page.id) return invalidParameter("Invalid attached_media");
    if (photo.finalizedAt !== null) return invalidParameter("The photo is published already");
    if (scheduled && photo.temporary !== true) {
      return invalidParameter("Photos of a scheduled post must be uploaded as temporary");
    }
    found.push(posted(photo));
  }
  return new Set(found.map(({ id }) => id)).size === found.length
    ? found
    : invalidParameter("Duplicate attached_media");
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [null]);

function refusedContent(message: string, link: string | null, media: readonly PostedMedia[]): Response | null {
  if (message.trim() === "" && link === null && media.length === 0) {
    return invalidParameter("Missing message or attachment");
  }
  if ([...message].length > longest) return invalidParameter("Name parameter too long");
  if (link === null) return null;
  if (!URL.canParse(link) || !/^https?:$/.test(new URL(link).protocol)) {
    return invalidParameter("The url you supplied is invalid");
  }
  return /(^|\.)facebook\.com$/.test(new URL(link).host) ? facebookErrors["link-to-facebook"]() : null;
}

/** Identical to the last one: of pictures alone there is nothing to compare. */
function refusedDuplicate(
  world: World,
  page: Page,
  message: string,
  link: string | null,
  media: readonly PostedMedia[],
): Response | null {
  const [last] = world.posts.by("facebook", authorOf(page)).filter(isNoComment);
  if (!last || media.length > 0 || last.media.length > 0) return null;
  return last.text === message && (last.link ?? null) === link ? facebookErrors.duplicate() : null;
}

export const postFields = [
  "id",
  "message",
  "created_time",
  "permalink_url",
  "is_published",
  "scheduled_publish_time",
  "attachments",
  "from",
  "full_picture",
  "status_type",
] as const;

export function listPosts(world: World, which: "feed" | "scheduled_posts") {
  return (context: GraphContext): Response => {
    const page = actingPage(world, context, { permissions: ["pages_read_engagement"], task: "ANALYZE" });
    if (page instanceof Response) return page;
    const parameters = context.get("parameters");
    const fields = fieldsOf(parameters.text("fields"), "Post", postFields, ["id", "message", "created_time"]);
    if (fields instanceof Response) return fields;
    const author = authorOf(page);
    const since = Number(parameters.text("since") ?? 0) * 1000;
    const all = which === "feed" ? world.posts.by("facebook", author) : scheduled(world, author);
    const posts = all.filter((post) => isNoComment(post) && post.createdAt >= since);
    const nodes = posts.map((post) => ({ ...picked(postNode(world, post, page), fields), id: post.id }));
    return context.json(paged(context.req.url, parameters, nodes));
  };
}

/** Videos that are processed are to come too, but are no scheduled posts. */
function scheduled(world: World, author: string): SandboxPost[] {
  return world.posts.toCome("facebook", author).filter((post) => !isVideo(post));
}

const isNoComment = ({ replyTo }: SandboxPost): boolean => replyTo === null;
const isVideo = ({ media }: SandboxPost): boolean => media.some(({ kind }) => kind === "video");

export function postNode(world: World, post: SandboxPost, page: Page): Record<string, unknown> {
  const { id, text, url, createdAt, media, link } = post;
  const isPublic = createdAt <= world.clock.now();
  return {
    id,
    ...(text === "" ? {} : { message: text }),
    created_time: `${new Date(Math.min(createdAt, world.clock.now())).toISOString().slice(0, 19)}+0000`,
    permalink_url: url,
    is_published: isPublic,
    ...(isPublic ? {} : { scheduled_publish_time: Math.floor(createdAt / 1000) }),
    ...(media.length > 0 || link ? { attachments: { data: [attachment(media, link)] } } : {}),
    from: { id: page.id, name: page.name },
    status_type: isVideo(post) ? "added_video" : media.length > 0 ? "added_photos" : "mobile_status_update",
  };
}

function attachment(media: readonly PostedMedia[], link: string | undefined): Record<string, unknown> {
  const one = (each: PostedMedia) => ({
    type: each.kind === "video" ? "video_inline" : "photo",
    media_type: each.kind === "video" ? "video" : "photo",
    target: { id: each.id },
  });
  const [first] = media;
  if (!first) {
    const shim = `https://l.facebook.com/l.php?u=${encodeURIComponent(link ?? "")}`;
    return { type: "share", media_type: "link", target: { url: shim }, url: shim, unshimmed_url: link };
  }
  if (media.length === 1) return one(first);
  return { type: "album", media_type: "album", subattachments: { data: media.map(one) } };
}
