/** /{page}/videos and /{page}/video_reels. https://developers.facebook.com/docs/video-api/guides/reels-publishing */
import { days, hours, seconds } from "../../domain/time.ts";
import type { GraphContext } from "../graph/access.ts";
import { invalidParameter, noSuchObject } from "../graph/errors.ts";
import { fieldsOf, picked } from "../graph/fields.ts";
import { fileTypeOf } from "../graph/file-type.ts";
import type { Parameters } from "../graph/parameters.ts";
import { ReceivedFile } from "../received-file.ts";
import type { Upload } from "../uploads.ts";
import type { World } from "../world.ts";
import { actingPage, type NextId, postingPermissions, publicationOf, scheduledAt } from "./environment.ts";
import { facebookErrors } from "./errors.ts";
import type { Page } from "./pages.ts";
import { keptPicture, posted, postOf } from "./posted.ts";
import { fileOfHandle, largestVideo, receiveInto } from "./resumable.ts";

/** How long a video is worked on before it is public. The sandbox does not look into it. */
const processing = seconds(2);

const reelsADay = 30;

/** Only from a handle of the Resumable Upload API: the sandbox fetches nothing, and plays no older way. */
export function createVideo(world: World, nextId: NextId) {
  return async (context: GraphContext): Promise<Response> => {
    const page = actingPage(world, context, { permissions: postingPermissions, task: "CREATE_CONTENT" });
    if (page instanceof Response) return page;
    const parameters = context.get("parameters");
    const publication = publicationOf(world, parameters);
    if (publication instanceof Response) return publication;
    const handle = parameters.text("fbuploader_video_file_chunk");
    const file = handle === null ? null : fileOfHandle(world, handle, context.get("person").handle);
    if (!file) return facebookErrors["video-refused"]();
    const title = parameters.text("title");
    if (title !== null && [...title].length > 255) return invalidParameter("Param title is too long");
    const thumbnail = await pictureOf(world, page, parameters.file("thumb"), nextId);
    if (thumbnail instanceof Response) return thumbnail;
    const now = world.clock.now();
    const own = { id: nextId(), owner: page.id, finalizedAt: now };
    const video: Upload = { ...file, ...own, ...(thumbnail === null ? {} : { thumbnail: thumbnail.id }) };
    world.uploads.add(video);
    publish(world, page, video, nextId, {
      text: parameters.text("description") ?? "",
      title,
      at: publication.at === null ? null : Math.max(publication.at, now + processing),
    });
    return context.json({ id: video.id });
  };
}

const largestThumbnail = 10_485_760;

async function pictureOf(
  world: World,
  page: Page,
  thumb: File | null,
  nextId: NextId,
): Promise<Upload | Response | null> {
  if (!thumb) return null;
  const content = Buffer.from(await thumb.arrayBuffer());
  const type = fileTypeOf(content);
  if (!type?.startsWith("image/") || content.length > largestThumbnail) return facebookErrors["image-invalid"]();
  const picture = keptPicture(nextId(), page, type, content, world.clock.now());
  world.uploads.add(picture);
  return picture;
}

interface Words {
  readonly text: string;
  readonly title: string | null;
  readonly at: number | null;
}

/** Public under a post of its own, unless it turns out to be no video. */
function publish(world: World, page: Page, video: Upload, nextId: NextId, { text, title, at }: Words): void {
  if (!isFilm(video)) return;
  const post = { id: `${page.id}_${nextId()}`, text, media: [posted(video)], createdAt: at };
  const url = `https://www.facebook.com${pathOf(video)}`;
  world.posts.add(postOf(page, { ...post, url, ...(title === null ? {} : { title }) }));
}

const pathOf = ({ id }: Upload): string => `/reel/${id}/`;

/** By its head, and large enough to hold a single picture. */
const isFilm = ({ file }: Upload): boolean =>
  file.size > 1000 && (fileTypeOf(file.content)?.startsWith("video/") ?? false);

export function reels(world: World, nextId: NextId) {
  return (context: GraphContext): Response => {
    const page = actingPage(world, context, { permissions: postingPermissions, task: "CREATE_CONTENT" });
    if (page instanceof Response) return page;
    const parameters = context.get("parameters");
    const phase = parameters.text("upload_phase");
    if (phase === "start") return beginReel(world, page, nextId);
    if (phase === "finish") return finishReel(world, page, parameters, nextId);
    return invalidParameter("Param upload_phase must be one of {START, FINISH}");
  };
}

function beginReel(world: World, page: Page, nextId: NextId): Response {
  const id = nextId();
  world.uploads.add({
    platform: "facebook",
    id,
    owner: page.id,
    kind: "video",
    type: "video/mp4",
    bytes: 0,
    expiresAt: world.clock.now() + days(1),
    file: new ReceivedFile({ keep: false }),
    finalizedAt: null,
    alt: null,
  });
  return Response.json({ video_id: id, upload_url: `https://rupload.facebook.com/video-upload/v26.0/${id}` });
}

