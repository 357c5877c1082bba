/** A video that is on the channel: how it stands, and whether YouTube can show it. */
import { Failure } from "../../domain/failure.ts";
import { minutes } from "../../domain/time.ts";
import type { Api } from "../platform.ts";
import { videosUrl } from "./endpoints.ts";
import type { Status } from "./metadata.ts";

/** Half an hour of film takes about as long; what is not done by then goes on after it is public, in more and more sizes. */
const longestProcessing = minutes(5);

/** Seconds between two looks, the last of them again and again. Each costs a unit of 10,000 a day. */
const pauses = [1, 2, 4, 8, 15];

/** A new video is not known everywhere at once. */
const becomesKnown = minutes(1);

interface VideoStatus extends Partial<Status> {
  readonly uploadStatus?: string;
  readonly failureReason?: string;
  readonly rejectionReason?: string;
}

/** null: there is no such video. */
export async function videoStatus(api: Api, id: string): Promise<VideoStatus | null> {
  const answer = await api.get(videosUrl, { query: { part: "status", id }, repeatable: true });
  const { items = [] } = (answer ?? {}) as { items?: readonly { id?: string; status?: VideoStatus }[] };
  return items.find((item) => item.id === id)?.status ?? null;
}

export type Processed = "usable" | "gone" | { readonly unusable: Failure };

/** Waits a while until YouTube has looked into it: what it cannot show, or refuses to, is never made public. */
export async function awaitProcessing(api: Api, id: string): Promise<Processed> {
  const begun = api.now();
  for (let look = 0; ; look += 1) {
    const status = await videoStatus(api, id);
    const passed = api.now() - begun;
    if (status === null && passed > becomesKnown) return "gone";
    if (status?.uploadStatus === "deleted") return "gone";
    if (status?.uploadStatus === "processed") return "usable";
    const unusable = status && refusalOf(status);
    if (unusable) return { unusable };
    if (passed > longestProcessing) return "usable";
    await api.wait(pauses[Math.min(look, pauses.length - 1)] ?? 1);
  }
}

const failures: Readonly<Record<string, string>> = {
  conversion: "it could not be converted",
  invalidFile: "it is no video that YouTube knows",
  emptyFile: "it is empty",
  tooSmall: "it is too small",
  codec: "its codec is not known",
  uploadAborted: "its upload was broken off",
};

const rejections: Readonly<Record<string, string>> = {
  copyright: "copyright",
  claim: "a claim of its owner",
  duplicate: "the channel has it already",
  inappropriate: "it breaks the community guidelines",
  legal: "the law",
  length:
    "it is longer than this channel may; channels with a verified phone may 12 hours: https://www.youtube.com/verify",
  termsOfUse: "it breaks the terms of use",
  trademark: "a trademark",
  uploaderAccountClosed: "the channel is closed",
  uploaderAccountSuspended: "the channel is suspended",
};

function refusalOf({ uploadStatus, failureReason = "", rejectionReason = "" }: VideoStatus): Failure | null {
  if (uploadStatus === "failed") {
    const why = failures[failureReason] ?? (failureReason || "it does not say why");
    return new Failure("content_invalid", `YouTube cannot process the video: ${why}`);
  }
  if (uploadStatus !== "rejected") return null;
  const why = rejections[rejectionReason] ?? (rejectionReason || "it does not say why");
  const code = rejectionReason === "duplicate" ? "duplicate_content" : "not_permitted";
  return new Failure(code, `YouTube rejected the video: ${why}`);
}
