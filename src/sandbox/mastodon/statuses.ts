/** Statuses: what is refused, what is made public, what waits. https://docs.joinmastodon.org/methods/statuses */
import { hours, type Instant, minutes, seconds } from "../../domain/time.ts";
import type { SandboxPost } from "../posts.ts";
import type { World } from "../world.ts";
import type { Caller, MastodonContext } from "./access.ts";
import { invalid, mastodonError, mastodonErrors } from "./errors.ts";
import { accountId, nextId } from "./ids.ts";
import { addressOf, attachable, attachment, type Media, mediaOf } from "./media.ts";
import type { Server } from "./servers.ts";
import { contentOf, lengthOf } from "./text.ts";

/** What a status is beside what the timeline shows of it. */
interface Kept {
  readonly host: string;
  readonly media: readonly string[];
  readonly spoiler: string;
  readonly sensitive: boolean;
  readonly visibility: string;
  readonly language: string | null;
}

export const keptOf = (world: World): Map<string, Kept> => world.shelves.of("mastodon statuses");

interface Known {
  readonly at: Instant;
  readonly id: string;
}

const visibilities = ["public", "unlisted", "private", "direct"];

type Body = Readonly<Record<string, unknown>>;

export function createStatus(world: World, server: Server) {
  return async (context: MastodonContext, caller: Caller): Promise<Response> => {
    const body = await bodyOf(context);
    if (body === null) return mastodonError(400, "Error occurred while parsing request parameters");
    const key = context.req.header("idempotency-key");
    const keys = world.shelves.of<Known>("mastodon idempotency");
    const name = `${server.host} ${caller.person.handle} ${key}`;
    const first = key === undefined ? undefined : keys.get(name);
    const again = first && first.at + hours(1) > world.clock.now() ? world.posts.find("mastodon", first.id) : null;
    if (again) return context.json(shownAs(world, server, again));
    const made = make(world, server, caller, body);
    if (made instanceof Response) return made;
    if (key !== undefined) keys.set(name, { at: world.clock.now(), id: made.id });
    return context.json(shownAs(world, server, made));
  };
}

async function bodyOf(context: MastodonContext): Promise<Body | null> {
  if (!/^application\/json\b/.test(context.req.header("content-type") ?? "")) return null;
  try {
    const body: unknown = JSON.parse(await context.req.text());
    return typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Body) : null;
  } catch {
    return null;
  }
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function make(world: World, server: Server, { person }: Caller, body: Body): SandboxPost | Response {
  const text = textOf(body["status"]);
  const spoiler = textOf(body["spoiler_text"]);
  const ids = Array.isArray(body["media_ids"]) ? body["media_ids"].map(String) : [];
  const media = attachable(world, server, person.handle, ids);
  if (media instanceof Response) return media;
  const { visibility = "public" } = body;
  const refused = refusedWords(server, text, spoiler, media.length > 0) ?? refusedVisibility(visibility);
  if (refused) return refused;
  const relations = relationsOf(world, server, body);
  if (relations instanceof Response) return relations;
  const at = scheduleOf(world, server, person.handle, body["scheduled_at"]);
  if (at instanceof Response) return at;
  const poll = pollOf(server, body["poll"], at ?? world.clock.now());
  if (poll instanceof Response) return poll;
  if (poll && media.length > 0) return invalid("Cannot attach both media and a poll");
  const id = nextId(world);
  for (const each of media) each.statusId = id;
  const post: SandboxPost = {
    platform: "mastodon",
    id,
    author: person.handle,
    text,
    createdAt: at ?? world.clock.now(),
    url: `https://${server.host}/@${person.handle}/${id}`,
    ...relations,
    poll,
    media: media.map((each) => postedAs(server, each)),
    ...(spoiler === "" ? {} : { title: spoiler }),
    ...(visibility === "public" ? {} : { visibility: String(visibility) }),
  };
  world.posts.add(post);
  keptOf(world).set(id, {
    host: server.host,
    media: ids,
    spoiler,
    sensitive: body["sensitive"] === true || spoiler !== "",
    visibility: String(visibility),
    language: textOf(body["language"]) || null,
  });
  return post;
}

