/** A Page's post: what makes it public, what it is called then, and taking it down. */
import { Failure } from "../../domain/failure.ts";
import type { MediaFacts } from "../../domain/ports/media.ts";
import { withLinkInText } from "../../domain/post.ts";
import { days, type Instant, minutes } from "../../domain/time.ts";
import { graphUrl } from "../graph/api.ts";
import type { Api, Message, MessageFacts, Published, Step } from "../platform.ts";
import { idOf, uploadPhoto, uploadReel, uploadVideo, videoStatus } from "./upload.ts";

/** What a post takes with it. */
export interface Prepared {
  /** In their order. */
  readonly photos: readonly string[];
  readonly video: { readonly handle: string } | { readonly reel: string } | null;
}

/** Of the Page itself, which its token stands for. */
export function pageOf({ externalId }: Pick<Api, "externalId">): string {
  return externalId ?? "me";
}

/** When Facebook itself is to make it public; null: now. */
export function publishAt({ options }: Message): Instant | null {
  const at = options["publish-at"];
  return typeof at === "number" ? at : null;
}

export async function prepare(api: Api, message: Message, step: Step): Promise<Prepared> {
  // Time may have passed since it was checked, and the file may be another.
  const [problem] = problemsOf(message, { now: api.now(), video: message.video && (await api.open(message.video)) });
  if (problem) throw new Failure("content_invalid", problem);
  const page = pageOf(api);
  if (message.video) {
    if (message.options["reel"] !== true)
      return { photos: [], video: { handle: await uploadVideo(api, step, message.video) } };
    return { photos: [], video: { reel: await uploadReel(api, step, page, message.video) } };
  }
  const photos: string[] = [];
  for (const [index, file] of message.images.entries()) {
    const scheduled = publishAt(message) !== null;
    const { path, size, modifiedAt } = await api.open(file);
    // Named after its state: a picture that was changed since is another one.
    const name = `photo ${index + 1} ${path} ${size} ${modifiedAt} ${scheduled} ${file.alt ?? ""}`;
    photos.push(await step(name, () => uploadPhoto(api, page, file, scheduled)));
  }
  return { photos, video: null };
}

/** What Facebook's limits do not say: its own schedule, and Reels. */
export function problemsOf(message: Message, { now, video }: MessageFacts): string[] {
  const reel = message.options["reel"] === true;
  return [...scheduleProblems(message, now), ...(reel && video ? reelProblems(video) : [])];
}

function scheduleProblems(message: Message, now: Instant): string[] {
  const at = publishAt(message);
  if (at === null) return [];
  const problems: string[] = [];
  if (at < now + minutes(10) || at > now + days(30)) {
    problems.push(
      "Facebook publishes by itself between 10 minutes and 30 days from now: change publish-at, or use --at",
    );
  }
  if (message.firstComment !== null) {
    problems.push(
      "what Facebook publishes by itself later cannot be commented on yet: use --at in place of publish-at",
    );
  }
  return problems;
}

/** https://developers.facebook.com/docs/video-api/guides/reels-publishing */
function reelProblems({ path, width, height, seconds }: MediaFacts): string[] {
  const problems = [
    seconds !== null && (seconds < 3 || seconds > 90) ? `lasts ${Math.round(seconds)} s, a Reel 3 to 90 s` : null,
    width && height && Math.abs(width / height - 9 / 16) > 0.01 ? `is ${width}×${height}, a Reel 9:16` : null,
    width && height && (width < 540 || height < 960) ? `is ${width}×${height}, a Reel at least 540×960` : null,
  ].filter((problem) => problem !== null);
  return problems.length === 0 ? [] : [`${path} ${problems.join("; ")} (leave the option reel out)`];
}

export async function commit(api: Api, message: Message, { photos, video }: Prepared): Promise<Published> {
  if (video === null) return createPost(api, message, photos);
  return "reel" in video ? finishReel(api, message, video.reel) : createVideo(api, message, video.handle);
}

/** A link has its own place, but beside pictures it is part of the text. */
export function wordsOf(message: Message, photos: readonly string[]): { text: string; link: string | null } {
  return photos.length > 0 || message.video ? withLinkInText(message) : message;
}

const unixSeconds = (at: Instant): string => String(Math.floor(at / 1000));

