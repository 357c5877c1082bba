/** The bodies of X's media requests, by its OpenAPI description, version 2.167. */
import type { HonoRequest } from "hono";
import type { UploadKind } from "../uploads.ts";
import { boolean, type Check, id, integer, list, object, oneOf, text } from "./schema.ts";

export type Read<Request> =
  | { readonly kind: "request"; readonly request: Request }
  | { readonly kind: "invalid"; readonly messages: readonly string[] };

const invalid = (...messages: string[]) => ({ kind: "invalid", messages }) as const;

const wrongContentType = "Requests with bodies must have content-type of application/json.";

export async function readJson(request: HonoRequest): Promise<Read<unknown>> {
  if (!/^application\/json\s*(;|$)/i.test(request.header("content-type") ?? "")) return invalid(wrongContentType);
  try {
    const parsed: unknown = JSON.parse(await request.text());
    const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
    return isObject ? { kind: "request", request: parsed } : invalid("Request body must be a JSON object.");
  } catch {
    return invalid("Request body is not valid JSON.");
  }
}

function checked(read: Read<unknown>, schema: Check): Read<Readonly<Record<string, unknown>>> {
  if (read.kind === "invalid") return read;
  const messages = schema(read.request, "$");
  return messages.length > 0 ? invalid(...messages) : (read as Read<Readonly<Record<string, unknown>>>);
}

/** For posts; direct messages, subtitles and models are not played here. */
const kinds: Readonly<Record<string, UploadKind>> = {
  tweet_image: "picture",
  tweet_gif: "gif",
  tweet_video: "video",
  amplify_video: "video",
};

const types: Readonly<Record<UploadKind, readonly string[]>> = {
  picture: ["image/jpeg", "image/pjpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff"],
  gif: ["image/gif"],
  video: ["video/mp4", "video/quicktime", "video/webm", "video/mp2t"],
};

const initialize: Check = object(
  {
    additional_owners: list(id),
    media_category: oneOf(...Object.keys(kinds), "dm_gif", "dm_image", "dm_video", "subtitles"),
    media_type: oneOf(
      ...types.picture,
      ...types.video,
      "text/srt",
      "text/vtt",
      "model/gltf-binary",
      "model/vnd.usdz+zip",
    ),
    shared: boolean,
    total_bytes: integer(1, 17_179_869_184),
  },
  ["media_type", "total_bytes"],
);

export interface Initialized {
  readonly kind: UploadKind;
  readonly type: string;
  readonly bytes: number;
}

export function readInitialize(body: Read<unknown>): Read<Initialized> {
  const read = checked(body, initialize);
  if (read.kind === "invalid") return read;
  const { media_type: type, total_bytes: bytes, media_category: category } = read.request;
  const kind = category === undefined ? usualKind(String(type)) : kinds[String(category)];
  if (!kind) return invalid("the sandbox plays no media of this category");
  if (!types[kind].includes(String(type))) {
    return invalid(`$.media_type: ${type} does not match the media category ${category}`);
  }
  return { kind: "request", request: { kind, type: String(type), bytes: Number(bytes) } };
}

function usualKind(type: string): UploadKind {
  if (type === "image/gif") return "gif";
  return type.startsWith("image/") ? "picture" : "video";
}

export interface Appended {
  readonly index: number;
  readonly bytes: Uint8Array;
}

const maximumSegment = 5 * 1024 * 1024;

/** Multipart with the bytes, or JSON with the same in base64. */
export async function readAppend(request: HonoRequest): Promise<Read<Appended>> {
  const type = request.header("content-type") ?? "";
  const read = /^multipart\/form-data\b/i.test(type) ? await readForm(request) : readBase64(await readJson(request));
  if (read.kind === "invalid") return read;
  const { bytes } = read.request;
  if (bytes.length === 0) return invalid("$.media: must not be empty");
  return bytes.length > maximumSegment ? invalid(`Segment size exceeds ${maximumSegment} bytes.`) : read;
}

async function readForm(request: HonoRequest): Promise<Read<Appended>> {
  let form: FormData;
  try {
    form = await request.formData();
  } catch {
    return invalid("Request body is not valid multipart/form-data.");
  }
  const unknown = [...form.keys()].find((name) => name !== "media" && name !== "segment_index");
  if (unknown !== undefined) return invalid(`$.${unknown}: is not defined in the schema`);
  const [media, index] = [form.get("media"), form.get("segment_index")];
  if (!(media instanceof File)) return invalid("$.media: is missing but it is required");
  if (typeof index !== "string" || !/^\d{1,3}$/.test(index)) {
    return invalid("$.segment_index: must be an integer from 0 to 999");
  }
  return { kind: "request", request: { index: Number(index), bytes: new Uint8Array(await media.arrayBuffer()) } };
}

const append: Check = object({ media: text({ min: 1 }), segment_index: integer(0, 999) }, ["media", "segment_index"]);

function readBase64(body: Read<unknown>): Read<Appended> {
  const read = checked(body, append);
  if (read.kind === "invalid") return read;
  const { media, segment_index: index } = read.request;
  return { kind: "request", request: { index: Number(index), bytes: Buffer.from(String(media), "base64") } };
}

/** Of its many fields the one that posts use; the others have no effect here. */
const metadata: Check = object(
  { id, metadata: object({ alt_text: object({ text: text({ max: 1000 }) }, ["text"]) }, ["alt_text"]) },
  ["id", "metadata"],
);

export function readMetadata(body: Read<unknown>): Read<{ readonly id: string; readonly alt: string }> {
  const read = checked(body, metadata);
  if (read.kind === "invalid") return read;
  const request = read.request as { id: string; metadata: { alt_text: { text: string } } };
  return { kind: "request", request: { id: request.id, alt: request.metadata.alt_text.text } };
}
