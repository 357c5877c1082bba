/** Resumable uploads as Google's front end takes them. https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol */
import type { Context } from "hono";
import { days, type Instant } from "../../domain/time.ts";
import { ReceivedFile } from "../received-file.ts";
import type { World } from "../world.ts";
import { badRequest, googleErrors, googleJson } from "./errors.ts";

const granule = 256 * 1024;

/** How long a session lives; Google says of other products that it is a week. */
const lifetime = days(7);

export interface UploadSession {
  readonly id: string;
  /** A person's handle. */
  readonly owner: string;
  readonly type: string;
  readonly bytes: number;
  readonly expiresAt: Instant;
  readonly file: ReceivedFile;
  chunks: number;
  /** What the whole file became. */
  resource: unknown;
}

export type FinishUpload = (session: UploadSession) => unknown;

/** Where a session is opened: which file is to come. @returns what is wrong with it, or the session */
export function openSession(
  world: World,
  shelf: string,
  context: Context,
  { owner, types, maximum }: { readonly owner: string; readonly types: RegExp; readonly maximum: number },
): Response | UploadSession {
  const type = context.req.header("x-upload-content-type") ?? "";
  const length = context.req.header("x-upload-content-length") ?? "";
  if (!types.test(type)) return badRequest(`Media type '${type}' is not supported.`, "wrongContentType");
  if (!/^\d{1,15}$/.test(length)) return badRequest("X-Upload-Content-Length is not a number of bytes.");
  if (Number(length) === 0) return badRequest("The file is empty.", "mediaBodyRequired");
  if (Number(length) > maximum) return badRequest("Media is too large.", "uploadTooLarge");
  const session: UploadSession = {
    id: Buffer.from(world.random.bytes(48)).toString("base64url"),
    owner,
    type,
    bytes: Number(length),
    expiresAt: world.clock.now() + lifetime,
    file: new ReceivedFile({ keep: false }),
    chunks: 0,
    resource: null,
  };
  world.shelves.of<UploadSession>(shelf).set(session.id, session);
  return session;
}

/** PUT to a session: its URL is the right to it. `finish` makes the resource of a file that is whole. */
export function continueSession(world: World, shelf: string, finish: FinishUpload) {
  return async (context: Context): Promise<Response> => {
    const session = world.shelves.of<UploadSession>(shelf).get(context.req.query("upload_id") ?? "");
    if (!session || session.expiresAt <= world.clock.now()) return googleErrors["not-found"]();
    const body = new Uint8Array(await context.req.arrayBuffer());
    const range = readRange(context.req.header("content-range"), session);
    if (range === null) return badRequest("Failed to parse Content-Range header.");
    if (session.resource) return googleJson(session.resource);
    if (range.kind === "query") return body.length > 0 ? badRequest("A query has no body.") : incomplete(session);
    const refusal = refused(session, range, body);
    if (refusal) return refusal;
    session.file.put(session.chunks, body);
    session.chunks += 1;
    if (session.file.size < session.bytes) return incomplete(session);
    session.resource = finish(session);
    return googleJson(session.resource);
  };
}

type Range = { readonly kind: "query" } | { readonly kind: "bytes"; readonly first: number; readonly last: number };

/** Without the header: the whole file in one. */
function readRange(header: string | undefined, { bytes }: UploadSession): Range | null {
  if (header === undefined) return { kind: "bytes", first: 0, last: bytes - 1 };
  const [, span, first, last, total] = /^bytes (\*|(\d+)-(\d+))\/(\d+)$/.exec(header) ?? [];
  if (span === undefined || Number(total) !== bytes) return null;
  if (span === "*") return { kind: "query" };
  const range = { kind: "bytes", first: Number(first), last: Number(last) } as const;
  return range.first <= range.last && range.last < bytes ? range : null;
}

function refused(session: UploadSession, { first, last }: { first: number; last: number }, body: Uint8Array) {
  const { size } = session.file;
  // Bytes in between are missing: to be asked about, and sent.
  if (first > size) return googleErrors.unavailable();
  if (first < size) return badRequest(`Invalid request. The first byte must be ${size}.`);
  const wanted = last - first + 1;
  if (body.length !== wanted) {
    // The connection broke: what came in whole granules is kept.
    const whole = Math.floor(Math.min(body.length, wanted) / granule) * granule;
    if (whole > 0) session.file.put(session.chunks, body.slice(0, whole));
    if (whole > 0) session.chunks += 1;
    return badRequest(`Invalid request. There were ${body.length} bytes of ${wanted}.`);
  }
  const isLast = last === session.bytes - 1;
  return isLast || wanted % granule === 0
    ? null
    : badRequest(`Invalid request. The chunk has ${wanted} bytes, which is no multiple of ${granule}.`);
}

/** Without `Range` where there is nothing yet. */
function incomplete({ file: { size } }: UploadSession): Response {
  return new Response(null, {
    status: 308,
    headers: { "content-length": "0", ...(size > 0 ? { range: `bytes=0-${size - 1}` } : {}) },
  });
}
