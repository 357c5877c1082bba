/** What is said in a channel's chat, and what the channel is called. https://dev.twitch.tv/docs/api/reference */
import type { Context, MiddlewareHandler } from "hono";
import { type Instant, seconds } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { told, twitchErrors } from "./errors.ts";
import { channelId } from "./people.ts";

export interface HelixEnvironment {
  Bindings: TwinBindings;
  Variables: { person: Person };
}

type HelixContext = Context<HelixEnvironment>;

/** The token, whose app the `Client-Id` must be, then the scope. */
export function access(world: World, scope: string | null): MiddlewareHandler<HelixEnvironment> {
  return async (context, next) => {
    const value = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    if (value === undefined) return twitchErrors["token-missing"]();
    const clientId = context.req.header("client-id");
    if (!clientId) return twitchErrors["client-id-missing"]();
    const token = world.grants.access("twitch", value);
    const person = token && personOf(world, token.grant.person);
    if (!token || !person) return twitchErrors["token-invalid"]();
    if (token.grant.clientId !== clientId) return twitchErrors["client-mismatch"]();
    if (scope !== null && !token.scopes.includes(scope)) return told(401, `Missing scope: ${scope}`);
    context.set("person", person);
    await next();
    return undefined;
  };
}

const missing = (name: string) => told(400, `Missing required parameter "${name}"`);

const channelOf = (world: World, id: string) => world.people.find((person) => channelId(person) === id) ?? null;

export function getUsers(context: HelixContext): Response {
  const person = context.get("person");
  const login = person.handle.toLowerCase();
  return Response.json({ data: [{ id: channelId(person), login, display_name: person.name, broadcaster_type: "" }] });
}

async function jsonOf(context: HelixContext): Promise<Record<string, unknown>> {
  const isJson = /^application\/json\b/i.test(context.req.header("content-type") ?? "");
  return isJson ? ((await context.req.json().catch(() => null)) ?? {}) : {};
}

interface Said {
  readonly text: string;
  readonly at: Instant;
}

/** By channel. */
const lastOf = (world: World, what: string) => world.shelves.of<Said>(`twitch last ${what}`);

function show(world: World, kind: string, person: Person, text: string): string {
  const id = Buffer.from(world.random.bytes(16)).toString("hex");
  const login = person.handle.toLowerCase();
  world.posts.add({
    platform: "twitch",
    id,
    author: person.handle,
    title: kind,
    text,
    createdAt: world.clock.now(),
    url: `https://www.twitch.tv/${login}`,
    replyTo: null,
    quotes: null,
    poll: null,
    media: [],
  });
  return id;
}

const colors = ["primary", "blue", "green", "orange", "purple"];

export function announce(world: World) {
  return async (context: HelixContext): Promise<Response> => {
    const { broadcaster_id: channel, moderator_id: moderator } = context.req.query();
    if (!channel) return missing("broadcaster_id");
    if (!moderator) return missing("moderator_id");
    const person = context.get("person");
    if (moderator !== channelId(person)) return twitchErrors["user-mismatch"]();
    if (channel !== moderator) return told(403, "The user is not one of the broadcaster's moderators.");
    const { message, color = "primary" } = await jsonOf(context);
    if (typeof message !== "string" || message === "") return missing("message");
    if (!colors.includes(String(color))) return told(400, "The color is not valid");
    const now = world.clock.now();
    const last = lastOf(world, "announcement");
    if (now < (last.get(channel)?.at ?? 0) + seconds(2)) return twitchErrors["too-many-requests"]();
    last.set(channel, { text: message, at: now });
    // What is longer is cut, and nobody is told.
    show(
      world,
      color === "primary" ? "Announcement" : `Announcement (${color})`,
      person,
      [...message].slice(0, 500).join(""),
    );
    return new Response(null, { status: 204 });
  };
}

export function sendMessage(world: World) {
  return async (context: HelixContext): Promise<Response> => {
    const { broadcaster_id: channel, sender_id: sender, message } = await jsonOf(context);
    if (typeof channel !== "string") return missing("broadcaster_id");
    if (typeof sender !== "string") return missing("sender_id");
    if (typeof message !== "string" || message === "") return missing("message");
    const person = context.get("person");
    if (sender !== channelId(person)) {
      return told(401, "The ID in sender_id must match the user ID found in the request's OAuth token.");
    }
    if (!channelOf(world, channel)) return told(400, "The broadcaster_id is not valid");
    if ([...message].length > 500) return twitchErrors["message-too-large"]();
    const now = world.clock.now();
    const last = lastOf(world, "message");
    const before = last.get(`${channel} ${sender}`);
    if (before?.text === message && now < before.at + seconds(30)) {
      const drop_reason = { code: "msg_duplicate", message: "Your message is identical to the one you sent before." };
      return Response.json({ data: [{ message_id: "", is_sent: false, drop_reason }] });
    }
    last.set(`${channel} ${sender}`, { text: message, at: now });
    const message_id = show(world, "Chat", person, message);
    return Response.json({ data: [{ message_id, is_sent: true, drop_reason: null }] });
  };
}

interface Channel {
  readonly title: string;
  readonly tags: readonly string[];
}

const channels = (world: World) => world.shelves.of<Channel>("twitch channels");

export function getChannel(world: World) {
  return (context: HelixContext): Response => {
    const id = context.req.query("broadcaster_id");
    if (!id) return missing("broadcaster_id");
    const person = channelOf(world, id);
    const { title, tags } = channels(world).get(id) ?? { title: "", tags: [] };
    const login = person?.handle.toLowerCase();
    return Response.json({ data: person ? [{ broadcaster_id: id, broadcaster_login: login, title, tags }] : [] });
  };
}

export function changeChannel(world: World) {
  return async (context: HelixContext): Promise<Response> => {
    const id = context.req.query("broadcaster_id");
    if (!id) return missing("broadcaster_id");
    const person = context.get("person");
    if (id !== channelId(person)) {
      return told(401, "The ID in broadcaster_id must match the user ID found in the request's OAuth token.");
    }
    const { title, tags } = await jsonOf(context);
    if (title === undefined && tags === undefined) return told(400, "The request must set at least one property");
    if (title !== undefined && (typeof title !== "string" || title === "" || [...title].length > 140)) {
      return told(400, "The title field may not contain an empty string, and at most 140 characters");
    }
    if (tags !== undefined && !areTags(tags)) return told(400, "At least one tag is not valid");
    const before = channels(world).get(id) ?? { title: "", tags: [] };
    channels(world).set(id, { title: title ?? before.title, tags: (tags as readonly string[]) ?? before.tags });
    if (title !== undefined) show(world, "Title", person, title);
    return new Response(null, { status: 204 });
  };
}

function areTags(tags: unknown): boolean {
  return Array.isArray(tags) && tags.length <= 10 && tags.every((tag) => /^[\p{L}\p{N}]{1,25}$/u.test(String(tag)));
}