/** As `/feed` and `/videos` take it. */
function schedule(message: Message): Readonly<Record<string, string>> {
  const at = publishAt(message);
  return at === null ? {} : { published: "false", scheduled_publish_time: unixSeconds(at) };
}

/** One photo goes the same way as several: the request that makes it public is short, and says all that is to be said. */
async function createPost(api: Api, message: Message, photos: readonly string[]): Promise<Published> {
  const { text, link } = wordsOf(message, photos);
  const attached = photos.map((id, index) => [`attached_media[${index}]`, JSON.stringify({ media_fbid: id })]);
  const form = {
    ...(text === "" ? {} : { message: text }),
    ...(link === null ? {} : { link }),
    ...Object.fromEntries(attached),
    ...schedule(message),
  };
  const id = publicId(await api.post(graphUrl(api, `/${pageOf(api)}/feed`), { form }));
  return { remoteId: id, url: await permalink(api, id) };
}

async function createVideo(api: Api, message: Message, handle: string): Promise<Published> {
  const { text } = wordsOf(message, []);
  const fields = {
    ...(text === "" ? {} : { description: text }),
    ...(message.title === null ? {} : { title: message.title }),
    fbuploader_video_file_chunk: handle,
    ...schedule(message),
  };
  const thumb = message.thumbnail && (await api.open(message.thumbnail));
  const body = thumb
    ? { multipart: { ...fields, thumb: { source: thumb, start: 0, end: thumb.size } } }
    : { form: fields };
  const id = publicId(await api.post(graphUrl(api, `/${pageOf(api)}/videos`, "graph-video.facebook.com"), body));
  return processed(api, id);
}

async function finishReel(api: Api, message: Message, video: string): Promise<Published> {
  const { text } = wordsOf(message, []);
  const at = publishAt(message);
  const form = {
    upload_phase: "finish",
    video_id: video,
    video_state: at === null ? "PUBLISHED" : "SCHEDULED",
    ...(at === null ? {} : { scheduled_publish_time: unixSeconds(at) }),
    ...(text === "" ? {} : { description: text }),
    ...(message.title === null ? {} : { title: message.title }),
  };
  await api.post(graphUrl(api, `/${pageOf(api)}/video_reels`), { form });
  return processed(api, video);
}

function publicId(answer: unknown): string {
  try {
    return idOf(answer, "post");
  } catch (cause) {
    throw new Failure("delivery_unknown", "Facebook accepted the post but did not name it", { cause });
  }
}

/** Nothing that goes wrong here makes what is public doubtful. */
async function permalink(api: Api, id: string): Promise<string> {
  const answer = await quietly(() => api.get(graphUrl(api, `/${id}`), { query: { fields: "permalink_url" } }));
  return absolute((answer as { permalink_url?: string } | null)?.permalink_url ?? `/${id}`);
}

/** Of videos it is given without its host. */
export function absolute(address: string): string {
  return new URL(address, "https://www.facebook.com").href;
}

/** Seconds after which Facebook is left to itself with a video, and between two looks at it. */
const patience = 60;
const pause = 3;

/**
 * Facebook has it and publishes it when it is processed. What it cannot process is told, as long as that is soon.
 * @throws Failure `content_invalid`
 */
async function processed(api: Api, id: string): Promise<Published> {
  let url = `https://www.facebook.com/${id}`;
  for (let waited = 0; waited < patience; waited += pause) {
    const status = await quietly(() => videoStatus(api, id));
    if (status?.permalink) url = absolute(status.permalink);
    if (status?.problem) {
      throw new Failure("content_invalid", `Facebook cannot process the video: ${status.problem}`, {
        hint: "agencyiq platforms show facebook lists what it takes",
      });
    }
    if (status?.state !== "processing" || (await quietly(() => api.wait(pause))) === null) break;
  }
  return { remoteId: id, url };
}

/** null: it went wrong, and does not matter. */
async function quietly<Result>(work: () => Promise<Result>): Promise<Result | null> {
  try {
    return await work();
  } catch {
    return null;
  }
}

/** What is gone already is gone. */
export async function remove(api: Api, remoteId: string): Promise<void> {
  try {
    await api.delete(graphUrl(api, `/${remoteId}`));
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
  }
}

export async function comment(api: Api, remoteId: string, text: string): Promise<Published> {
  const id = publicId(await api.post(graphUrl(api, `/${remoteId}/comments`), { form: { message: text } }));
  return { remoteId: id, url: await permalink(api, id) };
}
