/**
 * Videos, in chunks. https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
 *
 * The upload is begun with all that there is to say, and once TikTok has the last byte nothing stops the post: no request
 * follows that would make it public. So the last chunk is the commit. All before it is prepared, begun again as often as
 * need be, and public in no case: an upload that misses its end is dropped by TikTok within the hour. TikTok knows no
 * idempotency key, but tells for each upload by its publish_id whether it is out: that is kept before the last chunk leaves,
 * so there is never a doubt that could not be resolved.
 */
import { Failure } from "../../domain/failure.ts";
import type { FileStamp, MediaSource } from "../../domain/ports/media.ts";
import { type Instant, minutes } from "../../domain/time.ts";
import type { Api, Message, Published, Sending, Step } from "../platform.ts";
import { ask } from "./api.ts";
import { chunkAfter, chunkAt, chunksOf } from "./chunks.ts";
import { askCreator, type Creator, modeOf, videoInfo } from "./post-info.ts";
import { asFound, knownStatus, outcomeOf, type PublishStatus, type Sent } from "./status.ts";

/** The last chunk of the upload that was kept under this name is still to be sent. */
export interface PreparedVideo extends Sent {
  readonly kind: "video";
  readonly upload: string;
  /** Bytes. */
  readonly size: number;
  /** Nothing is left to be sent: an earlier try sent it. */
  readonly whole: boolean;
}

/** An upload as TikTok knows it, and what it is of. Its URL is a right in itself. */
interface Session {
  readonly publishId: string;
  readonly url: string;
  readonly beganAt: Instant;
  readonly username: string | null;
  readonly of: FileStamp & Pick<MediaSource, "path">;
  /** The words and settings that it was begun with; null: a draft has none. */
  readonly info: string | null;
}

/** An upload URL is good for an hour; what is left of it must be enough for a chunk. */
const usableFor = minutes(50);

/** Uploads that may be begun for a delivery: each of them came to nothing, or was of another state of the file or the post. */
const maximumSessions = 20;

export async function prepareVideo(api: Api, message: Message, step: Step): Promise<PreparedVideo> {
  const { video } = message;
  if (!video) throw new Failure("content_invalid", "there is no video");
  const source = await api.open(video);
  for (let count = 1; count <= maximumSessions; count += 1) {
    const upload = `upload ${count}`;
    let isNew = false;
    const session = await step(upload, () => {
      isNew = true;
      return begin(api, message, source);
    });
    api.keepSecret(session.url);
    if (!isNew && !(await isOf(session, api, message, source))) continue;
    const received = isNew ? 0 : await receivedOf(api, session, source);
    if (received === null) continue;
    if (!(await fill(api, session, source, received))) {
      if (isNew) throw new Failure("platform_fault", "TikTok's upload URL has expired", { hint: "run it again later" });
      continue;
    }
    const { publishId, username } = session;
    const { size } = source;
    const isPublic = modeOf(message) === "direct" && message.visibility === "public";
    return { publishId, kind: "video", username, public: isPublic, upload, size, whole: received >= size };
  }
  throw new Failure("platform_fault", `TikTok loses every upload of ${source.path} before it is whole`);
}

async function begin(api: Api, message: Message, source: MediaSource): Promise<Session> {
  const creator = modeOf(message) === "direct" ? await askCreator(api) : null;
  if (creator) requireLength(creator, source);
  const info = creator && videoInfo(message, creator);
  const { path, size, modifiedAt } = source;
  const { size: chunk_size, count: total_chunk_count } = chunksOf(size);
  const source_info = { source: "FILE_UPLOAD", video_size: size, chunk_size, total_chunk_count };
  const data = await ask(api, info ? "/v2/post/publish/video/init/" : "/v2/post/publish/inbox/video/init/", {
    json: { ...(info ? { post_info: info } : {}), source_info },
    repeatable: true,
  });
  const { publish_id: publishId, upload_url: url } = data;
  if (typeof publishId !== "string" || typeof url !== "string") {
    throw new Failure("platform_fault", "TikTok did not say where to upload to", { hint: "run it again later" });
  }
  return {
    publishId,
    url,
    beganAt: api.now(),
    username: creator?.username ?? null,
    of: { path, size, modifiedAt },
    info: info && JSON.stringify(info),
  };
}

function requireLength({ longestVideo }: Creator, { seconds, path }: MediaSource): void {
  if (longestVideo === null || seconds === null || seconds <= longestVideo) return;
  throw new Failure(
    "content_invalid",
    `${path} lasts ${Math.ceil(seconds)} s, this account may post ${longestVideo} s`,
    {
      hint: "cut it, or ask TikTok for longer videos in its app",
    },
  );
}

