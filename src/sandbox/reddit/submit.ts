/** POST /api/submit, /api/submit_gallery_post.json, /api/comment and /api/del. */
import { codePoints } from "../../domain/counting/units.ts";
import { seconds } from "../../domain/time.ts";
import type { PostedMedia, SandboxPost } from "../posts.ts";
import type { World } from "../world.ts";
import { type RedditContext, refusal } from "./access.ts";
import { type Asset, assetFor, urlOf } from "./assets.ts";
import { type Community, communityNamed, requirementsOf } from "./communities.ts";
import { answer, formError } from "./errors.ts";

/** What is known of a post beside what the timeline shows. */
export interface Posted {
  readonly subreddit: string;
  readonly kind: string;
  readonly flair: string | null;
  readonly nsfw: boolean;
  readonly spoiler: boolean;
  readonly link: string | null;
}

export const postedOf = (world: World): Map<string, Posted> => world.shelves.of<Posted>("reddit posts");

/** How long Reddit looks into a file before there is a post. */
const processing: Readonly<Record<string, number>> = { image: seconds(1), video: seconds(4) };

interface Wanted {
  readonly kind: string;
  readonly title: string;
  readonly text: string;
  readonly url: string | null;
  readonly flairId: string | null;
  readonly flairText: string | null;
  readonly nsfw: boolean;
  readonly spoiler: boolean;
  readonly resubmit: boolean;
  readonly assets: readonly Asset[];
}

export function submit(world: World) {
  return async (context: RedditContext): Promise<Response> => {
    const form = new URLSearchParams(await context.req.text());
    const { handle } = context.get("person");
    const kind = form.get("kind") ?? "";
    if (form.get("api_type") !== "json") return refusal("bad-request");
    if (!["self", "link", "image", "video"].includes(kind))
      return formError("INVALID_OPTION", "that option is not valid", "kind");
    const assets = assetsIn(world, handle, form, kind);
    if (assets instanceof Response) return assets;
    return place(world, context, form.get("sr"), {
      kind,
      title: form.get("title") ?? "",
      text: form.get("text") ?? "",
      url: form.get("url"),
      flairId: form.get("flair_id"),
      flairText: form.get("flair_text"),
      nsfw: form.get("nsfw") === "true",
      spoiler: form.get("spoiler") === "true",
      resubmit: form.get("resubmit") === "true",
      assets,
    });
  };
}

/** The file that a post is of, and the picture that stands for a video. */
function assetsIn(world: World, handle: string, form: URLSearchParams, kind: string): Asset[] | Response {
  const types: Readonly<Record<string, string>> =
    { image: { url: "image/" }, video: { url: "video/", video_poster_url: "image/" } }[kind] ?? {};
  const assets: Asset[] = [];
  for (const [field, type] of Object.entries(types)) {
    if (!form.has(field)) return formError("NO_URL", "a url is required", field);
    const asset = assetFor(world, handle, (one) => urlOf(one) === form.get(field));
    if (!asset?.type.startsWith(type)) return refusal("image-error");
    assets.push(asset);
  }
  return assets;
}

interface GalleryBody {
  readonly api_type?: unknown;
  readonly sr?: string;
  readonly title?: string;
  readonly text?: string;
  readonly items?: readonly { readonly media_id?: string }[];
  readonly flair_id?: string;
  readonly flair_text?: string;
  readonly nsfw?: boolean;
  readonly spoiler?: boolean;
}