function refusedWords({ characters }: Server, text: string, spoiler: string, hasMedia: boolean): Response | null {
  if (text.trim() === "" && !hasMedia) return invalid("Text can't be blank");
  return lengthOf(spoiler + text) > characters ? invalid(`Text character limit of ${characters} exceeded`) : null;
}

const refusedVisibility = (visibility: unknown): Response | null =>
  visibilities.some((known) => known === visibility) ? null : invalid("Visibility is not included in the list");

/** A server that cannot quote does not look at what is to be quoted. */
function relationsOf(
  world: World,
  server: Server,
  { in_reply_to_id: reply, quoted_status_id: quoted }: Body,
): Pick<SandboxPost, "replyTo" | "quotes"> | Response {
  const replyTo = reply === undefined ? null : String(reply);
  if (replyTo !== null && !isPublished(world, server, replyTo)) {
    return mastodonError(404, "The post you are trying to reply to does not appear to exist.");
  }
  const quotes = server.apiVersion === null || quoted === undefined ? null : String(quoted);
  return quotes !== null && !isPublished(world, server, quotes) ? mastodonErrors["not-found"]() : { replyTo, quotes };
}

function isPublished(world: World, server: Server, id: string): boolean {
  const post = world.posts.find("mastodon", id);
  return post !== null && keptOf(world).get(id)?.host === server.host && post.createdAt <= world.clock.now();
}

function postedAs(
  { host }: Server,
  { id, kind, type, bytes, sha256, description }: Media,
): SandboxPost["media"][number] {
  const kinds = { image: "picture", gifv: "gif", video: "video" } as const;
  const url = kind === "video" ? null : addressOf(host, id);
  return { id, kind: kinds[kind], type, bytes, sha256, alt: description, url };
}

/** null: now. At least five minutes ahead, 25 a day, 300 in all. */
function scheduleOf(world: World, server: Server, author: string, given: unknown): Instant | null | Response {
  if (given === undefined || given === null) return null;
  const at = typeof given === "string" ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(at)) return invalid("Scheduled at is invalid");
  if (at < world.clock.now() + minutes(5)) return invalid("Scheduled at The scheduled date must be in the future");
  const waiting = pendingOf(world, server, author);
  const dayOf = (when: Instant) => new Date(when).toISOString().slice(0, 10);
  if (waiting.length >= 300) return invalid("You have exceeded the limit of 300 scheduled posts");
  if (waiting.filter(({ createdAt }) => dayOf(createdAt) === dayOf(at)).length >= 25) {
    return invalid("You have exceeded the limit of 25 scheduled posts for today");
  }
  return at;
}

function pendingOf(world: World, { host }: Server, author: string): SandboxPost[] {
  return world.posts.toCome("mastodon", author).filter(({ id }) => keptOf(world).get(id)?.host === host);
}

function pollOf(server: Server, given: unknown, from: Instant): SandboxPost["poll"] | Response {
  if (given === undefined || given === null) return null;
  const { options, expires_in: lasts } = given as Body;
  if (!Array.isArray(options) || options.some((option) => typeof option !== "string" || option.trim() === "")) {
    return invalid("Options can't be blank");
  }
  if (options.length < 2) return invalid("Options must include more than one item");
  if (options.length > server.pollOptions)
    return invalid(`Options can't contain more than ${server.pollOptions} items`);
  if (new Set(options).size < options.length) return invalid("Options contain duplicate items");
  if (options.some((option) => lengthOf(option) > 50))
    return invalid("Options can't be longer than 50 characters each");
  if (typeof lasts !== "number" || lasts < 300) return invalid("Expires at is too soon");
  if (lasts > 2_629_746) return invalid("Expires at is too far into the future");
  return { options: options as string[], endsAt: from + seconds(lasts) };
}

