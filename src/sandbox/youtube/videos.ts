/** The videos of the sandbox's channels, and what everybody sees of them. */
import { createHash } from "node:crypto";
import { type Instant, seconds, toTimestamp } from "../../domain/time.ts";
import type { UploadSession } from "../google/resumable.ts";
import type { Person } from "../options.ts";
import type { PostedMedia } from "../posts.ts";
import type { World } from "../world.ts";
import type { Snippet, Status } from "./resources.ts";

export interface Video {
  readonly id: string;
  /** A person's handle. */
  readonly owner: string;
  readonly uploadedAt: Instant;
  readonly type: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Its first bytes. */
  readonly head: Buffer;
  snippet: Snippet;
  status: Status;
  /** Since when everybody may see it. */
  publishedAt: Instant | null;
  thumbnail: { readonly type: string; readonly content: Uint8Array } | null;
}

/** How long YouTube looks into a video before it can be watched. */
const processing = seconds(2);

/** The same person has the same channel in every run, as a stored account expects. */
export function channelId({ handle }: Pick<Person, "handle">): string {
  const digest = createHash("sha256").update(`channel ${handle.toLowerCase()}`).digest("base64url");
  return `UC${digest.slice(0, 22)}`;
}

export function videosOf(world: World): Map<string, Video> {
  return world.shelves.of<Video>("youtube videos");
}

/** A private one is there for its owner alone. */
export function videoFor(world: World, id: string, viewer: Person | null): Video | null {
  const video = videosOf(world).get(id);
  if (!video) return null;
  return video.owner === viewer?.handle || statusNow(world, video).privacyStatus !== "private" ? video : null;
}

export function addVideo(world: World, session: UploadSession, snippet: Snippet, status: Status): Video {
  const id = Buffer.from(world.random.bytes(9)).toString("base64url").slice(0, 11);
  const video: Video = {
    id,
    owner: session.owner,
    uploadedAt: world.clock.now(),
    type: session.type,
    bytes: session.bytes,
    sha256: session.file.sha256,
    head: session.file.content,
    snippet,
    status,
    publishedAt: null,
    thumbnail: null,
  };
  videosOf(world).set(id, video);
  show(world, video);
  return video;
}

/** On the timeline is what everybody can find: public videos, and planned ones once their time has come. */
export function show(world: World, video: Video): void {
  const { status, id, owner, snippet, bytes, type, sha256 } = video;
  const now = world.clock.now();
  world.posts.remove("youtube", id);
  const planned = status.publishAt !== null ? Math.max(now, status.publishAt) : null;
  const at = status.privacyStatus === "public" ? (video.publishedAt ?? now) : planned;
  video.publishedAt = at;
  if (at === null) return;
  const media: PostedMedia = {
    id,
    kind: "video",
    type,
    bytes,
    sha256,
    alt: null,
    url: video.thumbnail ? `https://i.ytimg.com/vi/${id}/hqdefault.jpg` : null,
  };
  world.posts.add({
    platform: "youtube",
    id,
    author: owner,
    title: snippet.title,
    text: snippet.description,
    createdAt: at,
    url: `https://www.youtube.com/watch?v=${id}`,
    replyTo: null,
    quotes: null,
    poll: null,
    media: [media],
  });
}

/** A plan whose time has come has made the video public, and is no plan any more. */
export function statusNow(world: World, { status }: Video): Status {
  const { publishAt } = status;
  if (publishAt === null || publishAt > world.clock.now()) return status;
  return { ...status, privacyStatus: "public", publishAt: null };
}

export function resourceOf(world: World, video: Video, parts: readonly string[]): Record<string, unknown> {
  const { id, owner, snippet, uploadedAt, publishedAt } = video;
  const status = statusNow(world, video);
  const { defaultLanguage, tags, ...words } = snippet;
  const all: Record<string, unknown> = {
    snippet: {
      ...words,
      ...(tags.length > 0 ? { tags } : {}),
      ...(defaultLanguage === null ? {} : { defaultLanguage }),
      publishedAt: toTimestamp(publishedAt ?? uploadedAt),
      channelId: channelId({ handle: owner }),
      channelTitle: world.people.find(({ handle }) => handle === owner)?.name ?? owner,
      liveBroadcastContent: "none",
      localized: { title: snippet.title, description: snippet.description },
    },
    status: {
      ...status,
      publishAt: status.publishAt === null ? undefined : toTimestamp(status.publishAt),
      madeForKids: status.selfDeclaredMadeForKids,
      ...uploadStatus(world, video),
    },
    processingDetails: {
      processingStatus: uploadStatus(world, video).uploadStatus === "processed" ? "succeeded" : "processing",
    },
    statistics: { viewCount: "0", likeCount: "0", favoriteCount: "0", commentCount: "0" },
    contentDetails: { definition: "sd", dimension: "2d", caption: "false", licensedContent: false },
  };
  const chosen = Object.fromEntries(Object.entries(all).filter(([part]) => parts.includes(part)));
  return { kind: "youtube#video", etag: `"${id}"`, id, ...chosen };
}

/** What is inside decides, not what was announced. */
function uploadStatus(world: World, { uploadedAt, head }: Video): { uploadStatus: string; failureReason?: string } {
  if (world.clock.now() - uploadedAt < processing) return { uploadStatus: "uploaded" };
  return looksLikeFilm(head) ? { uploadStatus: "processed" } : { uploadStatus: "failed", failureReason: "invalidFile" };
}

function looksLikeFilm(head: Buffer): boolean {
  const text = head.toString("latin1");
  const boxes = ["ftyp", "moov", "wide", "mdat"];
  return boxes.some((box) => text.startsWith(box, 4)) || text.startsWith("\x1a\x45\xdf\xa3") || text.startsWith("\x47");
}
