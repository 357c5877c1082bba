/**
 * What begins a post, and what tells of it. https://developers.tiktok.com/doc/content-posting-api-reference-direct-post,
 * -upload-video, -photo-post, -query-creator-info, -get-video-status
 */
import type { Context } from "hono";
import { hours } from "../../domain/time.ts";
import type { World } from "../world.ts";
import type { TikTokEnvironment } from "./access.ts";
import { invalidParams, ok, tiktokError } from "./answers.ts";
import { type Announced, announcedIn } from "./chunk-rules.ts";
import { avatarUrl, longestVideo, privacyLevelsOf } from "./people.ts";
import { publish } from "./publication.ts";
import { type Body, BodyProblem, flagAt, integerAt, jsonOf, objectAt, only, textAt, wordAt } from "./request-body.ts";
import { moderation, newUpload, processing, type Share, stateOf } from "./shares.ts";

type TikTokContext = Context<TikTokEnvironment>;
type Handler = (context: TikTokContext) => Promise<Response>;

/** A body that is not as described, told in TikTok's way. */
export function describing(handler: Handler): Handler {
  return async (context) => {
    try {
      return await handler(context);
    } catch (error) {
      if (error instanceof BodyProblem) return invalidParams(error.message);
      throw error;
    }
  };
}

export function creatorInfo(world: World): Handler {
  return async (context) => {
    only(await jsonOf(context.req), [], "the body");
    const person = context.get("person");
    world.shares.look(context.get("client").clientId, person.handle, world.clock.now());
    const { private: isPrivate = false } = person;
    return ok({
      creator_avatar_url: avatarUrl(person),
      creator_username: person.handle,
      creator_nickname: person.name,
      privacy_level_options: privacyLevelsOf(person),
      comment_disabled: false,
      duet_disabled: isPrivate,
      stitch_disabled: isPrivate,
      max_video_post_duration_sec: longestVideo,
    });
  };
}

const levels = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"] as const;

/** What a direct post says beside its media; both kinds have some of it. */
interface Told {
  readonly title: string;
  readonly text: string;
  readonly privacyLevel: string;
}

function toldOfVideo(info: Body): Told {
  const flags = ["disable_duet", "disable_comment", "disable_stitch", "brand_content_toggle", "brand_organic_toggle"];
  only(info, ["title", "privacy_level", "video_cover_timestamp_ms", "is_aigc", ...flags], "post_info");
  for (const flag of [...flags, "is_aigc"]) flagAt(info, flag);
  if (info["video_cover_timestamp_ms"] !== undefined) integerAt(info, "video_cover_timestamp_ms", 0);
  return { title: "", text: textAt(info, "title", 2200), privacyLevel: levelAt(info) };
}

function toldOfPhotos(info: Body): Told {
  const flags = ["disable_comment", "auto_add_music", "brand_content_toggle", "brand_organic_toggle"];
  only(info, ["title", "description", "privacy_level", ...flags], "post_info");
  for (const flag of flags) flagAt(info, flag);
  return { title: textAt(info, "title", 90), text: textAt(info, "description", 4000), privacyLevel: levelAt(info) };
}

/** Branded content that nobody sees is none; the page leaves open how that is refused. */
function levelAt(info: Body): string {
  const level = wordAt(info, "privacy_level", levels);
  if (level === "SELF_ONLY" && flagAt(info, "brand_content_toggle")) {
    throw new BodyProblem("Branded content visibility cannot be set to private.");
  }
  return level;
}

/** Fifteen a day is what clients have met; TikTok gives no figure. */
const postsPerDay = 15;
const draftsPerDay = 5;
const peoplePerDay = 5;

/** Why this person may not post by this app now; null: nothing is in the way. */
function refusedPost(world: World, context: TikTokContext, privacyLevel: string | null): Response | null {
  const person = context.get("person");
  const { clientId, enterprise: audited = false } = context.get("client");
  const now = world.clock.now();
  const today = world.shares.ofLastDay(now);
  const own = today.filter(({ owner }) => owner === person.handle);
  if (privacyLevel === null) {
    return own.filter(({ inbox }) => inbox).length < draftsPerDay ? null : tiktokError("too-many-pending");
  }
  const looked = world.shares.takeLook(clientId, person.handle, now);
  if (!looked || !privacyLevelsOf(person).includes(privacyLevel)) return tiktokError("privacy-level");
  if (!audited && !(person.private && privacyLevel === "SELF_ONLY")) return tiktokError("unaudited");
  const people = new Set(today.filter((share) => share.clientId === clientId).map(({ owner }) => owner));
  if (!audited && !people.has(person.handle) && people.size >= peoplePerDay) return tiktokError("active-user-cap");
  return own.filter(({ inbox }) => !inbox).length < postsPerDay ? null : tiktokError("too-many-posts");
}

/** An upload URL is good for an hour. */
const uploadLife = hours(1);