function finishReel(world: World, page: Page, parameters: Parameters, nextId: NextId): Response {
  const id = parameters.text("video_id") ?? "";
  const video = world.uploads.find("facebook", id);
  if (video?.owner !== page.id || video.kind !== "video") return noSuchObject(id, "post");
  if (sizes.get(video) !== video.file.size) return invalidParameter("Video Upload Is Missing", 1363130);
  if (video.finalizedAt !== null) return invalidParameter("The video is published already");
  const now = world.clock.now();
  const count = world.rateWindows.count(`facebook reels ${page.id}`, { limit: reelsADay, window: hours(24) }, now);
  if (count.exceeded) return facebookErrors["reels-limit"]();
  const state = parameters.text("video_state") ?? "PUBLISHED";
  const time = parameters.text("scheduled_publish_time");
  if (!["PUBLISHED", "SCHEDULED", "DRAFT"].includes(state)) {
    return invalidParameter("Param video_state must be one of {DRAFT, PUBLISHED, SCHEDULED}");
  }
  if ((state === "SCHEDULED") !== (time !== null))
    return invalidParameter("scheduled_publish_time goes with SCHEDULED");
  const at = time === null ? now + processing : scheduledAt(time, now);
  if (at === null) return invalidParameter("The specified scheduled publish time is invalid");
  video.finalizedAt = now;
  const text = parameters.text("description") ?? "";
  publish(world, page, video, nextId, { text, title: parameters.text("title"), at: state === "DRAFT" ? null : at });
  return Response.json({ success: true });
}

/** What `file_size` announced. */
const sizes = new WeakMap<Upload, number>();

/** rupload.facebook.com: the bytes of a reel from `offset` on. Its refusals are not those of the Graph. */
export function receiveReel(world: World) {
  return async (context: GraphContext): Promise<Response> => {
    const video = world.uploads.find("facebook", context.req.param("video") ?? "");
    const token = context.get("token");
    if (!video || video.owner !== token.subject) return noSuchObject(context.req.param("video") ?? "", "post");
    const offset = Number(context.req.header("offset") ?? "none");
    const size = Number(context.req.header("file_size") ?? "none");
    if (!Number.isInteger(size) || size < 1 || size > largestVideo || offset !== video.file.size) {
      return facebookErrors["upload-refused"]();
    }
    sizes.set(video, size);
    const received = await receiveInto(video, size, context.req.raw.body);
    return received === "whole" && video.file.size === size
      ? context.json({ success: true })
      : facebookErrors["upload-retriable"]();
  };
}

const videoFields = [
  "id",
  "status",
  "permalink_url",
  "published",
  "description",
  "title",
  "created_time",
  "length",
] as const;

export function videoNode(world: World, video: Upload, asked: string | null): Response {
  const fields = fieldsOf(asked, "Video", videoFields, ["id", "created_time"]);
  if (fields instanceof Response) return fields;
  const post = postOfVideo(world, video);
  const node = {
    id: video.id,
    status: statusOf(world, video),
    permalink_url: pathOf(video),
    published: post !== null && post.createdAt <= world.clock.now(),
    description: post?.text,
    title: post?.title,
    created_time: new Date(world.clock.now()).toISOString().replace(/\.\d+Z/, "+0000"),
  };
  return Response.json(picked(node, fields));
}

export function postOfVideo(world: World, { id }: Upload) {
  const own = (post: { media: readonly { id: string }[] }) => post.media.some((media) => media.id === id);
  return world.posts.all("facebook").find(own) ?? null;
}

function statusOf(world: World, video: Upload): Record<string, unknown> {
  const { finalizedAt, file } = video;
  const now = world.clock.now();
  const announced = sizes.get(video) ?? video.bytes;
  const uploaded = announced > 0 && file.size === announced;
  const uploading_phase = { status: uploaded ? "complete" : "in_progress", bytes_transfered: file.size };
  if (finalizedAt === null) {
    const waiting = { status: "not_started" };
    const video_status = uploaded ? "upload_complete" : "processing";
    return { video_status, uploading_phase, processing_phase: waiting, publishing_phase: waiting };
  }
  const done = now >= finalizedAt + processing;
  if (done && !isFilm(video)) {
    const errors = [
      { code: 1363024, message: "The video file you tried to upload is in a format that isn't supported." },
    ];
    const processing_phase = { status: "error", errors };
    return { video_status: "error", uploading_phase, processing_phase, publishing_phase: { status: "not_started" } };
  }
  const post = postOfVideo(world, video);
  const isPublic = post !== null && post.createdAt <= now;
  const scheduled = !isPublic && post !== null && post.createdAt > finalizedAt + processing;
  return {
    video_status: done ? "ready" : "processing",
    ...(done ? {} : { processing_progress: Math.floor((100 * (now - finalizedAt)) / processing) }),
    uploading_phase,
    processing_phase: { status: done ? "complete" : "in_progress" },
    publishing_phase: {
      status: isPublic ? "complete" : "not_started",
      ...(scheduled ? { publish_status: "scheduled", publish_time: Math.floor(post.createdAt / 1000) } : {}),
    },
  };
}