/** Whether an earlier upload is of this very file and post; the account's own settings may have changed since. */
async function isOf({ of, info }: Session, api: Api, message: Message, source: MediaSource): Promise<boolean> {
  const { path, size, modifiedAt } = source;
  if (of.path !== path || of.size !== size || of.modifiedAt !== modifiedAt) return false;
  if (modeOf(message) === "inbox" || info === null) return modeOf(message) === "inbox" && info === null;
  return JSON.stringify(videoInfo(message, await askCreator(api))) === info;
}

/** Bytes that an earlier upload has; null: nothing more can come of it. */
async function receivedOf(api: Api, { publishId, beganAt }: Session, { size }: MediaSource): Promise<number | null> {
  const found = await knownStatus(api, publishId);
  if (!found || found.status === "FAILED") return null;
  if (isWhole(found, size)) return size;
  return api.now() - beganAt < usableFor ? found.received : null;
}

/** TikTok has all of it, whatever came of it. */
function isWhole({ status, received }: PublishStatus, size: number): boolean {
  return status !== "PROCESSING_UPLOAD" || received >= size;
}

/** All chunks but the last. @returns false where TikTok does not take them any more */
async function fill(api: Api, session: Session, source: MediaSource, received: number): Promise<boolean> {
  const chunks = chunksOf(source.size);
  const last = chunks.count - 1;
  let corrected = 0;
  for (let index = chunkAfter(received, chunks); index < last; ) {
    const answer = await put(api, session, source, index, true);
    if (answer.kind === "gone") return false;
    if (answer.kind === "accepted") index += 1;
    else {
      corrected += 1;
      if (corrected > 3) throw new Failure("platform_fault", "TikTok does not say which part of the video it wants");
      index = chunkAfter(answer.received ?? (await knownStatus(api, session.publishId))?.received ?? 0, chunks);
    }
  }
  return true;
}

type Answer =
  | { readonly kind: "accepted" }
  /** The URL has expired, or TikTok does not know the upload any more. */
  | { readonly kind: "gone" }
  /** Another chunk is due; `received` bytes are there. */
  | { readonly kind: "out_of_turn"; readonly received: number | null };

async function put(
  api: Api,
  { url }: Session,
  source: MediaSource,
  index: number,
  repeatable: boolean,
): Promise<Answer> {
  const { size } = source;
  const { start, end } = chunkAt(size, chunksOf(size), index);
  const { status, headers } = await api.call("PUT", url, {
    file: { source, start, end },
    headers: { "content-range": `bytes ${start}-${end - 1}/${size}` },
    authorization: "none",
    repeatable,
    accepts: [400, 403, 404, 416],
  });
  if (status === 400) throw new Failure("protocol", `TikTok refuses bytes ${start} to ${end} of ${source.path}`);
  if (status === 403 || status === 404) return { kind: "gone" };
  if (status !== 416) return { kind: "accepted" };
  const [, lastByte] = /^bytes \d+-(\d+)\//.exec(headers["content-range"] ?? "") ?? [];
  return { kind: "out_of_turn", received: lastByte === undefined ? null : Number(lastByte) + 1 };
}

/** The last chunk; by it the video is out, or in the inbox. */
export async function commitVideo(
  api: Api,
  message: Message,
  { prepared, step }: Pick<Sending<PreparedVideo>, "prepared" | "step">,
): Promise<Published> {
  const { video } = message;
  if (!video) throw new Failure("content_invalid", "there is no video");
  const session = await step<Session>(prepared.upload, () => {
    throw new Failure("platform_fault", "the upload is not known any more", { hint: "run it again later" });
  });
  api.keepSecret(session.url);
  if (!prepared.whole) await putLast(api, session, await api.open(video));
  return outcomeOf(api, prepared);
}

async function putLast(api: Api, session: Session, source: MediaSource): Promise<void> {
  const answer = await put(api, session, source, chunksOf(source.size).count - 1, false);
  if (answer.kind === "accepted") return;
  const why = answer.kind === "gone" ? "TikTok's upload URL has expired" : "TikTok misses a part of the video";
  throw new Failure("platform_fault", why, { hint: "run it again later" });
}

/** TikTok tells by the publish_id. */
export async function confirmVideo(api: Api, prepared: PreparedVideo): Promise<Published | null | undefined> {
  const found = await knownStatus(api, prepared.publishId);
  if (!found) return undefined;
  if (found.status === "FAILED" || !isWhole(found, prepared.size)) return null;
  return asFound(prepared, found);
}