export function submitGallery(world: World) {
  return async (context: RedditContext): Promise<Response> => {
    const body = (await context.req.json().catch(() => null)) as GalleryBody | null;
    if (body?.api_type !== "json" || !Array.isArray(body.items)) return refusal("bad-request");
    const { handle } = context.get("person");
    const assets = body.items.map(({ media_id: id }) => assetFor(world, handle, (one) => one.id === id));
    if (assets.length < 2 || assets.length > 20) return formError("TOO_SHORT", "a gallery has 2 to 20 items", "items");
    if (assets.some((asset) => !asset?.type.startsWith("image/"))) return refusal("image-error");
    return place(world, context, body.sr ?? null, {
      kind: "gallery",
      title: body.title ?? "",
      text: body.text ?? "",
      url: null,
      flairId: body.flair_id ?? null,
      flairText: body.flair_text ?? null,
      nsfw: body.nsfw === true,
      spoiler: body.spoiler === true,
      resubmit: true,
      assets: assets.filter((asset) => asset !== null),
    });
  };
}

function place(world: World, context: RedditContext, sr: string | null, wanted: Wanted): Response {
  const { handle } = context.get("person");
  if (!sr) return refusal("subreddit-missing");
  const community = communityNamed(world, sr);
  if (!community) return refusal("subreddit-unknown");
  const refused =
    unwelcome(community, handle, wanted) ?? malformed(world, community, wanted) ?? unmet(community, wanted);
  if (refused) return refused;
  const id = `t3_${newId(world)}`;
  const slug = wanted.title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .slice(0, 50);
  const url = `https://www.reddit.com/r/${community.name}/comments/${id.slice(3)}/${slug}/`;
  const flair = community.flairs.find((one) => one.id === wanted.flairId);
  postedOf(world).set(id, {
    subreddit: community.name,
    kind: wanted.kind,
    flair: flair ? (wanted.flairText ?? flair.text) : null,
    nsfw: wanted.nsfw,
    spoiler: wanted.spoiler,
    link: wanted.kind === "link" ? wanted.url : null,
  });
  world.posts.add({
    ...bare,
    id,
    author: handle,
    title: wanted.title,
    text: wanted.text,
    ...(wanted.kind === "link" && wanted.url ? { link: wanted.url } : {}),
    createdAt: world.clock.now() + (processing[wanted.kind] ?? 0),
    url,
    media: wanted.kind === "video" ? wanted.assets.slice(0, 1).map(mediaOf) : wanted.assets.map(mediaOf),
  });
  if (wanted.kind === "image" || wanted.kind === "video") {
    const data = {
      user_submitted_page: `https://www.reddit.com/user/${handle}/submitted/`,
      websocket_url: "wss://ws-0000.wss.redditmedia.com/sandbox",
    };
    return answer({ json: { errors: [], data } });
  }
  const named = wanted.kind === "gallery" ? { id } : { id: id.slice(3), name: id, drafts_count: 0 };
  return answer({ json: { errors: [], data: { url, ...named } } });
}

const bare = { platform: "reddit", replyTo: null, quotes: null, poll: null, media: [] } as const;

const newId = (world: World): string => Buffer.from(world.random.bytes(6)).readUIntBE(0, 6).toString(36);

function mediaOf({ id, type, file }: Asset): PostedMedia {
  const kind = type.startsWith("video/") ? "video" : type === "image/gif" ? "gif" : "picture";
  const url = kind === "video" ? null : `https://i.redd.it/${id}`;
  return { id, kind, type, bytes: file?.bytes ?? 0, sha256: file?.sha256 ?? "", alt: null, url };
}

function unwelcome(community: Community, handle: string, { kind }: Wanted): Response | null {
  if (community.type === "private" || (community.owner ?? handle) !== handle) return refusal("subreddit-not-allowed");
  if (community.bans) return refusal("banned");
  if (community.submission === "link" && kind === "self") return refusal("no-selfs");
  if (community.submission === "self" && kind !== "self") return refusal("no-links");
  if (!community.media && (kind === "image" || kind === "gallery")) return refusal("no-images");
  return !community.media && kind === "video" ? refusal("no-videos") : null;
}

