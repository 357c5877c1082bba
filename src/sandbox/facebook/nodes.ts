/** A single thing by its id: read, taken down, commented on. */
import type { GraphContext } from "../graph/access.ts";
import { invalidParameter, missingPermission, noSuchObject } from "../graph/errors.ts";
import { fieldsOf, picked } from "../graph/fields.ts";
import type { SandboxPost } from "../posts.ts";
import type { Upload } from "../uploads.ts";
import type { World } from "../world.ts";
import type { NextId } from "./environment.ts";
import { postFields, postNode } from "./feed.ts";
import { authorOf, type Page, pageById } from "./pages.ts";
import { pageAnswer } from "./people.ts";
import { postOfVideo, videoNode } from "./videos.ts";

export function readNode(world: World) {
  return (context: GraphContext): Response => {
    const id = context.req.param("id") ?? "";
    const asked = context.get("parameters").text("fields");
    const page = pageById(world, id);
    if (page) return pageAnswer(world, context, page, asked);
    const own = ownPage(world, context);
    const thing = own && thingOf(world, own, id);
    if (!own || !thing) return noSuchObject(id, "get");
    if (!context.get("token").scopes.includes("pages_read_engagement")) {
      return missingPermission("pages_read_engagement");
    }
    if (thing.kind === "video") return videoNode(world, thing.video, asked);
    if (thing.kind === "photo") {
      const fields = fieldsOf(asked, "Photo", ["id", "alt_text_custom", "link"], ["id"]);
      if (fields instanceof Response) return fields;
      return context.json(picked({ id, alt_text_custom: thing.photo.alt ?? undefined }, fields));
    }
    const fields = fieldsOf(asked, "Post", postFields, ["id", "message", "created_time"]);
    if (fields instanceof Response) return fields;
    return context.json({ ...picked(postNode(world, thing.post, own), fields), id });
  };
}

function ownPage(world: World, context: GraphContext): Page | null {
  const { subject } = context.get("token");
  return subject === null ? null : pageById(world, subject);
}

type Thing =
  | { readonly kind: "post"; readonly post: SandboxPost }
  | { readonly kind: "video"; readonly video: Upload }
  | { readonly kind: "photo"; readonly photo: Upload };

/** Of this Page: what is another's is not there for its token. */
function thingOf(world: World, page: Page, id: string): Thing | null {
  const post = world.posts.find("facebook", id);
  if (post) return post.author === authorOf(page) ? { kind: "post", post } : null;
  const upload = world.uploads.find("facebook", id);
  if (upload?.owner !== page.id || gone.has(upload)) return null;
  return upload.kind === "video" ? { kind: "video", video: upload } : { kind: "photo", photo: upload };
}

/** Taken down. */
const gone = new WeakSet<Upload>();

export function deleteNode(world: World) {
  return (context: GraphContext): Response => {
    const id = context.req.param("id") ?? "";
    const page = ownPage(world, context);
    const thing = page && thingOf(world, page, id);
    if (!thing) return noSuchObject(id, "delete");
    if (!context.get("token").scopes.includes("pages_manage_posts")) return missingPermission("pages_manage_posts");
    takeDown(world, thing);
    return context.json({ success: true });
  };
}

function takeDown(world: World, thing: Thing): void {
  if (thing.kind === "photo") gone.add(thing.photo);
  if (thing.kind === "video") gone.add(thing.video);
  const post = thing.kind === "post" ? thing.post : thing.kind === "video" ? postOfVideo(world, thing.video) : null;
  if (!post) return;
  for (const { id } of [post, ...commentsOn(world, post)]) world.posts.remove("facebook", id);
}

const commentsOn = (world: World, { id }: SandboxPost): SandboxPost[] =>
  world.posts.all("facebook").filter(({ replyTo }) => replyTo === id);

export function createComment(world: World, nextId: NextId) {
  return (context: GraphContext): Response => {
    const id = context.req.param("id") ?? "";
    const page = ownPage(world, context);
    const thing = page && thingOf(world, page, id);
    if (!page || !thing || thing.kind === "photo") return noSuchObject(id, "post");
    const { scopes } = context.get("token");
    if (!scopes.includes("pages_manage_engagement")) return missingPermission("pages_manage_engagement");
    const post = thing.kind === "post" ? thing.post : postOfVideo(world, thing.video);
    // What is not public yet takes no comments.
    if (!post || post.createdAt > world.clock.now()) return noSuchObject(id, "post");
    const message = context.get("parameters").text("message") ?? "";
    if (message.trim() === "") return invalidParameter("Missing message or attachment");
    const number = post.id.split("_").at(-1);
    const commentId = `${number}_${nextId()}`;
    world.posts.add({
      platform: "facebook",
      id: commentId,
      author: authorOf(page),
      authorName: page.name,
      text: message,
      createdAt: world.clock.now(),
      url: `${post.url}?comment_id=${commentId.split("_")[1]}`,
      replyTo: post.id,
      quotes: null,
      poll: null,
      media: [],
    });
    return context.json({ id: commentId });
  };
}
