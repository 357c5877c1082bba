/**
 * A video in the parts that LinkedIn cuts, each to its own address, each proved by its ETag.
 * https://learn.microsoft.com/linkedin/marketing/community-management/shares/videos-api
 */
import { Failure } from "../../domain/failure.ts";
import type { MediaSource } from "../../domain/ports/media.ts";
import { type Instant, minutes } from "../../domain/time.ts";
import type { Api, Step } from "../platform.ts";
import { processing, stateOf } from "./processing.ts";
import { authorOf, rest } from "./requests.ts";

/** Uploads of one file that may be begun for a delivery: each of them was lost, refused or too old. */
const maximumSessions = 20;

/** What is left of the addresses' life must be enough to send what is missing. */
const neededLife = minutes(30);

interface Session {
  readonly video: string;
  readonly uploadToken: string;
  readonly parts: readonly Part[];
  readonly expiresAt: Instant;
}

interface Part {
  readonly uploadUrl: string;
  readonly firstByte: number;
  readonly lastByte: number;
}

/** @returns the video's URN, once it can be posted */
export async function uploadVideo(api: Api, step: Step, source: MediaSource): Promise<string> {
  const { path, size, modifiedAt } = source;
  for (let count = 1; count <= maximumSessions; count += 1) {
    let isNew = false;
    const session = await step(`video ${size} ${modifiedAt} ${path} upload ${count}`, () => {
      isNew = true;
      return initialize(api, source);
    });
    for (const { uploadUrl } of session.parts) api.keepSecret(uploadUrl);
    api.keepSecret(session.uploadToken);
    try {
      if (await fill(api, step, source, session)) return session.video;
    } catch (error) {
      if (isNew || !isLost(error)) throw error;
    }
  }
  throw new Failure("platform_fault", `LinkedIn loses every upload of ${path} before it is used`);
}

/** LinkedIn forgot what it had promised to keep, or its addresses are no right any more. */
function isLost(error: unknown): boolean {
  return error instanceof Failure && ["not_found", "not_permitted"].includes(error.code);
}

/**
 * @returns false where the addresses are too old, or LinkedIn could not process it when it was tried before
 * @throws Failure `content_invalid` where it cannot process it
 */
async function fill(api: Api, step: Step, source: MediaSource, session: Session): Promise<boolean> {
  const { video, uploadToken, parts, expiresAt } = session;
  const uploadedPartIds: string[] = [];
  for (const [index, part] of parts.entries()) {
    const etag = await step(`${video} part ${index}`, () => {
      return expiresAt - api.now() < neededLife ? Promise.resolve(null) : send(api, source, part);
    });
    if (etag === null) return false;
    uploadedPartIds.push(etag);
  }
  await step(`${video} finalized`, async () => {
    const json = { finalizeUploadRequest: { video, uploadToken, uploadedPartIds } };
    await rest(api, "POST", "videos", { query: { action: "finalizeUpload" }, json, repeatable: true }).catch(
      async (error) => {
        // The answer to a first one may have been lost.
        if ((await stateOf(api, video)) === "WAITING_UPLOAD") throw error;
      },
    );
    return true;
  });
  let isNew = false;
  const failure = await step(`${video} processed`, () => {
    isNew = true;
    return processing(api, video);
  });
  if (failure === null) return true;
  if (!isNew) return false;
  throw new Failure("content_invalid", `LinkedIn cannot process ${source.path}: ${failure}`, {
    hint: "agencyiq platforms show linkedin lists what it takes",
  });
}

interface Initialized {
  readonly value?: {
    readonly video?: string;
    readonly uploadToken?: string;
    readonly uploadUrlsExpireAt?: number;
    readonly uploadInstructions?: readonly Part[];
  };
}

async function initialize(api: Api, { size }: MediaSource): Promise<Session> {
  const initializeUploadRequest = {
    owner: authorOf(api),
    fileSizeBytes: size,
    uploadCaptions: false,
    uploadThumbnail: false,
  };
  const request = { query: { action: "initializeUpload" }, json: { initializeUploadRequest }, repeatable: true };
  const { value } = (await rest(api, "POST", "videos", request)).body as Initialized;
  const { video, uploadToken = "", uploadUrlsExpireAt, uploadInstructions: parts = [] } = value ?? {};
  if (!video || !isWhole(parts, size)) {
    throw new Failure("platform_fault", "LinkedIn did not say where each part of the video goes", {
      hint: "run it again later",
    });
  }
  return { video, uploadToken, parts, expiresAt: uploadUrlsExpireAt ?? api.now() + minutes(60) };
}

/** Every byte once, in order. */
function isWhole(parts: readonly Part[], size: number): boolean {
  let next = 0;
  for (const { firstByte, lastByte } of parts) {
    if (firstByte !== next || lastByte < firstByte) return false;
    next = lastByte + 1;
  }
  return next === size;
}

/** The address is the right to it, as LinkedIn's page has it: no token goes along. */
async function send(api: Api, source: MediaSource, { uploadUrl, firstByte, lastByte }: Part): Promise<string> {
  const file = { source: { ...source, type: "application/octet-stream" }, start: firstByte, end: lastByte + 1 };
  const { headers } = await api.call("PUT", uploadUrl, { file, authorization: "none", repeatable: true });
  const etag = headers["etag"]?.replace(/^(?:W\/)?"(.*)"$/, "$1");
  if (etag) return etag;
  throw new Failure("platform_fault", "LinkedIn did not confirm a part of the video", { hint: "run it again later" });
}
