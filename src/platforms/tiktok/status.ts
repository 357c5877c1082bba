/** What became of an upload. https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status */
import { Failure, toFailure } from "../../domain/failure.ts";
import { type Instant, minutes, seconds } from "../../domain/time.ts";
import type { Api, Published } from "../platform.ts";
import { ask, profileUrl } from "./api.ts";
import { failureOfReason } from "./failures.ts";

export interface PublishStatus {
  readonly status: string;
  readonly reason: string | null;
  readonly received: number;
  /** Of the public post; null: there is none, or TikTok still looks at it. */
  readonly postId: string | null;
}

/** What is sent, as it is looked for afterwards. */
export interface Sent {
  readonly publishId: string;
  readonly kind: "video" | "photo";
  /** Who posts, where it is known. */
  readonly username: string | null;
  /** It may be seen by everybody, so it will get an id of its own. */
  readonly public: boolean;
}

/** null: TikTok does not know it (any more). */
export async function knownStatus(api: Api, publishId: string): Promise<PublishStatus | null> {
  try {
    return await statusOfUpload(api, publishId);
  } catch (error) {
    if (toFailure(error).code === "not_found") return null;
    throw error;
  }
}

/** @throws Failure `not_found` for an upload that TikTok does not know (any more) */
async function statusOfUpload(api: Api, publishId: string): Promise<PublishStatus> {
  const json = { publish_id: publishId };
  const data = await ask(api, "/v2/post/publish/status/fetch/", { json, repeatable: true });
  const { status, fail_reason: reason, uploaded_bytes: received } = data;
  // Spelt so. Its numbers are beyond 2^53 and come here as texts.
  const [postId] = (data["publicaly_available_post_id"] ?? []) as readonly (string | number)[];
  return {
    status: typeof status === "string" ? status : "",
    reason: typeof reason === "string" && reason !== "" ? reason : null,
    received: typeof received === "number" ? received : 0,
    postId: postId === undefined ? null : String(postId),
  };
}

/** It is out, or in the person's inbox, and nothing changes that any more. */
function isDone({ status }: PublishStatus): boolean {
  return status === "PUBLISH_COMPLETE" || status === "SEND_TO_USER_INBOX";
}

/** What is only for some to see never gets an id; neither does a public post before TikTok has looked at it. */
function publishedAs({ publishId, kind, username }: Sent, { postId }: PublishStatus): Published {
  if (postId === null || username === null) return { remoteId: postId ?? publishId, url: profileUrl(username) };
  return { remoteId: postId, url: `${profileUrl(username)}/${kind}/${postId}` };
}

/**
 * An upload that TikTok has all of, looked at once. @throws Failure `platform_fault` while TikTok is at it, so that it is
 * looked for again
 */
export function asFound(sent: Sent, found: PublishStatus): Published {
  if (isDone(found)) return publishedAs(sent, found);
  throw new Failure("platform_fault", "TikTok has it all and still works on it");
}

/** A video of 4 GB takes "more than two minutes". */
const longestProcessing = minutes(10);
/** However long TikTok wants not to be asked: after this it is told as not known yet, and looked for later (seconds). */
const longestPause = 60;
/** "Moderation usually finishes within one minute"; it may take hours, which are not waited for. */
const longestModeration = seconds(60);

/**
 * Waits until it is out, once TikTok has all of it: nothing can stop it then.
 * @throws Failure by TikTok's reason where nothing came of it; `delivery_unknown` where that cannot be told
 */
export async function outcomeOf(api: Api, sent: Sent): Promise<Published> {
  const until = api.now() + longestProcessing;
  let done = null as { readonly at: Instant; readonly as: PublishStatus } | null;
  for (let count = 0; ; count += 1) {
    await pause(api, Math.min(1 + count, 5));
    const found = await look(api, sent.publishId);
    if (found?.status === "FAILED") throw failureOfReason(found.reason);
    if (found && isDone(found)) done = { at: done?.at ?? api.now(), as: found };
    if (done && (!mayGetId(sent, done.as) || api.now() > done.at + longestModeration))
      return publishedAs(sent, done.as);
    if (!done && api.now() > until) throw unknown("TikTok has it all, and has not published it yet");
  }
}

function mayGetId(sent: Sent, { status, postId }: PublishStatus): boolean {
  return sent.public && status === "PUBLISH_COMPLETE" && postId === null;
}

/** null: not now, there were too many questions. */
async function look(api: Api, publishId: string): Promise<PublishStatus | null> {
  try {
    return await statusOfUpload(api, publishId);
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code !== "rate_limited") throw unknown(`TikTok has it all; ${failure.message}`, error);
    const wait = failure.retryAfterSeconds ?? longestPause;
    if (wait > longestPause) throw unknown(`TikTok has it all; ${failure.message}`, error);
    await pause(api, wait);
    return null;
  }
}

async function pause(api: Api, count: number): Promise<void> {
  try {
    await api.wait(count);
  } catch (error) {
    throw unknown("TikTok has it all, and nobody waited for what came of it", error);
  }
}

function unknown(message: string, cause?: unknown): Failure {
  return new Failure("delivery_unknown", message, { cause });
}
