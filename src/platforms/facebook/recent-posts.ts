/** Did it go out? The Page's recent posts are looked at. https://developers.facebook.com/docs/graph-api/reference/page/feed */
import { Failure } from "../../domain/failure.ts";
import type { Instant } from "../../domain/time.ts";
import { graphUrl } from "../graph/api.ts";
import type { Api, Message, Published } from "../platform.ts";
import { absolute, type Prepared, pageOf, publishAt, wordsOf } from "./publish.ts";
import { videoStatus } from "./upload.ts";

interface Attachment {
  readonly media_type?: string;
  readonly unshimmed_url?: string;
  readonly target?: { readonly id?: string };
  readonly subattachments?: { readonly data?: readonly Attachment[] };
}

interface ListedPost {
  readonly id: string;
  readonly message?: string;
  readonly permalink_url?: string;
  /** Unix seconds. */
  readonly scheduled_publish_time?: number | string;
  readonly attachments?: { readonly data?: readonly Attachment[] };
}

interface Listed {
  readonly data?: readonly ListedPost[];
  readonly paging?: { readonly next?: string };
}

const fields =
  "id,message,created_time,scheduled_publish_time,permalink_url,attachments{media_type,unshimmed_url,target{id},subattachments{target{id}}}";

/** @returns the post; null where there is none; undefined where one could be it, or where that cannot be seen */
export async function findPost(
  api: Api,
  message: Message,
  prepared: Prepared,
  since: Instant,
): Promise<Published | null | undefined> {
  if (prepared.video !== null && "reel" in prepared.video) return findReel(api, prepared.video.reel);
  const at = publishAt(message);
  // What is scheduled leaves its list when it is made public.
  const isDue = at !== null && at <= api.now();
  const lists = [...(at === null ? [] : ["scheduled_posts"]), ...(at === null || isDue ? ["feed"] : [])];
  let unsure = isDue || prepared.video !== null;
  for (const list of lists) {
    const query = { fields, limit: "100", ...(list === "feed" ? { since: String(Math.floor(since / 1000)) } : {}) };
    const { data = [], paging } = (await api.get(graphUrl(api, `/${pageOf(api)}/${list}`), { query })) as Listed;
    const judged = data
      .filter((post) => list === "feed" || isFor(post, at))
      .map((post) => ({ post, likeness: likeness(post, message, prepared) }));
    const found = judged.find((one) => one.likeness === "same")?.post;
    if (found) return publishedOf(found, prepared);
    unsure ||= judged.some((one) => one.likeness === "unsure") || paging?.next !== undefined;
  }
  // A video is listed when it is processed, and nobody says how long that takes.
  return unsure ? undefined : null;
}

/** The same words may be scheduled for several days. */
function isFor({ scheduled_publish_time: told }: ListedPost, at: Instant | null): boolean {
  return told === undefined || at === null || Number(told) === Math.floor(at / 1000);
}

/** A Reel was named before it was made public, and tells of itself. */
async function findReel(api: Api, video: string): Promise<Published | null | undefined> {
  try {
    const { publishing, scheduled, state, permalink } = await videoStatus(api, video);
    const taken = publishing !== "not_started" || scheduled || state === "ready" || state === "processing";
    if (!taken) return null;
    // It is processed after it was taken, but also before.
    if (publishing === "not_started" && !scheduled && state === "processing") return undefined;
    return { remoteId: video, url: absolute(permalink ?? `/reel/${video}/`) };
  } catch (error) {
    if (error instanceof Failure && error.code === "not_found") return undefined;
    throw error;
  }
}

function publishedOf(post: ListedPost, { video }: Prepared): Published {
  const remoteId = (video === null ? undefined : attachmentsOf(post)[0]?.target?.id) ?? post.id;
  return { remoteId, url: absolute(post.permalink_url ?? `/${post.id}`) };
}

type Likeness = "same" | "unsure" | "other";

function likeness(post: ListedPost, message: Message, { photos, video }: Prepared): Likeness {
  const { text, link } = wordsOf(message, photos);
  if (spaced(post.message ?? "") !== spaced(text)) return "other";
  const attachments = attachmentsOf(post);
  if (video !== null) return attachments.some(({ media_type: type }) => type === "video") ? "same" : "other";
  const ids = attachments.flatMap(({ target, media_type: type }) => (type === "link" ? [] : (target?.id ?? [])));
  if (ids.length !== photos.length) return "other";
  if (photos.some((id) => !ids.includes(id))) return "unsure";
  return link === null ? "same" : likenessOfLink(attachments, link);
}

/** Facebook follows a link to where it leads, so another address may be the same one. */
function likenessOfLink(attachments: readonly Attachment[], link: string): Likeness {
  const found = attachments.flatMap(({ unshimmed_url: url }) => url ?? []);
  return found.some((url) => destination(url) === destination(link)) ? "same" : "unsure";
}

/** The pictures of an album are below it. */
function attachmentsOf({ attachments }: ListedPost): Attachment[] {
  return (attachments?.data ?? []).flatMap((one) => one.subattachments?.data ?? [one]);
}

function spaced(text: string): string {
  return text.normalize("NFC").replace(/\s+/g, " ").trim();
}

function destination(link: string): string {
  if (!URL.canParse(link)) return link;
  const { host, pathname, search } = new URL(link);
  return `${host}${pathname.replace(/\/$/, "")}${search}`;
}
