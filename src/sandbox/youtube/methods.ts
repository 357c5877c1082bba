/** The methods of the YouTube Data API that a publisher uses, each within its own constraints. https://developers.google.com/youtube/v3/docs */
import type { GoogleContext } from "../google/access.ts";
import { badRequest, googleErrors, googleJson } from "../google/errors.ts";
import { type FinishUpload, openSession, type UploadSession } from "../google/resumable.ts";
import type { World } from "../world.ts";
import { youtubeError } from "./errors.ts";
import { isObject, readJson, readSnippet, readStatus, type Snippet, type Status, shapeProblem } from "./resources.ts";
import { addVideo, channelId, resourceOf, show, statusNow, type Video, videoFor, videosOf } from "./videos.ts";

export const sessionShelf = "youtube uploads";

const videoParts = ["snippet", "status", "contentDetails", "statistics", "processingDetails"];
const standard = ["alt", "fields", "key", "prettyPrint", "quotaUser", "access_token", "uploadType", "upload_protocol"];

/** Unknown parameters, and `part` itself. @returns the parts, or the refusal */
function readParts(
  context: GoogleContext,
  parameters: readonly string[],
  known: readonly string[],
): string[] | Response {
  const query = new URL(context.req.url).searchParams;
  const other = [...query.keys()].find((name) => ![...standard, ...parameters, "part"].includes(name));
  if (other !== undefined)
    return badRequest(`Invalid JSON payload received. Unknown name "${other}": Cannot bind query parameter.`);
  const part = query.get("part");
  if (!part) return badRequest("No filter selected. Required parameter: part", "missingRequiredParameter");
  const parts = part.split(",").map((name) => name.trim());
  const unknown = parts.find((name) => name !== "id" && !known.includes(name));
  return unknown === undefined ? parts : badRequest(`'${unknown}'`, "unknownPart");
}

interface Announced {
  readonly snippet: Snippet;
  readonly status: Status;
  readonly parts: readonly string[];
}

const announced = (world: World) => world.shelves.of<Announced>("youtube announced");

/** POST /upload/youtube/v3/videos: opens a session. The video exists once its last byte has come. */
export function insertVideo(world: World) {
  return async (context: GoogleContext): Promise<Response> => {
    if (context.req.query("uploadType") !== "resumable") return badRequest("The sandbox plays resumable uploads only.");
    const parts = readParts(context, ["notifySubscribers", "autoLevels", "stabilize"], videoParts);
    if (parts instanceof Response) return parts;
    const person = context.get("person");
    if (person.withoutChannel) return youtubeError("youtubeSignupRequired");
    const body = await readJson(context.req);
    if (body instanceof Response) return body;
    const shape = shapeProblem(body, parts);
    if (shape) return shape;
    const snippet = readSnippet(isObject(body["snippet"]) ? body["snippet"] : {}, false);
    if (snippet instanceof Response) return snippet;
    const status = readStatus(isObject(body["status"]) ? body["status"] : {});
    if (status instanceof Response) return status;
    const types = /^(video\/[\w.+-]+|application\/octet-stream)$/;
    const session = openSession(world, sessionShelf, context, {
      owner: person.handle,
      types,
      maximum: 274_877_906_944,
    });
    if (session instanceof Response) return session;
    announced(world).set(session.id, { snippet, status, parts });
    const location = new URL(context.req.url);
    location.searchParams.set("upload_id", session.id);
    return new Response(null, {
      status: 200,
      headers: { location: location.href, "x-guploader-uploadid": session.id },
    });
  };
}

export function finishVideo(world: World): FinishUpload {
  return (session: UploadSession) => {
    const { snippet, status, parts } = announced(world).get(session.id) as Announced;
    return resourceOf(world, addVideo(world, session, snippet, status), parts);
  };
}