function malformed(
  world: World,
  community: Community,
  { kind, title, text, url, resubmit, flairId }: Wanted,
): Response | null {
  if (title.trim() === "") return refusal("no-text");
  if (codePoints(title) > 300) return refusal("too-long");
  if (codePoints(text) > 40_000) return formError("TOO_LONG", "this is too long (max: 40000)", "text");
  if (flairId !== null && !community.flairs.some(({ id }) => id === flairId)) return refusal("flair-unknown");
  if (kind !== "link") return null;
  if (!url) return refusal("no-url");
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return refusal("bad-url");
  const there = [...postedOf(world).values()].some((post) => post.subreddit === community.name && post.link === url);
  return there && !resubmit ? refusal("already-submitted") : null;
}

function unmet(community: Community, { kind, title, text, url, flairId }: Wanted): Response | null {
  const rules = requirementsOf(community);
  const length = codePoints(title);
  const invalid = (name: string, message: string, field: string) =>
    formError(`SUBMIT_VALIDATION_${name}`, message, field);
  if (rules["is_flair_required"] && flairId === null) return refusal("flair-required");
  const [min, max] = [rules["title_text_min_length"], rules["title_text_max_length"]];
  if (typeof min === "number" && length < min)
    return invalid("MIN_LENGTH", `Your title must be at least ${min} characters`, "title");
  if (typeof max === "number" && length > max)
    return invalid("MAX_LENGTH", `Your title must be at most ${max} characters`, "title");
  const unwanted = rules["title_blacklisted_strings"] as readonly string[];
  if (unwanted.some((word) => title.toLowerCase().includes(word))) return refusal("title-blacklisted");
  const policy = rules["body_restriction_policy"];
  if (policy === "required" && kind === "self" && text.trim() === "")
    return invalid("BODY_REQUIRED", "This post requires body text", "text");
  if (policy === "notAllowed" && text.trim() !== "")
    return invalid("BODY_NOT_ALLOWED", "Body text isn't allowed here", "text");
  const domains = rules["domain_whitelist"] as readonly string[];
  if (kind !== "link" || domains.length === 0 || domains.includes(new URL(url ?? "").hostname)) return null;
  return invalid("BAD_DOMAIN", "Links to this domain aren't allowed here", "url");
}

/** Under a post or another comment. */
export function comment(world: World) {
  return async (context: RedditContext): Promise<Response> => {
    const form = new URLSearchParams(await context.req.text());
    const text = form.get("text") ?? "";
    if (form.get("api_type") !== "json") return refusal("bad-request");
    const parent = world.posts.find("reddit", form.get("thing_id") ?? "");
    if (!parent || parent.createdAt > world.clock.now()) return refusal("post-deleted");
    if (text.trim() === "") return formError("NO_TEXT", "we need something here", "text");
    if (codePoints(text) > 10_000) return formError("TOO_LONG", "this is too long (max: 10000)", "text");
    const id = newId(world);
    const post = rootOf(world, parent);
    const permalink = `${new URL(post.url).pathname}${id}/`;
    const { handle } = context.get("person");
    const written: SandboxPost = {
      ...bare,
      id: `t1_${id}`,
      author: handle,
      text,
      createdAt: world.clock.now(),
      url: `https://www.reddit.com${permalink}`,
      replyTo: parent.id,
    };
    world.posts.add(written);
    const data = { id, name: `t1_${id}`, parent_id: parent.id, link_id: post.id, body: text, permalink };
    return answer({ json: { errors: [], data: { things: [{ kind: "t1", data }] } } });
  };
}

function rootOf(world: World, post: SandboxPost): SandboxPost {
  const parent = post.replyTo === null ? null : world.posts.find("reddit", post.replyTo);
  return parent ? rootOf(world, parent) : post;
}

/** Of what is somebody else's, or gone, it says as little as of one's own. */
export function remove(world: World) {
  return async (context: RedditContext): Promise<Response> => {
    const id = new URLSearchParams(await context.req.text()).get("id") ?? "";
    const post = world.posts.find("reddit", id);
    if (post?.author === context.get("person").handle) world.posts.remove("reddit", id);
    return answer({});
  };
}
