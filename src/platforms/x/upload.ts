/** Pictures, GIFs and videos in parts. https://docs.x.com/x-api/media/quickstart/media-upload-chunked */
import { Failure } from "../../domain/failure.ts";
import type { FileStamp, MediaSource } from "../../domain/ports/media.ts";
import type { MediaFile } from "../../domain/post.ts";
import { type Instant, minutes, seconds } from "../../domain/time.ts";
import type { Api, Message, Step } from "../platform.ts";
import { api2 } from "./endpoints.ts";

export interface Uploaded {
  readonly mediaIds: readonly string[];
}

/** X takes up to 5 MB a part, and 1000 parts. */
const segmentBytes = 4 * 1024 * 1024;
const maximumSegments = 1000;

/** What is left of an upload's life must be enough to process it and to post it. */
const neededLife = minutes(30);

const longestProcessing = minutes(15);

/** Uploads side by side; each request of one that was done is not done again. */
export async function uploadAll(api: Api, message: Message, step: Step): Promise<Uploaded> {
  const files = [...message.images, ...(message.video ? [message.video] : [])];
  // All to their end: nothing may go on behind the back of whoever is told of a failure.
  const outcomes = await Promise.allSettled(files.map((file, index) => upload(api, step, file, `media ${index + 1}`)));
  const mediaIds = outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
  return { mediaIds };
}

/** An upload as X knows it, and the state of the file that it is of. */
interface Session {
  readonly id: string;
  readonly expiresAt: Instant;
  readonly of: FileStamp & Pick<MediaSource, "path">;
}

/** Uploads of one file that may be begun for a delivery: each of them was lost, refused, or of an earlier state of the file. */
const maximumSessions = 20;

async function upload(api: Api, step: Step, file: MediaFile, name: string): Promise<string> {
  const source = await api.open(file);
  for (let count = 1; count <= maximumSessions; count += 1) {
    let isNew = false;
    const session = await step(`${name} upload ${count}`, () => {
      isNew = true;
      return initialize(api, source);
    });
    if (!isUsable(session, source, api.now())) continue;
    try {
      if (!(await fill(api, step, source, session.id))) continue;
    } catch (error) {
      // X forgot what it had promised to keep.
      if (!isNew && error instanceof Failure && error.code === "not_found") continue;
      throw error;
    }
    if (file.alt && isPicture(source)) await describe(api, step, session.id, file.alt);
    return session.id;
  }
  throw new Failure("platform_fault", `X loses every upload of ${source.path} before it is used`);
}

function isUsable({ of, expiresAt }: Session, { path, size, modifiedAt }: MediaSource, now: Instant): boolean {
  const same = of.path === path && of.size === size && of.modifiedAt === modifiedAt;
  return same && expiresAt - now > neededLife;
}

/**
 * @returns false where X could not process it when it was tried before: it may be able to now
 * @throws Failure `content_invalid` where it cannot process it
 */
async function fill(api: Api, step: Step, source: MediaSource, id: string): Promise<boolean> {
  const size = segmentSize(source);
  for (let index = 0; index * size < source.size; index += 1) {
    // Named after the upload: another one knows nothing of what this one was given.
    await step(`${id} segment ${index}`, () => append(api, id, source, index));
  }
  const finalized = await step(`${id} finalized`, () => finalize(api, id));
  let isNew = false;
  const failure = await step(`${id} processed`, () => {
    isNew = true;
    return processingFailure(api, finalized);
  });
  if (failure === null) return true;
  if (!isNew) return false;
  throw new Failure("content_invalid", `X cannot process ${source.path}: ${failure}`, {
    hint: "agencyiq platforms show x lists what it takes",
  });
}

async function initialize(api: Api, source: MediaSource): Promise<Session> {
  const json = { media_type: source.type, total_bytes: source.size, media_category: categoryOf(source) };
  const answer = await api.post(`${api2}/media/upload/initialize`, { json, repeatable: true }).catch((error) => {
    throw aboutScope(error);
  });
  const data = dataOf(answer);
  const lifetime = seconds(data.expires_after_secs ?? 86_400);
  const { path, size, modifiedAt } = source;
  return { id: data.id, expiresAt: api.now() + lifetime, of: { path, size, modifiedAt } };
}

/** X does not say which scope is missing, and nothing else is refused here in these words. */
function aboutScope(error: unknown): unknown {
  if (!(error instanceof Failure && error.code === "not_permitted")) return error;
  return new Failure("scope_missing", `${error.message}; the connection may lack the scope media.write`, {
    hint: "agencyiq connect x",
    cause: error,
  });
}

function categoryOf({ type, moving }: MediaSource): string {
  if (type === "image/gif" && moving) return "tweet_gif";
  return type.startsWith("image/") ? "tweet_image" : "tweet_video";
}

function isPicture({ type }: MediaSource): boolean {
  return type.startsWith("image/");
}

function segmentSize({ size }: MediaSource): number {
  return Math.max(segmentBytes, Math.ceil(size / maximumSegments));
}

async function append(api: Api, id: string, source: MediaSource, index: number): Promise<true> {
  const size = segmentSize(source);
  const media = { source, start: index * size, end: Math.min((index + 1) * size, source.size) };
  await api.post(`${api2}/media/upload/${id}/append`, {
    multipart: { segment_index: String(index), media },
    repeatable: true,
  });
  return true;
}

interface MediaData {
  readonly id: string;
  readonly expires_after_secs?: number;
  readonly processing_info?: {
    readonly state?: string;
    readonly check_after_secs?: number;
    readonly error?: { readonly name?: string; readonly message?: string };
  };
}

/** X refuses it without a JSON object, though its description has no body here. */
async function finalize(api: Api, id: string): Promise<MediaData> {
  return dataOf(await api.post(`${api2}/media/upload/${id}/finalize`, { json: {}, repeatable: true }));
}

/**
 * Waits until it is processed; null: it can be posted. Pictures are ready at once: their answer says nothing of processing.
 * @throws Failure `platform_fault` where X takes too long
 */
async function processingFailure(api: Api, finalized: MediaData): Promise<string | null> {
  const until = api.now() + longestProcessing;
  for (let data = finalized; ; data = await statusOf(api, data.id)) {
    const { state = "succeeded", check_after_secs: pause = 5, error } = data.processing_info ?? {};
    if (state === "succeeded") return null;
    if (state === "failed") return error?.message ?? error?.name ?? "it does not say why";
    if (api.now() > until) {
      throw new Failure("platform_fault", "X has not processed the file after 15 minutes", {
        hint: "run it again later; it is not uploaded again",
      });
    }
    await api.wait(Math.min(Math.max(pause, 1), 60));
  }
}

async function statusOf(api: Api, id: string): Promise<MediaData> {
  const query = { command: "STATUS", media_id: id };
  return dataOf(await api.get(`${api2}/media/upload`, { query, repeatable: true }));
}

/** Once more where the post was changed after X had been told. */
async function describe(api: Api, step: Step, id: string, text: string): Promise<void> {
  const json = { id, metadata: { alt_text: { text } } };
  const tell = async () => {
    await api.post(`${api2}/media/metadata`, { json, repeatable: true });
    return text;
  };
  for (let count = 1; (await step(`${id} alt text ${count}`, tell)) !== text; ) count += 1;
}

function dataOf(answer: unknown): MediaData {
  const { data } = (answer ?? {}) as { data?: Partial<MediaData> };
  if (data?.id) return { ...data, id: data.id };
  throw new Failure("platform_fault", "X did not say which upload it answers about", { hint: "run it again later" });
}