/** GET /youtube/v3/videos?id=: others' private videos are not there. */
export function listVideos(world: World) {
  return (context: GoogleContext): Response => {
    const parts = readParts(context, ["id", "maxResults", "hl", "locale"], videoParts);
    if (parts instanceof Response) return parts;
    const ids = context.req.query("id")?.split(",");
    if (!ids) return badRequest("No filter selected. Expected one of: id, chart, myRating", "missingRequiredParameter");
    if (ids.length > 50) return badRequest("too many ids", "invalidFilters");
    const found = ids.flatMap((id) => videoFor(world, id, context.get("person")) ?? []);
    const items = found.map((video) => resourceOf(world, video, parts));
    const pageInfo = { totalResults: items.length, resultsPerPage: items.length };
    return googleJson({ kind: "youtube#videoListResponse", etag: '"list"', items, pageInfo });
  };
}

/** PUT /youtube/v3/videos: every part that is named is replaced as a whole. */
export function updateVideo(world: World) {
  return async (context: GoogleContext): Promise<Response> => {
    const parts = readParts(context, [], ["snippet", "status"]);
    if (parts instanceof Response) return parts;
    const body = await readJson(context.req);
    if (body instanceof Response) return body;
    const shape = shapeProblem(body, parts);
    if (shape) return shape;
    const video = ownVideo(world, context, String(body["id"] ?? ""));
    if (video instanceof Response) return video;
    const changed = changesOf(world, body, parts, video);
    if (changed instanceof Response) return changed;
    Object.assign(video, changed);
    show(world, video);
    return googleJson(resourceOf(world, video, parts));
  };
}

type Changes = Partial<Pick<Video, "snippet" | "status">>;

function changesOf(
  world: World,
  body: Readonly<Record<string, unknown>>,
  parts: readonly string[],
  video: Video,
): Changes | Response {
  const part = (name: string) => (isObject(body[name]) ? body[name] : {});
  const snippet = parts.includes("snippet") ? readSnippet(part("snippet"), true) : video.snippet;
  if (snippet instanceof Response) return snippet;
  const status = parts.includes("status") ? readStatus(part("status")) : video.status;
  if (status instanceof Response) return status;
  // Only what was never public can be planned.
  const wasPublic = video.publishedAt !== null && video.publishedAt <= world.clock.now();
  if (parts.includes("status") && status.publishAt !== null && wasPublic) return youtubeError("invalidPublishAt");
  return { snippet, status };
}

/** DELETE /youtube/v3/videos?id= */
export function deleteVideo(world: World) {
  return (context: GoogleContext): Response => {
    const video = ownVideo(world, context, context.req.query("id") ?? "");
    if (video instanceof Response) return video;
    videosOf(world).delete(video.id);
    world.posts.remove("youtube", video.id);
    return new Response(null, { status: 204 });
  };
}

function ownVideo(world: World, context: GoogleContext, id: string): Video | Response {
  const person = context.get("person");
  const video = videoFor(world, id, person);
  if (!video) return youtubeError("videoNotFound");
  return video.owner === person.handle ? video : googleErrors.forbidden();
}

const pictures: Readonly<Record<string, string>> = { "image/jpeg": "\xff\xd8\xff", "image/png": "\x89PNG" };

/** POST /upload/youtube/v3/thumbnails/set?videoId= */
export function setThumbnail(world: World) {
  return async (context: GoogleContext): Promise<Response> => {
    const video = ownVideo(world, context, context.req.query("videoId") ?? "");
    if (video instanceof Response) return video;
    const content = new Uint8Array(await context.req.arrayBuffer());
    const type = (context.req.header("content-type") ?? "").split(";")[0] ?? "";
    if (content.length === 0) return youtubeError("mediaBodyRequired");
    if (content.length > 52_428_800) return badRequest("Media is too large.", "uploadTooLarge");
    const signature = pictures[type];
    if (!signature || !Buffer.from(content.subarray(0, 4)).toString("latin1").startsWith(signature)) {
      return youtubeError("invalidImage");
    }
    video.thumbnail = { type, content };
    show(world, video);
    const url = `https://i.ytimg.com/vi/${video.id}/hqdefault.jpg`;
    const items = [{ default: { url, width: 120, height: 90 }, high: { url, width: 480, height: 360 } }];
    return googleJson({ kind: "youtube#thumbnailSetResponse", etag: '"thumbnail"', items });
  };
}

const commentMaximum = 10_000;

