/**
 * One request makes a post public. Of pictures and videos Reddit's answer names none: it makes the post when it has looked into
 * them, and then it is listed among the account's own. Those that were there before are kept, so that none of them is taken for it.
 */
import { Failure, toFailure } from "../../domain/failure.ts";
import { type Instant, seconds } from "../../domain/time.ts";
import type { Api, Message, Published, Step } from "../platform.ts";
import { type Flair, flairFor, type Kind, kindOf, requireWelcome, subredditFor } from "./community.ts";
import { read, send, usernameOf } from "./requests.ts";
import { type Asset, upload } from "./uploads.ts";

export interface PreparedPost {
  readonly kind: Kind;
  readonly subreddit: string;
  readonly flair: Flair | null;
  /** The pictures, or the video and what stands for it. */
  readonly assets: readonly Asset[];
  /** The account's newest posts as they were before; null: they may not be read. */
  readonly before: readonly string[] | null;
}

export interface PreparedComment {
  readonly kind: "comment";
  readonly parent: string;
}

export type Prepared = PreparedPost | PreparedComment;

const site = "https://www.reddit.com";

/** What a person names a post or comment by: `t3_…`, `t1_…`, or its address; null: it is none of these. */
export function thingNamed(text: string): string | null {
  const plain = text.trim();
  if (/^t[13]_[a-z0-9]+$/i.test(plain)) return plain.toLowerCase();
  if (!URL.canParse(plain)) return null;
  const { hostname, pathname } = new URL(plain);
  if (hostname === "redd.it") return /^\/([a-z0-9]+)\/?$/i.test(pathname) ? `t3_${pathname.split("/")[1]}` : null;
  if (!/(?:^|\.)reddit\.com$/.test(hostname)) return null;
  const [, post, comment] = /\/comments\/([a-z0-9]+)(?:\/[^/]*\/([a-z0-9]+))?/i.exec(pathname) ?? [];
  if (comment !== undefined) return `t1_${comment}`;
  return post === undefined ? null : `t3_${post}`;
}

export async function prepare(api: Api, message: Message, step: Step): Promise<Prepared> {
  if (message.replyTo !== null) return { kind: "comment", parent: thingNamed(message.replyTo) ?? message.replyTo };
  const subreddit = await subredditFor(api, message);
  await requireWelcome(api, subreddit, message);
  const flair = await flairFor(api, subreddit, message);
  const assets: Asset[] = [];
  for (const [index, file] of message.images.entries())
    assets.push(await upload(api, step, `image ${index + 1}`, file));
  if (message.video) assets.push(await upload(api, step, "video", message.video));
  if (message.video && message.thumbnail) assets.push(await upload(api, step, "poster", message.thumbnail));
  const before = await step("posts before", async () => (await ownPosts(api))?.map(({ name }) => name) ?? null);
  return { kind: kindOf(message), subreddit, flair, assets, before };
}

interface Answer {
  readonly json?: { readonly data?: { readonly id?: string; readonly name?: string; readonly url?: string } };
}

export async function commit(api: Api, message: Message, prepared: Prepared): Promise<Published> {
  if (prepared.kind === "comment") return comment(api, prepared.parent, message.text);
  const sentAt = api.now();
  const { json } =
    prepared.kind === "gallery" ? await sendGallery(api, message, prepared) : await sendPost(api, message, prepared);
  const { id, name = id, url } = json?.data ?? {};
  if (name !== undefined) return published(name, url ?? null);
  return untilListed(api, message, prepared, sentAt);
}

function published(name: string, url: string | null): Published {
  const remoteId = name.startsWith("t3_") ? name : `t3_${name}`;
  return { remoteId, url: url ?? `${site}/comments/${remoteId.slice(3)}/` };
}

function sendPost(api: Api, message: Message, prepared: PreparedPost): Promise<Answer> {
  const { kind, subreddit, assets } = prepared;
  const [file, poster] = assets;
  const { title, text, link, options } = message;
  const common = commonFields(message, prepared);
  const url = kind === "link" ? link : file?.url;
  const form = {
    api_type: "json",
    sr: subreddit,
    kind,
    title: title?.trim() ?? "",
    resubmit: String(options["resubmit"] === true),
    ...Object.fromEntries(Object.entries(common).map(([name, value]) => [name, String(value)])),
    ...(text.trim() === "" ? {} : { text }),
    ...(url ? { url } : {}),
    ...(poster ? { video_poster_url: poster.url } : {}),
  };
  return send<Answer>(api, "/api/submit", { form });
}

function sendGallery(api: Api, message: Message, prepared: PreparedPost): Promise<Answer> {
  const { title, text } = message;
  const json = {
    api_type: "json",
    sr: prepared.subreddit,
    title: title?.trim() ?? "",
    items: prepared.assets.map(({ id }) => ({ media_id: id, caption: "", outbound_url: "" })),
    show_error_list: true,
    ...commonFields(message, prepared),
    ...(text.trim() === "" ? {} : { text }),
  };
  return send<Answer>(api, "/api/submit_gallery_post.json", { json });
}

function commonFields({ options }: Message, { flair }: PreparedPost) {
  return {
    nsfw: options["nsfw"] === true,
    spoiler: options["spoiler"] === true,
    sendreplies: options["send-replies"] !== false,
    validate_on_submit: true,
    ...(flair ? { flair_id: flair.id, ...(flair.text === null ? {} : { flair_text: flair.text }) } : {}),
  };
}

