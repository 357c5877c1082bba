/** Messages by webhooks and by bots, and their end. */
import { hours, minutes, seconds } from "../../domain/time.ts";
import type { SandboxPost } from "../posts.ts";
import type { World } from "../world.ts";
import { discordError, invalidForm, json, limited } from "./answers.ts";
import { type Body, type Judged, judged, type Received } from "./message-body.ts";
import type { Channel, Server } from "./servers.ts";

export interface Poster {
  readonly world: World;
  readonly server: Server;
  /** What the message is shown to be by. */
  readonly by: string;
  /** What a bucket is of. */
  readonly route: string;
}

const forums = [15, 16];

/** Five in two seconds, as clients have met it; the headers say how far it is. */
const perRoute = { limit: 5, window: seconds(2) };

/** The answer, or a refusal where the bucket is empty. */
export function withinBucket({ world, route }: Poster, work: () => Response): Response {
  const now = world.clock.now();
  const { exceeded, limit, remaining } = world.rateWindows.count(`discord ${route}`, perRoute, now);
  const windows = world.shelves.of<number>("discord windows");
  const endsAt = Math.max(windows.get(route) ?? 0, 0) > now ? (windows.get(route) ?? now) : now + perRoute.window;
  windows.set(route, endsAt);
  const after = Math.max(0.001, (endsAt - now) / 1000);
  const answer = exceeded ? limited(after) : work();
  answer.headers.set("x-ratelimit-limit", String(limit));
  answer.headers.set("x-ratelimit-remaining", String(remaining));
  answer.headers.set("x-ratelimit-reset-after", after.toFixed(3));
  answer.headers.set("x-ratelimit-reset", (endsAt / 1000).toFixed(3));
  answer.headers.set("x-ratelimit-bucket", "sandbox");
  return answer;
}

/** Of 64 bits, by the time. https://docs.discord.com/developers/reference#snowflakes */
function nextId(world: World): string {
  const counters = world.shelves.of<number>("discord counters");
  const count = (counters.get("id") ?? 0) + 1;
  counters.set("id", count);
  return String((BigInt(Math.floor(world.clock.now() - 1_420_070_400_000)) << 22n) + BigInt(count));
}

interface Place {
  readonly channel: string;
  readonly thread?: string;
}

function addPost({ world, server, by }: Poster, place: Place, shown: Judged, replyTo: string | null): SandboxPost {
  const id = nextId(world);
  const now = world.clock.now();
  const post: SandboxPost = {
    platform: "discord",
    id,
    author: server.owner,
    authorName: `${by}${place.thread === undefined ? "" : ` in "${place.thread}"`}`,
    text: shown.poll && shown.text === "" ? shown.poll.question : shown.text,
    ...(shown.title === null ? {} : { title: shown.title }),
    ...(shown.link === null ? {} : { link: shown.link }),
    createdAt: now,
    url: `https://discord.com/channels/${server.id}/${place.channel}/${id}`,
    replyTo,
    quotes: null,
    poll: shown.poll && { options: shown.poll.options, endsAt: now + hours(shown.poll.hours) },
    media: shown.media,
    ...(shown.document ? { document: shown.document } : {}),
    ...(shown.notifies ? { visibility: "notifies" } : shown.silent ? { visibility: "silent" } : {}),
  };
  world.posts.add(post);
  world.shelves.of<string>("discord places").set(id, place.channel);
  return post;
}

const messageBody = ({ world }: Poster, { id, text }: SandboxPost) => ({
  id,
  type: 0,
  channel_id: world.shelves.of<string>("discord places").get(id),
  content: text,
  timestamp: new Date(world.clock.now()).toISOString(),
});

/** Threads are channels, which a forum's first message makes. */
const threads = (world: World) =>
  world.shelves.of<{ readonly name: string; readonly parent: string }>("discord threads");

