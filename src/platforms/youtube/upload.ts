/** Brings a video onto the channel where nobody but its owner sees it, once in a delivery's life. */
import { Failure } from "../../domain/failure.ts";
import type { FileStamp, MediaSource } from "../../domain/ports/media.ts";
import { openSession, sendThrough } from "../google/resumable-upload.ts";
import type { Api, Message, Step } from "../platform.ts";
import { thumbnailUploadUrl, videoUploadUrl, watchUrl } from "./endpoints.ts";
import { hidden, type Snippet, type Status, snippetOf, statusOf } from "./metadata.ts";
import { awaitProcessing } from "./video.ts";

/** A video on the channel, and what was said of it when it came there. */
export interface UploadedVideo {
  readonly id: string;
  readonly snippet: Snippet;
  readonly status: Status;
}

interface Session {
  readonly url: string;
  readonly of: FileStamp & Pick<MediaSource, "path">;
  readonly snippet: Snippet;
  readonly status: Status;
}

/** That may be begun for a delivery: each was lost, deleted, or of an earlier state of the file. */
const maximumUploads = 10;

/** @throws Failure `content_invalid`, `not_permitted` or `duplicate_content` for a video that YouTube will not show */
export async function uploadVideo(api: Api, message: Message, source: MediaSource, step: Step): Promise<UploadedVideo> {
  for (let count = 1; count <= maximumUploads; count += 1) {
    let isNew = false;
    const session = await step(`session ${count}`, () => {
      isNew = true;
      return begin(api, message, source);
    });
    api.keepSecret(session.url);
    if (!isOf(session, source)) continue;
    let cameNow = false;
    // The session answers for as long as it lives; afterwards this step does: a video that arrived is not sent again.
    const id = await step(`video ${count}`, () => {
      cameNow = true;
      return send(api, session, source, isNew);
    });
    if (id === null) continue;
    const processed = await awaitProcessing(api, id);
    if (processed === "usable") return { id, snippet: session.snippet, status: session.status };
    // Deleted by somebody, or refused when it was tried before: it may be taken now.
    if (!cameNow) continue;
    if (processed !== "gone") throw processed.unusable;
    // It came a moment ago: asked about again by the next try before it is sent again.
    throw new Failure("platform_fault", "YouTube took the video and does not know it yet", {
      hint: "run it again later",
    });
  }
  throw new Failure("platform_fault", `YouTube loses every upload of ${source.path} before it can be published`);
}

async function begin(api: Api, message: Message, source: MediaSource): Promise<Session> {
  const { path, size, modifiedAt } = source;
  const [snippet, status] = [snippetOf(message), hidden(statusOf(message))];
  const notifySubscribers = String(message.options["notify-subscribers"] !== false);
  const url = await openSession(api, videoUploadUrl, source, {
    query: { uploadType: "resumable", part: "snippet,status", notifySubscribers },
    json: { snippet, status },
  });
  return { url, of: { path, size, modifiedAt }, snippet, status };
}

function isOf({ of }: Session, { path, size, modifiedAt }: MediaSource): boolean {
  return of.path === path && of.size === size && of.modifiedAt === modifiedAt;
}

/** null: the session is gone. */
async function send(api: Api, { url }: Session, source: MediaSource, isNew: boolean): Promise<string | null> {
  const sent = await sendThrough(api, url, source, { isNew });
  if (sent === null) return null;
  const { id } = (sent.resource ?? {}) as { id?: string };
  if (id) return id;
  throw new Failure("platform_fault", "YouTube took the video but did not name it", { hint: "run it again later" });
}

/** Once for each state of the picture, before anybody sees the video. */
export async function setThumbnail(api: Api, videoId: string, picture: MediaSource, step: Step): Promise<void> {
  const { path, size, modifiedAt } = picture;
  const stamp = JSON.stringify({ path, size, modifiedAt });
  const set = async () => {
    const file = { source: picture, start: 0, end: size };
    const query = { videoId, uploadType: "media" };
    await api.post(thumbnailUploadUrl, { query, file, repeatable: true }).catch((error) => {
      throw aboutThumbnail(error, videoId);
    });
    return stamp;
  };
  for (let count = 1; (await step(`${videoId} thumbnail ${count}`, set)) !== stamp; ) count += 1;
}

function aboutThumbnail(error: unknown, videoId: string): unknown {
  if (!(error instanceof Failure && error.category === "refused")) return error;
  const message = `${error.message}; the video is there (${watchUrl(videoId)}), private, and is not sent again`;
  return new Failure(error.code, message, {
    hint: "thumbnails want a verified phone (https://www.youtube.com/verify); then: agencyiq posts retry ID, or edit it without one",
    cause: error,
  });
}
