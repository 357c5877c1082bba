/**
 * Pictures, which TikTok fetches by their addresses. https://developers.tiktok.com/doc/content-posting-api-reference-photo-post
 *
 * Here the request that says what is posted is the commit. TikTok's answer names the post, and that is kept at once: from
 * then on TikTok can be asked about it. Where the answer itself is lost, only the account's owner can look.
 */
import { fileName } from "../../domain/checking/words.ts";
import { Failure } from "../../domain/failure.ts";
import type { Api, Message, Published, Sending, Step } from "../platform.ts";
import { ask } from "./api.ts";
import { askCreator, coverPhoto, modeOf, photoInfo } from "./post-info.ts";
import { asFound, knownStatus, outcomeOf, type Sent } from "./status.ts";

export interface PreparedPhotos {
  readonly kind: "photos";
  /** The body of the request. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly username: string | null;
  readonly public: boolean;
  /** Under which name the answer is kept. */
  readonly post: string;
}

/** Requests of one delivery, each of which came to nothing. */
const maximumPosts = 20;

export async function preparePhotos(api: Api, message: Message, step: Step): Promise<PreparedPhotos> {
  const direct = modeOf(message) === "direct";
  const creator = direct ? await askCreator(api) : null;
  const request = {
    media_type: "PHOTO",
    post_mode: direct ? "DIRECT_POST" : "MEDIA_UPLOAD",
    post_info: photoInfo(message, creator),
    source_info: {
      source: "PULL_FROM_URL",
      photo_cover_index: coverPhoto(message),
      photo_images: message.images.map(addressOf),
    },
  };
  for (let count = 1; count <= maximumPosts; count += 1) {
    const post = `photo post ${count}`;
    const publishId = await kept(step, post);
    // What TikTok failed at is begun anew; what it has is not.
    const failed = publishId !== null && (await knownStatus(api, publishId))?.status === "FAILED";
    if (failed) continue;
    const isPublic = direct && message.visibility === "public";
    return { kind: "photos", request, username: creator?.username ?? null, public: isPublic, post };
  }
  throw new Failure("platform_fault", "TikTok fails to fetch these pictures again and again");
}

function addressOf({ file, url }: Message["images"][number]): string {
  if (url !== undefined) return url;
  throw new Failure("content_invalid", `TikTok fetches pictures itself, and no address is known of ${fileName(file)}`);
}

/** The answer of an earlier request; null: there was none. */
async function kept(step: Step, post: string): Promise<string | null> {
  const nothing = new Error("nothing is kept");
  try {
    return await step<string>(post, async () => {
      throw nothing;
    });
  } catch (error) {
    if (error === nothing) return null;
    throw error;
  }
}

export async function commitPhotos(
  api: Api,
  { prepared, step }: Pick<Sending<PreparedPhotos>, "prepared" | "step">,
): Promise<Published> {
  const publishId = await step(prepared.post, () => post(api, prepared));
  return outcomeOf(api, sentAs(publishId, prepared));
}

async function post(api: Api, { request }: PreparedPhotos): Promise<string> {
  const { publish_id: publishId } = await ask(api, "/v2/post/publish/content/init/", { json: request });
  if (typeof publishId === "string") return publishId;
  throw new Failure("delivery_unknown", "TikTok accepted the post but did not name it");
}

export async function confirmPhotos(
  api: Api,
  { prepared, step }: Pick<Sending<PreparedPhotos>, "prepared" | "step">,
): Promise<Published | null | undefined> {
  const publishId = await kept(step, prepared.post);
  const found = publishId === null ? null : await knownStatus(api, publishId);
  if (publishId === null || !found) return undefined;
  return found.status === "FAILED" ? null : asFound(sentAs(publishId, prepared), found);
}

function sentAs(publishId: string, { username, public: isPublic }: PreparedPhotos): Sent {
  return { publishId, kind: "photo", username, public: isPublic };
}