/** https://docs.joinmastodon.org/entities/Status and …/ScheduledStatus */
function shownAs(world: World, server: Server, post: SandboxPost): Readonly<Record<string, unknown>> {
  const kept = keptOf(world).get(post.id);
  const { id, text, createdAt, replyTo, author, url, poll } = post;
  const files = (kept?.media ?? []).flatMap((each) => mediaOf(world).get(each) ?? []);
  const media_attachments = files.map((each) => attachment(world, each));
  const spoiler_text = kept?.spoiler ?? "";
  if (createdAt > world.clock.now()) {
    const { visibility, language, sensitive } = kept ?? {};
    const polled = poll && { options: poll.options, expires_in: String((poll.endsAt - createdAt) / 1000) };
    const params = { text, media_ids: kept?.media, spoiler_text, visibility, language, sensitive, poll: polled };
    const in_reply_to_id = replyTo;
    return { id, scheduled_at: stamp(createdAt), params: { ...params, in_reply_to_id }, media_attachments };
  }
  return {
    id,
    created_at: stamp(createdAt),
    in_reply_to_id: replyTo,
    sensitive: kept?.sensitive ?? false,
    spoiler_text,
    visibility: kept?.visibility ?? "public",
    language: kept?.language ?? "en",
    uri: `https://${server.host}/users/${author}/statuses/${id}`,
    url,
    content: contentOf(text, server.host),
    reblog: null,
    application: { name: "agencyiq", website: null },
    account: { id: accountId({ handle: author }, server.host), username: author, acct: author },
    media_attachments,
    mentions: [],
    tags: [],
    emojis: [],
    card: null,
    poll: poll && {
      id,
      expires_at: stamp(poll.endsAt),
      expired: false,
      multiple: false,
      options: poll.options.map((title) => ({ title, votes_count: 0 })),
    },
    ...(server.apiVersion === null
      ? {}
      : { quote: post.quotes === null ? null : { state: "accepted", quoted_status: { id: post.quotes } } }),
  };
}

const stamp = (at: Instant): string => new Date(at).toISOString();

/** Newest first, 20 unless asked for more; the owner sees all of them. */
export function accountStatuses(world: World, server: Server) {
  return (context: MastodonContext, { person }: Caller): Response => {
    if (context.req.param("id") !== accountId(person, server.host)) return mastodonErrors["not-found"]();
    const limit = Math.min(40, Number(context.req.query("limit") ?? 20));
    const own = world.posts
      .by("mastodon", person.handle)
      .filter(({ id }) => keptOf(world).get(id)?.host === server.host);
    return context.json(own.slice(0, limit).map((post) => shownAs(world, server, post)));
  };
}

export function deleteStatus(world: World, server: Server) {
  return (context: MastodonContext, { person }: Caller): Response => {
    const post = world.posts.find("mastodon", context.req.param("id") ?? "");
    if (post?.author !== person.handle || !isPublished(world, server, post.id)) return mastodonErrors["not-found"]();
    const shown = shownAs(world, server, post);
    world.posts.remove("mastodon", post.id);
    return context.json({ ...shown, text: post.text });
  };
}

export function scheduledStatuses(world: World, server: Server) {
  return (context: MastodonContext, { person }: Caller): Response => {
    const limit = Math.min(40, Number(context.req.query("limit") ?? 20));
    const waiting = pendingOf(world, server, person.handle);
    return context.json(waiting.slice(0, limit).map((post) => shownAs(world, server, post)));
  };
}

export function deleteScheduled(world: World, server: Server) {
  return (context: MastodonContext, { person }: Caller): Response => {
    const id = context.req.param("id") ?? "";
    if (!pendingOf(world, server, person.handle).some((post) => post.id === id)) return mastodonErrors["not-found"]();
    world.posts.remove("mastodon", id);
    return context.json({});
  };
}