export function videoInit(world: World, inbox: boolean): Handler {
  return async (context) => {
    const body = await jsonOf(context.req);
    only(body, inbox ? ["source_info"] : ["post_info", "source_info"], "the body");
    const told = inbox ? null : toldOfVideo(objectAt(body["post_info"], "post_info"));
    const source = objectAt(body["source_info"], "source_info");
    const from = wordAt(source, "source", ["FILE_UPLOAD", "PULL_FROM_URL"]);
    if (from === "PULL_FROM_URL") throw new BodyProblem("the sandbox fetches no videos: use FILE_UPLOAD");
    const announced = announcedIn(source);
    const refusal = refusedPost(world, context, told?.privacyLevel ?? null);
    if (refusal) return refusal;
    const share = newShare(world, context, { kind: "video", inbox, told, announced, photos: [] });
    const { id = "", token = "" } = share.upload ?? {};
    const url = new URL("https://open-upload.tiktokapis.com/video/");
    url.searchParams.set("upload_id", id);
    url.searchParams.set("upload_token", token);
    return ok({ publish_id: share.publishId, upload_url: url.href });
  };
}

export function contentInit(world: World): Handler {
  return async (context) => {
    const body = await jsonOf(context.req);
    only(body, ["media_type", "post_mode", "post_info", "source_info"], "the body");
    wordAt(body, "media_type", ["PHOTO"]);
    const inbox = wordAt(body, "post_mode", ["DIRECT_POST", "MEDIA_UPLOAD"]) === "MEDIA_UPLOAD";
    if (!context.get("scopes").includes(inbox ? "video.upload" : "video.publish")) {
      return tiktokError("scope-not-authorized");
    }
    const info = objectAt(body["post_info"], "post_info");
    const told = inbox ? { ...toldOfDraft(info), privacyLevel: null } : toldOfPhotos(info);
    const photos = photosAt(objectAt(body["source_info"], "source_info"));
    const refusal = refusedPost(world, context, told.privacyLevel);
    if (refusal) return refusal;
    const { ownedUrls = [] } = context.get("client");
    if (photos.some((url) => !ownedUrls.some((prefix) => url.startsWith(prefix)))) return tiktokError("url-ownership");
    const share = newShare(world, context, { kind: "photo", inbox, told, announced: null, photos });
    share.completeAt = world.clock.now();
    if (!inbox) publish(world, share);
    return ok({ publish_id: share.publishId });
  };
}

function toldOfDraft(info: Body): Pick<Told, "title" | "text"> {
  only(info, ["title", "description"], "post_info");
  return { title: textAt(info, "title", 90), text: textAt(info, "description", 4000) };
}

function photosAt(source: Body): string[] {
  only(source, ["source", "photo_cover_index", "photo_images"], "source_info");
  wordAt(source, "source", ["PULL_FROM_URL"]);
  const images = source["photo_images"];
  if (!Array.isArray(images) || images.length < 1 || images.length > 35) {
    throw new BodyProblem("photo_images must be a list of 1 to 35 URLs");
  }
  integerAt(source, "photo_cover_index", 0, images.length - 1);
  return images.map((url) => {
    if (typeof url === "string" && URL.canParse(url) && new URL(url).protocol === "https:") return url;
    throw new BodyProblem("photo_images must hold https URLs");
  });
}

interface New extends Pick<Share, "kind" | "inbox" | "photos"> {
  readonly told: { readonly title: string; readonly text: string; readonly privacyLevel: string | null } | null;
  readonly announced: Announced | null;
}

function newShare(world: World, context: TikTokContext, { told, announced, ...given }: New): Share {
  const now = world.clock.now();
  const secret = (bytes: number) => Buffer.from(world.random.bytes(bytes)).toString("hex");
  const [place, source] = [given.inbox ? "inbox" : "pub", given.kind === "video" ? "file" : "url"];
  const share: Share = {
    ...given,
    publishId: `${given.kind === "video" ? "v" : "p"}_${place}_${source}~v2.${BigInt(`0x${secret(7)}`)}`,
    owner: context.get("person").handle,
    clientId: context.get("client").clientId,
    begunAt: now,
    title: told?.title ?? "",
    text: told?.text ?? "",
    privacyLevel: told?.privacyLevel ?? null,
    upload: announced && newUpload(String(BigInt(`0x${secret(7)}`)), secret(24), announced, now + uploadLife),
    completeAt: null,
    failReason: null,
    postId: null,
  };
  world.shares.add(share);
  return share;
}

export function statusFetch(world: World): Handler {
  return async (context) => {
    const body = await jsonOf(context.req);
    only(body, ["publish_id"], "the body");
    const share = world.shares.find(textAt(body, "publish_id", 64));
    if (!share) return tiktokError("unknown-publish-id");
    const mine = share.owner === context.get("person").handle && share.clientId === context.get("client").clientId;
    if (!mine) return tiktokError("foreign-publish-id");
    const now = world.clock.now();
    const status = stateOf(share, now);
    const { completeAt, postId, privacyLevel, failReason, upload, kind } = share;
    const moderated = completeAt !== null && now >= completeAt + processing + moderation;
    const listed = status === "PUBLISH_COMPLETE" && privacyLevel === "PUBLIC_TO_EVERYONE" && moderated && postId;
    const ids = listed ? [postId] : [];
    const data = {
      status,
      fail_reason: status === "FAILED" ? failReason : "",
      publicaly_available_post_id: ids,
      uploaded_bytes: upload?.received ?? 0,
      ...(kind === "photo" ? { downloaded_bytes: 0 } : {}),
    };
    return ok(data, ids);
  };
}