/** Between one look and the next (seconds). */
const looks = [2, 3, 5, 5, 10, 10, 15];

/** Reddit has it: whatever goes wrong from here on, it is not to be sent again. */
async function untilListed(api: Api, message: Message, prepared: PreparedPost, sentAt: Instant): Promise<Published> {
  let why = "Reddit has taken it, and it is not listed yet: pictures and videos may take minutes";
  try {
    for (const pause of looks) {
      await api.wait(pause);
      // The clocks may be apart; what was there before is known by name.
      const found = await findPost(api, message, prepared, sentAt - seconds(120));
      if (found) return found;
    }
  } catch (error) {
    why = `Reddit has taken it, and it could not be looked for: ${toFailure(error).message}`;
  }
  throw new Failure("delivery_unknown", why);
}

interface Listed {
  readonly name: string;
  readonly title?: string;
  readonly subreddit?: string;
  readonly permalink?: string;
  readonly created_utc?: number;
  readonly body?: string;
  readonly parent_id?: string;
}

interface Listing {
  readonly data?: { readonly children?: readonly { readonly data: Listed }[] };
}

const pageSize = 100;

/** Newest first; null: the permission `history` was not given. */
async function own(api: Api, what: "submitted" | "comments"): Promise<readonly Listed[] | null> {
  const path = `/user/${encodeURIComponent(await usernameOf(api))}/${what}`;
  try {
    const { data } = await read<Listing>(api, path, { sort: "new", limit: String(pageSize) });
    // A page in place of a list is no word of absence.
    if (!data?.children) throw new Failure("platform_fault", "Reddit did not list what the account posted");
    return data.children.map((child) => child.data);
  } catch (error) {
    if (error instanceof Failure && (error.code === "not_permitted" || error.code === "scope_missing")) return null;
    throw error;
  }
}

const ownPosts = (api: Api) => own(api, "submitted");

/** Whatever the spaces and lines between: Reddit trims them. */
const words = (text = ""): string => text.normalize("NFC").replace(/\s+/g, " ").trim();

/** null: nothing new is there; undefined: that cannot be told, or what is there may be it in Reddit's spelling. */
async function findPost(
  api: Api,
  { title }: Message,
  { subreddit, before }: PreparedPost,
  since: Instant,
): Promise<Published | null | undefined> {
  const listed = before === null ? null : await ownPosts(api);
  if (listed === null) return undefined;
  const recent = listed.filter(({ name, created_utc: at }) => !before?.includes(name) && isSince(at, since));
  const there = recent.filter((post) => (post.subreddit ?? subreddit).toLowerCase() === subreddit.toLowerCase());
  const found = there.find((post) => words(post.title) === words(title ?? ""));
  if (found) return published(found.name, found.permalink ? `${site}${found.permalink}` : null);
  return there.length > 0 || recent.length === pageSize ? undefined : null;
}

const isSince = (createdUtc: number | undefined, since: Instant): boolean =>
  createdUtc === undefined || seconds(createdUtc) >= since;

/** Pictures and videos may still be looked into when nothing is listed: of those only a find says something. */
export async function confirm(
  api: Api,
  message: Message,
  prepared: Prepared,
  since: Instant,
): Promise<Published | null | undefined> {
  if (prepared.kind === "comment") return findComment(api, message, prepared, since);
  const found = await findPost(api, message, prepared, since);
  const certain = prepared.kind !== "image" && prepared.kind !== "video";
  return found ?? (certain ? found : undefined);
}

async function findComment(
  api: Api,
  { text }: Message,
  { parent }: PreparedComment,
  since: Instant,
): Promise<Published | null | undefined> {
  const listed = await own(api, "comments");
  if (listed === null) return undefined;
  const recent = listed.filter(({ created_utc: at }) => isSince(at, since));
  const there = recent.filter((each) => (each.parent_id ?? parent) === parent);
  const found = there.find(({ body }) => words(body) === words(text));
  if (found) return asComment(found, parent);
  return there.length > 0 || recent.length === pageSize ? undefined : null;
}

interface CommentAnswer {
  readonly json?: {
    readonly data?: { readonly things?: readonly { readonly data?: Listed & { readonly id?: string } }[] };
  };
}

export async function comment(api: Api, parent: string, text: string): Promise<Published> {
  const form = { api_type: "json", thing_id: parent, text };
  const { json } = await send<CommentAnswer>(api, "/api/comment", { form });
  const written = json?.data?.things?.[0]?.data;
  const name = written?.name ?? (written?.id ? `t1_${written.id.replace(/^t1_/, "")}` : undefined);
  if (name === undefined) throw new Failure("delivery_unknown", "Reddit accepted the comment but did not name it");
  return asComment({ ...written, name }, parent);
}

function asComment({ name, permalink }: Listed, parent: string): Published {
  if (permalink) return { remoteId: name, url: `${site}${permalink}` };
  const url = parent.startsWith("t3_") ? `${site}/comments/${parent.slice(3)}/_/${name.slice(3)}/` : site;
  return { remoteId: name, url };
}

/** Reddit says nothing of what is gone already. */
export async function remove(api: Api, remoteId: string): Promise<void> {
  await send(api, "/api/del", { form: { id: remoteId } });
}
