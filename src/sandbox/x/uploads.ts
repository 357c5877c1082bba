/** Media in parts: initialize, append, finalize, status, metadata. https://docs.x.com/x-api/media/quickstart/media-upload-chunked */
import type { Context } from "hono";
import { days, type Instant, seconds } from "../../domain/time.ts";
import { ReceivedFile } from "../received-file.ts";
import type { Upload, UploadKind } from "../uploads.ts";
import type { World } from "../world.ts";
import type { XEnvironment } from "./access.ts";
import { invalidRequest, resourceNotFound, xErrors } from "./problems.ts";
import { queryProblems } from "./query.ts";
import { type Appended, readAppend, readInitialize, readJson, readMetadata } from "./upload-requests.ts";

type XContext = Context<XEnvironment>;

/** Bytes, https://docs.x.com/x-api/media/quickstart/best-practices */
const sizeLimits: Readonly<Record<UploadKind, number>> = {
  picture: 5_242_880,
  gif: 15_728_640,
  video: 536_870_912,
};

/** What its description allows at all: videos of Premium accounts. */
const premiumVideo = 17_179_869_184;

const lifetime = days(1);

/** How long a video is `pending`, and when it is done after that. The sandbox does not look into it. */
const processing = { begins: seconds(1), ends: seconds(3) };

/** A media key is the id behind a number for its kind. */
const keyPrefixes: Readonly<Record<UploadKind, string>> = { picture: "3", gif: "16", video: "7" };

export function mediaKey({ kind, id }: Pick<Upload, "kind" | "id">): string {
  return `${keyPrefixes[kind]}_${id}`;
}

export function initializeUpload(world: World, nextId: (now: Instant) => string) {
  return async (context: XContext): Promise<Response> => {
    const read = readInitialize(await readJson(context.req));
    if (read.kind === "invalid") return invalidRequest(read.messages);
    const { kind, type, bytes } = read.request;
    const person = context.get("person");
    const limit = kind === "video" && person.premium ? premiumVideo : sizeLimits[kind];
    if (bytes > limit) return invalidRequest([`File size exceeds ${limit} bytes.`]);
    const now = world.clock.now();
    const upload: Upload = {
      platform: "x",
      id: nextId(now),
      owner: person.handle,
      kind,
      type,
      bytes,
      expiresAt: now + lifetime,
      file: new ReceivedFile({ keep: kind !== "video" }),
      finalizedAt: null,
      alt: null,
    };
    world.uploads.add(upload);
    const data = { id: upload.id, media_key: mediaKey(upload), expires_after_secs: lifetime / 1000 };
    return context.json({ data });
  };
}

export function appendUpload(world: World) {
  return async (context: XContext): Promise<Response> => {
    const read = await readAppend(context.req);
    if (read.kind === "invalid") return invalidRequest(read.messages);
    const upload = ownUpload(world, context, context.req.param("id") ?? "");
    if (upload instanceof Response) return upload;
    const refusal = refusedSegment(upload, read.request);
    if (refusal) return invalidRequest([refusal]);
    return context.json({ data: { expires_at: Math.floor(upload.expiresAt / 1000) } });
  };
}

function refusedSegment(upload: Upload, { index, bytes }: Appended): string | null {
  if (upload.finalizedAt !== null) return "The media upload is already finalized.";
  if (!upload.file.put(index, bytes)) return `Segment ${index} was uploaded before with other content.`;
  return upload.file.size > upload.bytes ? "Segments exceed the provided total file size." : null;
}

export function finalizeUpload(world: World) {
  return async (context: XContext): Promise<Response> => {
    // X refuses a body that is none, though its description has no body here.
    const body = await readJson(context.req);
    if (body.kind === "invalid") return invalidRequest(body.messages);
    const upload = ownUpload(world, context, context.req.param("id") ?? "");
    if (upload instanceof Response) return upload;
    if (!upload.file.gapless || upload.file.size !== upload.bytes) {
      return invalidRequest(["Segments do not add up to provided total file size."]);
    }
    if (upload.kind !== "video" && !looksLike(upload)) return invalidRequest(["media type unrecognized."]);
    upload.finalizedAt ??= world.clock.now();
    return context.json({ data: described(world, upload) });
  };
}

