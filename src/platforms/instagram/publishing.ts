/** From a message to a public post on Instagram, and back. https://developers.facebook.com/docs/instagram-platform/content-publishing */
import { Failure } from "../../domain/failure.ts";
import { mebibytes } from "../../domain/limits.ts";
import type { MediaFile } from "../../domain/post.ts";
import type { Instant } from "../../domain/time.ts";
import { accountUrl, findPublished, type ListedMedia, publishWhenReady, requireQuota } from "../containers.ts";
import type { Api, Message, Published, Sending, Step } from "../platform.ts";
import { containerOf, type Kind, kindOf, rules } from "./containers.ts";
import { accountNode, graphOf } from "./endpoints.ts";
import { notReady } from "./failures.ts";

export interface Prepared {
  readonly container: string;
  readonly kind: Kind;
}

export async function prepare(api: Api, message: Message, step: Step): Promise<Prepared> {
  const kind = kindOf(message);
  for (const file of message.images) await requireProportions(api, file, kind);
  if (kind === "story" && message.video) await requireStory(api, message.video);
  await requireRoom(api);
  return { container: await containerOf(api, step, message), kind };
}

/** Of pictures in the feed; a story is as high as a telephone. Said before anything is made. */
const feedAspect = { min: 3 / 4, max: 1.91 } as const;

async function requireProportions(api: Api, file: MediaFile, kind: Kind): Promise<void> {
  const { width, height, path } = await api.open(file);
  if (kind === "story" || !width || !height) return;
  const aspect = width / height;
  // Rounded as a picture's sides are: 1080 × 1439 is 3:4 as well.
  if (aspect > feedAspect.min - 0.005 && aspect < feedAspect.max + 0.005) return;
  const name = path.split("/").at(-1);
  throw new Failure("content_invalid", `${name} is ${width}×${height}: Instagram takes 3:4 to 1.91:1 in a post`, {
    hint: "crop it, or make it a story: --option instagram.kind=story",
  });
}

/** Of a story's video; a Reel may be longer and larger. */
const story = { seconds: 60, bytes: mebibytes(100) } as const;

async function requireStory(api: Api, file: MediaFile): Promise<void> {
  const { size, seconds, path } = await api.open(file);
  if (size <= story.bytes && (seconds ?? 0) <= story.seconds) return;
  const name = path.split("/").at(-1);
  throw new Failure("content_invalid", `${name} is too large for a story: 60 s and 100 MiB at most`);
}

interface Usage {
  readonly quota_usage?: number;
  readonly config?: { readonly quota_total?: number; readonly quota_duration?: number };
}

async function requireRoom(api: Api): Promise<void> {
  const query = { fields: "quota_usage,config" };
  const answer = await api.get(`${accountNode(api)}/content_publishing_limit`, { query, repeatable: true });
  const [{ quota_usage: used, config = {} } = {} as Usage] = ((answer ?? {}) as { data?: readonly Usage[] }).data ?? [];
  const { quota_total: total, quota_duration: duration = 86_400 } = config;
  if (used === undefined || total === undefined) return;
  const times = async (since: Instant) => (await recent(api, "post", since)).map(({ at }) => at);
  await requireQuota(api, "Instagram", { used, total, duration }, times);
}

export async function commit(api: Api, _message: Message, { prepared }: Sending<Prepared>): Promise<Published> {
  const form = { creation_id: prepared.container };
  const answer = await publishWhenReady(
    api,
    () => api.post(`${accountNode(api)}/media_publish`, { form }),
    ({ message }) => message.includes(notReady),
  );
  const { id } = (answer ?? {}) as { id?: string };
  if (!id) throw new Failure("delivery_unknown", "Instagram accepted the post but did not name it");
  return { remoteId: id, url: await permalinkOf(api, id) };
}

/** The post is public whether or not its address is told. */
async function permalinkOf(api: Api, id: string): Promise<string> {
  try {
    const answer = await api.get(`${graphOf(api)}/${id}`, { query: { fields: "permalink" } });
    const { permalink } = (answer ?? {}) as { permalink?: string };
    return permalink ?? accountUrl(api, rules);
  } catch {
    return accountUrl(api, rules);
  }
}

interface Listed {
  readonly id: string;
  readonly caption?: string;
  readonly timestamp?: string;
  readonly permalink?: string;
}

/** Stories are listed apart, and have no words. */
async function recent(api: Api, kind: Kind, since: Instant): Promise<readonly ListedMedia[]> {
  const list = kind === "story" ? "stories" : "media";
  const query = {
    fields: "id,caption,timestamp,permalink",
    limit: "100",
    ...(kind === "story" ? {} : { since: String(Math.floor(since / 1000)) }),
  };
  const answer = await api.get(`${accountNode(api)}/${list}`, { query, repeatable: true });
  const { data = [] } = (answer ?? {}) as { data?: readonly Listed[] };
  return data.map(({ id, caption = null, timestamp = "", permalink = null }) => ({
    id,
    text: caption,
    at: Date.parse(timestamp),
    url: permalink,
  }));
}

export function confirm(
  api: Api,
  message: Message,
  { prepared }: Sending<Prepared>,
  since: Instant,
): Promise<Published | null | undefined> {
  const text = prepared.kind === "story" ? "" : message.text;
  return findPublished(api, rules, prepared.container, { text, since }, () => recent(api, prepared.kind, since));
}

export async function comment(api: Api, remoteId: string, text: string): Promise<Published> {
  const answer = await api.post(`${graphOf(api)}/${remoteId}/comments`, { form: { message: text } });
  const { id } = (answer ?? {}) as { id?: string };
  if (!id) throw new Failure("delivery_unknown", "Instagram accepted the comment but did not name it");
  return { remoteId: id, url: await permalinkOf(api, remoteId) };
}

/** What is gone already is gone. Not every app may: it is a newer ability of the API. */
export async function remove(api: Api, remoteId: string): Promise<void> {
  try {
    await api.delete(`${graphOf(api)}/${remoteId}`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code === "not_found") return;
    const refused = ["not_permitted", "scope_missing", "content_invalid"].includes(error.code);
    if (!refused) throw error;
    throw new Failure(error.code, error.message, { hint: "delete it in the Instagram app", cause: error });
  }
}
