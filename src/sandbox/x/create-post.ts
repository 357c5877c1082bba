/** POST /2/tweets and DELETE /2/tweets/:id. https://docs.x.com/x-api/posts/create-post */
import type { Context } from "hono";
import { hours } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { SandboxPost } from "../posts.ts";
import type { World } from "../world.ts";
import type { XEnvironment } from "./access.ts";
import { type PostRequest, readPostRequest } from "./post-request.ts";
import { measure, mentions, returnedText } from "./post-text.ts";
import { invalidRequest, resourceNotFound, xErrors } from "./problems.ts";

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
      refusedContent(request) ?? refusedReply(world, request, person) ?? refusedDuplicate(world, request, person);
    if (refusal) return refusal;
    const post = publish(world, nextId, request, person);
    const data = { id: post.id, text: returnedText(post.id, post.text).text, edit_history_post_ids: [post.id] };
    return context.json({ data }, 201);
  };
}

function refusedContent({ text = "", media, poll }: PostRequest): Response | null {
  if (media && poll) return invalidRequest(["$: only one of media, poll, quote_tweet_id may be given"]);
  // There is no upload in the sandbox yet, so no media id can be a good one.
  if (media) return invalidRequest(["Your media IDs are invalid."], { "media.media_ids": [...media.media_ids] });
  if (text.trim() === "") return invalidRequest(["$.text: must be at least 1 characters long"]);
  const { weightedLength, hasOnlyAllowedCharacters } = measure(text);
  if (!hasOnlyAllowedCharacters) return invalidRequest(["$.text: contains characters that are not allowed"]);
  return weightedLength > maximumLength ? xErrors["too-long"]() : null;
}

/** Self-serve apps since 2026-02-23: only to posts that mention the one who replies, or to one's own. */
function refusedReply(world: World, { reply }: PostRequest, person: Person): Response | null {
  if (!reply) return null;
  const parent = world.posts.find("x", reply.in_reply_to_tweet_id);
  if (!parent) return xErrors["reply-gone"]();
  const mayReply = parent.author === person.handle || mentions(parent.text).includes(person.handle.toLowerCase());
  return mayReply ? null : xErrors["reply-not-allowed"]();
}

function refusedDuplicate(world: World, { text = "", reply }: PostRequest, person: Person): Response | null {
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
  const post = {
    platform: "x",
    id,
    author: person.handle,
    text: request.text ?? "",
    createdAt,
    url: `https://x.com/${person.handle}/status/${id}`,
    replyTo: request.reply?.in_reply_to_tweet_id ?? null,
    pollOptions: request.poll?.options ?? [],
  };
  world.posts.add(post);
  return post;
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
