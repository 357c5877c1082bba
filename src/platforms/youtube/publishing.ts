/**
 * A video is brought onto the channel private, looked into, and given its thumbnail, all of it in steps that are taken up where
 * they were left. The commit is the one request that changes who sees it (docs/decisions/0004-youtube-commit.md): carried out
 * twice it does the same as once, and whether it was carried out is what the video's status says.
 */
import { Failure } from "../../domain/failure.ts";
import { days } from "../../domain/time.ts";
import type { Api, Message, Published, Publishing, Sending, Step } from "../platform.ts";
import { commentThreadsUrl, videosUrl, watchUrl } from "./endpoints.ts";
import { problemsOf, snippetOf, statusOf } from "./metadata.ts";
import { setThumbnail, type UploadedVideo, uploadVideo } from "./upload.ts";
import { videoStatus } from "./video.ts";

async function prepare(api: Api, message: Message, step: Step): Promise<UploadedVideo> {
  const [problem] = problemsOf(message, { now: api.now() });
  if (problem) throw new Failure("content_invalid", problem);
  if (!message.video) throw new Failure("content_invalid", "YouTube takes videos, and there is none");
  const video = await uploadVideo(api, message, await api.open(message.video), step);
  if (message.thumbnail) await setThumbnail(api, video.id, await api.open(message.thumbnail), step);
  return video;
}

/** A part that is sent replaces all that was there, so each is sent whole, and only where it is to be another. */
async function commit(api: Api, message: Message, { prepared }: Sending<UploadedVideo>): Promise<Published> {
  const { id } = prepared;
  const wanted = { snippet: snippetOf(message), status: statusOf(message) };
  const parts = (["snippet", "status"] as const).filter((part) => !isSame(wanted[part], prepared[part]));
  if (parts.length > 0) {
    const changed = Object.fromEntries(parts.map((part) => [part, wanted[part]]));
    await api.put(videosUrl, { query: { part: parts.join(",") }, json: { id, ...changed } });
  }
  return published(id);
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function published(id: string): Published {
  return { remoteId: id, url: watchUrl(id) };
}

async function confirm(
  api: Api,
  message: Message,
  { prepared: { id } }: Sending<UploadedVideo>,
): Promise<Published | null | undefined> {
  const present = await videoStatus(api, id);
  // Its owner deleted it, before or after it was public.
  if (present === null) return undefined;
  const { privacyStatus, publishAt } = statusOf(message);
  if (publishAt === undefined) return present.privacyStatus === privacyStatus ? published(id) : null;
  // Once its time has come it is public, and YouTube speaks no more of a plan.
  const planned = present.publishAt !== undefined && Date.parse(present.publishAt) === Date.parse(publishAt);
  return planned || present.privacyStatus === "public" ? published(id) : null;
}

/** What is gone already is gone. */
async function remove(api: Api, id: string): Promise<void> {
  try {
    await api.delete(videosUrl, { query: { id } });
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
  }
}

async function comment(api: Api, videoId: string, text: string): Promise<Published> {
  const snippet = { videoId, topLevelComment: { snippet: { textOriginal: text } } };
  const channel = api.externalId === null ? {} : { channelId: api.externalId };
  const answer = await api.post(commentThreadsUrl, {
    query: { part: "snippet" },
    json: { snippet: { ...channel, ...snippet } },
  });
  const { id } = (answer ?? {}) as { id?: string };
  if (!id) throw new Failure("delivery_unknown", "YouTube took the comment but did not name it");
  return { remoteId: id, url: `${watchUrl(videoId)}&lc=${encodeURIComponent(id)}` };
}

export const publishing: Publishing<UploadedVideo> = {
  prepare,
  commit,
  confirm,
  // What is sent twice does what it did the first time: nothing has to be waited for.
  settles: 0,
  // The video is on the channel; only its owner takes it away.
  keeps: days(30),
  delete: remove,
  comment,
};