export function postByWebhook(poster: Poster, channel: Channel, query: URLSearchParams, given: Received): Response {
  const { world } = poster;
  const shown = judged(given);
  if (shown instanceof Response) return shown;
  const username = given.body["username"];
  if (username !== undefined && (typeof username !== "string" || !/^.{1,80}$/.test(username))) {
    return invalidForm("username", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.");
  }
  if (typeof username === "string" && /discord|clyde/i.test(username)) {
    return invalidForm("username", "USERNAME_INVALID_CONTAINS", 'Username cannot contain "discord"');
  }
  if (given.body["message_reference"] !== undefined || given.body["nonce"] !== undefined) {
    return invalidForm("nonce", "UNKNOWN_FIELD", "webhooks have no nonce and answer nothing");
  }
  const name = given.body["thread_name"];
  const thread = query.get("thread_id");
  const isForum = forums.includes(channel.type);
  if (isForum && name === undefined && thread === null) return discordError("forum-thread");
  if (name !== undefined && thread !== null) return discordError("forum-both");
  if (!isForum && name !== undefined) return discordError("forum-only");
  const by = typeof username === "string" ? username : poster.by;
  const place = placeOf(world, channel, thread, name);
  if (!place) return discordError("unknown-channel");
  const post = addPost({ ...poster, by }, place, shown, null);
  // Without `wait` nothing is told.
  if (query.get("wait") !== "true") return new Response(null, { status: 204 });
  return json(messageBody(poster, post));
}

function placeOf(world: World, channel: Channel, thread: string | null, name: unknown): Place | null {
  if (typeof name === "string") {
    const id = nextId(world);
    threads(world).set(id, { name, parent: channel.id });
    return { channel: id, thread: name };
  }
  if (thread === null) return { channel: channel.id };
  const known = threads(world).get(thread);
  return known?.parent === channel.id ? { channel: thread, thread: known.name } : null;
}

export function postByBot(poster: Poster, channel: string, given: Received): Response {
  const { world, server } = poster;
  const known = server.channels.find(({ id }) => id === channel);
  if (known && forums.includes(known.type)) return discordError("missing-access");
  const place = known ? { channel } : placeInThread(world, server, channel);
  if (!place) return discordError("unknown-channel");
  const shown = judged(given);
  if (shown instanceof Response) return shown;
  const answered = answeredIn(world, given.body);
  if (answered instanceof Response) return answered;
  const { nonce, enforce_nonce: enforced } = given.body;
  if (nonce !== undefined && String(nonce).length > 25) {
    return invalidForm("nonce", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
  }
  const nonces = world.shelves.of<{ readonly at: number; readonly post: SandboxPost }>("discord nonces");
  const key = `${server.botId} ${channel} ${nonce}`;
  const before = nonces.get(key);
  if (enforced === true && before && world.clock.now() - before.at < minutes(5)) {
    return json(messageBody(poster, before.post));
  }
  const post = addPost(poster, place, shown, answered);
  if (nonce !== undefined) nonces.set(key, { at: world.clock.now(), post });
  return json(messageBody(poster, post));
}

function placeInThread(world: World, server: Server, id: string): Place | null {
  const thread = threads(world).get(id);
  return thread && server.channels.some((each) => each.id === thread.parent)
    ? { channel: id, thread: thread.name }
    : null;
}

function answeredIn(world: World, body: Body): string | null | Response {
  const reference = body["message_reference"] as Body | undefined;
  if (reference === undefined) return null;
  const id = String(reference["message_id"]);
  if (world.posts.find("discord", id)) return id;
  return invalidForm("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message");
}

/** A forum's thread is begun with its first message inside. */
export function beginThread(poster: Poster, channel: string, given: Received): Response {
  const { world, server } = poster;
  const known = server.channels.find(({ id }) => id === channel);
  if (!known) return discordError("unknown-channel");
  const { name, message } = given.body as { name?: unknown; message?: Body };
  if (typeof name !== "string" || name === "" || name.length > 100) {
    return invalidForm("name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.");
  }
  if (!forums.includes(known.type) || !message)
    return invalidForm("type", "BASE_TYPE_REQUIRED", "This field is required");
  const shown = judged({ ...given, body: message });
  if (shown instanceof Response) return shown;
  const place = placeOf(world, known, null, name);
  if (!place) return discordError("unknown-channel");
  const post = addPost(poster, place, shown, null);
  return json({ id: place.channel, type: 11, name, parent_id: channel, message: messageBody(poster, post) });
}

/** By whoever wrote it: `by` is told of neither here, but the channel must be one of the server's. */
export function deleteMessage({ world, server }: Poster, channel: string, id: string): Response {
  const post = world.posts.find("discord", id);
  const place = world.shelves.of<string>("discord places").get(id);
  if (post?.author !== server.owner || place !== channel) return discordError("unknown-message");
  world.posts.remove("discord", id);
  return new Response(null, { status: 204 });
}