export function uploadStatus(world: World) {
  return (context: XContext): Response => {
    const query = new URL(context.req.url).searchParams;
    const values = { command: /^STATUS$/, media_id: /^[0-9]{1,19}$/ };
    const problems = queryProblems(query, { lists: {}, values });
    if (!query.has("media_id")) problems.push("The `media_id` query parameter can not be empty");
    if (problems.length > 0) return invalidRequest(problems);
    const upload = ownUpload(world, context, query.get("media_id") ?? "");
    return upload instanceof Response ? upload : context.json({ data: described(world, upload) });
  };
}

export function mediaMetadata(world: World) {
  return async (context: XContext): Promise<Response> => {
    const read = readMetadata(await readJson(context.req));
    if (read.kind === "invalid") return invalidRequest(read.messages);
    const upload = ownUpload(world, context, read.request.id);
    if (upload instanceof Response) return upload;
    if (upload.kind === "video") return invalidRequest(["Alt text is not supported for this media."]);
    upload.alt = read.request.alt;
    const associated_metadata = { alt_text: { text: upload.alt } };
    return context.json({ data: { id: upload.id, associated_metadata } });
  };
}

/** What is unknown and what has expired are the same to X; what is another's, it does not let one touch. */
function ownUpload(world: World, context: XContext, id: string): Upload | Response {
  const upload = world.uploads.find("x", id);
  if (!upload || upload.expiresAt <= world.clock.now()) return resourceNotFound("media", "id", id);
  return upload.owner === context.get("person").handle ? upload : xErrors["not-permitted"]();
}

export type UploadState = "uploading" | "pending" | "in_progress" | "succeeded" | "failed";

export function stateOf(world: World, upload: Upload): UploadState {
  if (upload.finalizedAt === null) return "uploading";
  if (upload.kind === "picture") return "succeeded";
  const passed = world.clock.now() - upload.finalizedAt;
  if (passed < processing.begins) return "pending";
  if (passed < processing.ends) return "in_progress";
  return looksLike(upload) ? "succeeded" : "failed";
}

function described(world: World, upload: Upload): Record<string, unknown> {
  const { id, bytes, expiresAt, finalizedAt, kind, type } = upload;
  return {
    id,
    media_key: mediaKey(upload),
    ...(finalizedAt === null ? {} : { size: bytes }),
    expires_after_secs: Math.max(0, Math.floor((expiresAt - world.clock.now()) / 1000)),
    ...(kind === "picture" ? { image: { image_type: type } } : { processing_info: processingOf(world, upload) }),
  };
}

function processingOf(world: World, upload: Upload): Record<string, unknown> {
  const state = stateOf(world, upload);
  const passed = world.clock.now() - (upload.finalizedAt ?? world.clock.now());
  const progress_percent = Math.min(100, Math.floor((100 * passed) / processing.ends));
  if (state === "pending" || state === "uploading") return { state: "pending", check_after_secs: 1 };
  if (state === "in_progress") return { state, check_after_secs: 1, progress_percent };
  if (state === "succeeded") return { state, progress_percent };
  // In the words of X's guide, though its description leaves the error out.
  return { state, progress_percent, error: { code: 1, name: "InvalidMedia", message: "file is invalid" } };
}

/** Where in a file its type is written, and how (one of them, in latin1). */
const signatures: Readonly<Record<string, readonly (readonly [at: number, bytes: string])[]>> = {
  "image/jpeg": [[0, "\xff\xd8\xff"]],
  "image/pjpeg": [[0, "\xff\xd8\xff"]],
  "image/png": [[0, "\x89PNG\r\n\x1a\n"]],
  "image/gif": [
    [0, "GIF87a"],
    [0, "GIF89a"],
  ],
  "image/webp": [[8, "WEBP"]],
  "image/bmp": [[0, "BM"]],
  "image/tiff": [
    [0, "II*\0"],
    [0, "MM\0*"],
  ],
  "video/mp4": [[4, "ftyp"]],
  "video/quicktime": [
    [4, "ftypqt"],
    [4, "moov"],
    [4, "wide"],
    [4, "mdat"],
  ],
  "video/webm": [[0, "\x1a\x45\xdf\xa3"]],
  "video/mp2t": [[0, "\x47"]],
};

/** What is inside decides, not what was announced. */
function looksLike({ file, type }: Upload): boolean {
  const head = file.content.subarray(0, 64).toString("latin1");
  return signatures[type]?.some(([at, bytes]) => head.startsWith(bytes, at)) ?? false;
}
