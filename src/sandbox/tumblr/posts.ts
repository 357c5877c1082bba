/** POST and GET /v2/blog/BLOG/posts, and /post/delete. https://github.com/tumblr/docs/blob/master/api.md */
import { createHash } from "node:crypto";
import { days } from "../../domain/time.ts";
import type { PostedMedia, SandboxPost } from "../posts.ts";
import type { World } from "../world.ts";
import type { TumblrContext } from "./access.ts";
import { type Json, problemIn } from "./content.ts";
import { answer, refusal, tumblrError } from "./errors.ts";

/** What is known of a post beside what the timeline shows. */
interface Kept {
  readonly id: string;
  readonly blog: string;
  readonly state: string;
  readonly content: readonly Json[];
  readonly tags: string;
  readonly at: number;
}

const kept = (world: World): Map<string, Kept> => world.shelves.of<Kept>("tumblr posts");

/** Of pictures, to be shown. */
export const pictures = (world: World): Map<string, { type: string; content: Buffer }> =>
  world.shelves.of("tumblr pictures");

interface Received {
  readonly body: Json;
  readonly files: ReadonlyMap<string, File>;
}

/** JSON, or a form whose first part is that. */
async function received(context: TumblrContext): Promise<Received | null> {
  const type = context.req.header("content-type") ?? "";
  if (type.startsWith("application/json")) {
    const body = (await context.req.json().catch(() => null)) as Json | null;
    return body && { body, files: new Map() };
  }
  if (!type.startsWith("multipart/form-data")) return null;
  const bytes = Buffer.from(await context.req.arrayBuffer());
  const [first = ""] = bytes.subarray(0, 400).toString("latin1").split("\r\n\r\n");
  if (!/name="json"/.test(first) || !/content-type: application\/json/i.test(first)) return null;
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": type } })
    .formData()
    .catch(() => null);
  const json = form?.get("json");
  if (!form || json === null || json === undefined) return null;
  const files = [...form].filter((entry): entry is [string, File] => entry[0] !== "json" && entry[1] instanceof File);
  try {
    const text = typeof json === "string" ? json : await json.text();
    return { body: JSON.parse(text) as Json, files: new Map(files) };
  } catch {
    return null;
  }
}

/** Posts of one blog in a day. */
const perDay = { limit: 250, window: days(1) };

export function createPost(world: World) {
  return async (context: TumblrContext): Promise<Response> => {
    const { name } = context.get("blog");
    const given = await received(context);
    if (!given) return refusal("content-invalid");
    const { body, files } = given;
    const problem = problemIn(body, new Set(files.keys()));
    if (problem !== null) return tumblrError(400, "Bad Request", 8001, problem);
    const media: PostedMedia[] = [];
    for (const block of body["content"] as readonly Json[]) {
      const one = await mediaOf(world, block, files);
      if (one === null) return refusal("media-invalid");
      if (one) media.push(one);
    }
    if (world.rateWindows.count(`tumblr ${name}`, perDay, world.clock.now()).exceeded) return refusal("post-limit");
    const state = String(body["state"] ?? "published");
    // Beyond 2^53, as Tumblr's are.
    const id = String(7_000_000_000_000_000_00n + BigInt(`0x${Buffer.from(world.random.bytes(6)).toString("hex")}`));
    const at = body["publish_on"] === undefined ? world.clock.now() : Date.parse(String(body["publish_on"]));
    const post = {
      id,
      blog: name,
      state,
      content: body["content"] as readonly Json[],
      tags: String(body["tags"] ?? ""),
      at,
    };
    kept(world).set(id, post);
    show(world, post, media);
    const text = JSON.stringify({
      meta: { status: 201, msg: "Created" },
      response: { id: "#", id_string: id, state, display_text: state === "queue" ? "Added to queue" : "Posted to" },
    }).replace('"#"', id);
    return new Response(text, { status: 201, headers: { "content-type": "application/json; charset=utf-8" } });
  };
}

const heads: Readonly<Record<string, RegExp>> = {
  "image/jpeg": /^ffd8ff/,
  "image/png": /^89504e47/,
  "image/gif": /^47494638/,
  "image/webp": /^52494646/,
  "video/mp4": /^.{8}66747970/,
};

/** undefined: the block has none; null: it is not what it says. */
async function mediaOf(world: World, block: Json, files: Received["files"]): Promise<PostedMedia | null | undefined> {
  const media = (Array.isArray(block["media"]) ? block["media"][0] : block["media"]) as Json | undefined;
  if (!media) return undefined;
  const [type, file] = [String(media["type"]), files.get(String(media["identifier"]))];
  const content = file ? Buffer.from(await file.arrayBuffer()) : Buffer.alloc(0);
  if (!heads[type]?.test(content.toString("hex", 0, 12))) return null;
  const sha256 = createHash("sha256").update(content).digest("hex");
  const alt = typeof block["alt_text"] === "string" ? block["alt_text"] : null;
  const kind = type === "video/mp4" ? "video" : "picture";
  if (kind === "picture") pictures(world).set(sha256, { type, content });
  const url = kind === "picture" ? `https://64.media.tumblr.com/${sha256}` : null;
  return { id: sha256, kind, type, bytes: content.length, sha256, alt, url };
}

/** On the timeline is what somebody sees, now or later; drafts and what waits in the queue without a time are in the blog alone. */
function show(world: World, { id, blog, state, content, at }: Kept, media: readonly PostedMedia[]): void {
  if (state === "draft" || (state === "queue" && at <= world.clock.now())) return;
  const texts = content.filter(({ type }) => type === "text");
  const title = texts.find(({ subtype }) => subtype === "heading1");
  const link = content.find(({ type }) => type === "link")?.["url"];
  world.posts.add({
    platform: "tumblr",
    id,
    author: blog,
    ...(title ? { title: String(title["text"]) } : {}),
    ...(typeof link === "string" ? { link } : {}),
    text: texts
      .filter((block) => block !== title)
      .map(({ text }) => String(text))
      .join("\n\n"),
    createdAt: at,
    url: `https://www.tumblr.com/${blog}/${id}`,
    replyTo: null,
    quotes: null,
    poll: null,
    media,
    ...(state === "private" ? { visibility: state } : {}),
  } satisfies SandboxPost);
}

/** `published`: what the blog shows its owner. Newest first, but the queue: that begins with what comes next. */
export function listPosts(world: World, list: "published" | "queue" | "draft") {
  return (context: TumblrContext): Response => {
    const { name } = context.get("blog");
    if (context.req.query("npf") !== "true") return refusal("bad-request");
    const limit = Math.min(Number(context.req.query("limit") ?? 20), 20);
    const wanted = list === "published" ? ["published", "private"] : [list];
    const posts = [...kept(world).values()].filter(({ blog, state }) => blog === name && wanted.includes(state));
    const ordered = list === "queue" ? posts : posts.reverse();
    const shown = ordered.slice(0, limit).map(({ id, state, content, tags, at }) => {
      const timestamp = list === "queue" ? undefined : Math.floor(at / 1000);
      return {
        id_string: id,
        object_type: "post",
        blog_name: name,
        state,
        content,
        tags: tags.split(",").filter(Boolean),
        timestamp,
      };
    });
    return answer({ posts: shown });
  };
}

export function deletePost(world: World) {
  return async (context: TumblrContext): Promise<Response> => {
    const id = new URLSearchParams(await context.req.text()).get("id") ?? "";
    if (kept(world).get(id)?.blog !== context.get("blog").name) return refusal("not-found");
    kept(world).delete(id);
    world.posts.remove("tumblr", id);
    return answer({ id });
  };
}