/** POST /youtube/v3/commentThreads */
export function insertComment(world: World) {
  return async (context: GoogleContext): Promise<Response> => {
    const parts = readParts(context, [], ["snippet", "replies"]);
    if (parts instanceof Response) return parts;
    const body = await readJson(context.req);
    if (body instanceof Response) return body;
    const read = readComment(body);
    if (read instanceof Response) return read;
    const { videoId, text } = read;
    const person = context.get("person");
    const video = videoFor(world, videoId, person);
    if (!video) return youtubeError("videoNotFound");
    const { privacyStatus, selfDeclaredMadeForKids } = statusNow(world, video);
    if (privacyStatus === "private" || selfDeclaredMadeForKids) return youtubeError("commentsDisabled");
    const id = `Ug${Buffer.from(world.random.bytes(18)).toString("base64url")}AaABAg`;
    world.posts.add({
      platform: "youtube",
      id,
      author: person.handle,
      text,
      createdAt: world.clock.now(),
      url: `https://www.youtube.com/watch?v=${video.id}&lc=${id}`,
      replyTo: video.id,
      quotes: null,
      poll: null,
      media: [],
    });
    const said = { videoId: video.id, textDisplay: text, textOriginal: text, authorDisplayName: `@${person.handle}` };
    const topLevelComment = { kind: "youtube#comment", etag: '"c"', id, snippet: said };
    const thread = {
      videoId: video.id,
      channelId: channelId({ handle: video.owner }),
      topLevelComment,
      canReply: true,
    };
    return googleJson({
      kind: "youtube#commentThread",
      etag: '"t"',
      id,
      snippet: { ...thread, totalReplyCount: 0, isPublic: true },
    });
  };
}

function readComment(body: Readonly<Record<string, unknown>>): { videoId: string; text: string } | Response {
  const snippet = isObject(body["snippet"]) ? body["snippet"] : {};
  const top = isObject(snippet["topLevelComment"]) ? snippet["topLevelComment"]["snippet"] : {};
  const text = isObject(top) ? top["textOriginal"] : undefined;
  const { videoId } = snippet;
  if (typeof videoId !== "string") return youtubeError("channelOrVideoIdMissing");
  if (typeof text !== "string" || text.trim() === "") return youtubeError("commentTextRequired");
  return text.length > commentMaximum ? youtubeError("commentTextTooLong") : { videoId, text };
}

/** GET /youtube/v3/channels?mine=true: without items where there is no channel. */
export function listChannels(world: World) {
  return (context: GoogleContext): Response => {
    const parts = readParts(
      context,
      ["mine", "id", "maxResults", "hl"],
      ["snippet", "contentDetails", "statistics", "status"],
    );
    if (parts instanceof Response) return parts;
    if (context.req.query("mine") !== "true") {
      return badRequest("No filter selected. Expected one of: mine, id, forHandle", "missingRequiredParameter");
    }
    const person = context.get("person");
    const pageInfo = { totalResults: person.withoutChannel ? 0 : 1, resultsPerPage: 5 };
    const answer = { kind: "youtube#channelListResponse", etag: '"channels"', pageInfo };
    if (person.withoutChannel) return googleJson(answer);
    const id = channelId(person);
    const own = [...videosOf(world).values()].filter(({ owner }) => owner === person.handle);
    const all: Record<string, unknown> = {
      snippet: {
        title: person.name,
        description: "",
        customUrl: `@${person.handle}`,
        publishedAt: "2020-01-01T00:00:00Z",
        thumbnails: { default: { url: "https://yt3.ggpht.com/default.jpg", width: 88, height: 88 } },
        localized: { title: person.name, description: "" },
      },
      contentDetails: { relatedPlaylists: { likes: "", uploads: `UU${id.slice(2)}` } },
      statistics: {
        viewCount: "0",
        subscriberCount: "0",
        hiddenSubscriberCount: false,
        videoCount: String(own.length),
      },
      status: { privacyStatus: "public", isLinked: true },
    };
    const chosen = Object.fromEntries(Object.entries(all).filter(([part]) => parts.includes(part)));
    return googleJson({ ...answer, items: [{ kind: "youtube#channel", etag: '"channel"', id, ...chosen }] });
  };
}
