/** POST /2/tweets and DELETE /2/tweets/:id. https://docs.x.com/x-api/posts/create-post */
import type { Context } from "hono";
import { hours, minutes } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { PostedMedia, SandboxPost } from "../posts.ts";
import type { Upload } from "../uploads.ts";
import type { World } from "../world.ts";
import type { XEnvironment } from "./access.ts";
import { type PostRequest, readPostRequest } from "./post-request.ts";
import { measure, mentions, returnedText } from "./post-text.ts";
import { invalidMedia, invalidRequest, resourceNotFound, xErrors } from "./problems.ts";
import { stateOf } from "./uploads.ts";

const maximumLength = 280;

/** X refuses the same text again "for some time" and does not say for how long. */
const duplicateWindow = hours(24);

type XContext = Context<XEnvironment>;

export function createPost(world: World, nextId: (now: number) => string) {
  return async (context: XContext): Promise<Response> => {
    if (!/^application\/json\s*(;|$)/i.test(context.req.header("content-type") ?? "")) {
      return invalidRequest(["Requests with bodies must have content-type of application/json."]);
    }
    const read = readPostRequest(await context.req.text());
    if (read.kind === "invalid") return invalidRequest(read.messages);
    const person = context.get("person");
    const { request } = read;
    if (read.needsMore) return xErrors["not-permitted"]();
    const refusal =
      refusedContent(request) ??
      refusedMedia(world, request, person) ??
      refusedReply(world, request, person) ??
      refusedQuote(world, request, context.get("client")) ??
      refusedDuplicate(world, request, person);
    if (refusal) return refusal;
    const post = publish(world, nextId, request, person);
    const data = { id: post.id, text: returnedText(world, post).text, edit_history_post_ids: [post.id] };
    return context.json({ data }, 201);
  };
}

function refusedContent(request: PostRequest): Response | null {
  const { text = "", media, poll, quote_tweet_id: quote } = request;
  if ([media, poll, quote].filter(Boolean).length > 1) {
    return invalidRequest(["$: only one of media, poll, quote_tweet_id may be given"]);
  }
  if (text.trim() === "" && !media) return invalidRequest(["$.text: must be at least 1 characters long"]);
  const { weightedLength, hasOnlyAllowedCharacters } = measure(text);
  if (!hasOnlyAllowedCharacters) return invalidRequest(["$.text: contains characters that are not allowed"]);
  return weightedLength > maximumLength ? xErrors["too-long"]() : null;
}

/** Up to four pictures, or one GIF, or one video. X says the same of everything that is wrong with them. */
function refusedMedia(world: World, { media }: PostRequest, person: Person): Response | null {
  if (!media) return null;
  const refused = invalidMedia(media.media_ids);
  const uploads = media.media_ids.map((id) => world.uploads.find("x", id));
  for (const upload of uploads) {
    const usable = upload?.owner === person.handle && upload.expiresAt > world.clock.now();
    if (!usable || stateOf(world, upload) !== "succeeded") return refused;
  }
  const alone = uploads.some((upload) => upload?.kind !== "picture");
  return (alone && uploads.length > 1) || new Set(media.media_ids).size < uploads.length ? refused : null;
}

/** Self-serve apps since 2026-02-23: only to posts that mention the one who replies, or to one's own. */
function refusedReply(world: World, { reply }: PostRequest, person: Person): Response | null {
  if (!reply) return null;
  const parent = world.posts.find("x", reply.in_reply_to_tweet_id);
  if (!parent) return xErrors["reply-gone"]();
  const mayReply = parent.author === person.handle || mentions(parent.text).includes(person.handle.toLowerCase());
  return mayReply ? null : xErrors["reply-not-allowed"]();
}

/** Self-serve apps may not quote since 2026-04-16. */
function refusedQuote(world: World, { quote_tweet_id: quoted }: PostRequest, client: string): Response | null {
  if (quoted === undefined) return null;
  if (!world.clients.find("x", client)?.enterprise) return xErrors["not-permitted"]();
  return world.posts.find("x", quoted) ? null : xErrors["quote-gone"]();
}

function refusedDuplicate(world: World, request: PostRequest, person: Person): Response | null {
  const { text = "", reply } = request;
  // Of pictures alone there is no text to be the same.
  if (text.trim() === "") return null;
  const since = world.clock.now() - duplicateWindow;
  const same = (post: SandboxPost): boolean =>
    post.createdAt > since &&
    comparable(post.text) === comparable(text) &&
    post.replyTo === (reply?.in_reply_to_tweet_id ?? null);
  return world.posts.by("x", person.handle).some(same) ? xErrors.duplicate() : null;
}

const comparable = (text: string): string => text.normalize("NFC").trim();

function publish(world: World, nextId: (now: number) => string, request: PostRequest, person: Person): SandboxPost {
  const createdAt = world.clock.now();
  const id = nextId(createdAt);
  const { text = "", reply, quote_tweet_id: quotes = null, poll, media } = request;
  const post: SandboxPost = {
    platform: "x",
    id,
    author: person.handle,
    text,
    createdAt,
    url: `https://x.com/${person.handle}/status/${id}`,
    replyTo: reply?.in_reply_to_tweet_id ?? null,
    quotes,
    poll: poll ? { options: poll.options, endsAt: createdAt + minutes(poll.duration_minutes) } : null,
    media: (media?.media_ids ?? []).flatMap((mediaId) => world.uploads.find("x", mediaId) ?? []).map(posted),
  };
  world.posts.add(post);
  return post;
}

function posted({ id, kind, type, bytes, file, alt }: Upload): PostedMedia {
  const url = kind === "video" ? null : `https://pbs.twimg.com/media/${id}`;
  return { id, kind, type, bytes, sha256: file.sha256, alt, url };
}

export function deletePost(world: World) {
  return (context: XContext): Response => {
    const id = context.req.param("id") ?? "";
    if (!/^[0-9]{1,19}$/.test(id)) {
      return invalidRequest([`The \`id\` query parameter value [${id}] is not valid`], { id: [id] });
    }
    const post = world.posts.find("x", id);
    if (!post) return resourceNotFound("tweet", "id", id);
    if (post.author !== context.get("person").handle) return xErrors["not-permitted"]();
    world.posts.remove("x", id);
    return context.json({ data: { deleted: true } });
  };
}
