/** PUT to an upload URL. https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide */
import type { HonoRequest } from "hono";
import { Hono } from "hono";
import type { TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { isDue, type RangeGiven, rangeIn } from "./chunk-rules.ts";
import { publish } from "./publication.ts";
import type { Share, ShareUpload } from "./shares.ts";

const types = ["video/mp4", "video/quicktime", "video/webm"];

const bare = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers });

export function uploadHost(world: World): Hono<{ Bindings: TwinBindings }> {
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.put("/video/", async ({ req }) => {
    const share = world.shares.findUpload(req.query("upload_id") ?? "");
    const upload = share?.upload;
    if (!share || !upload) return bare(404);
    if (req.query("upload_token") !== upload.token || world.clock.now() >= upload.expiresAt) return bare(403);
    const range = rangeIn(req.header("content-range"));
    const length = Number(req.header("content-length") ?? Number.NaN);
    const fits = range !== null && length === range.last - range.first + 1;
    if (!fits || !types.includes(req.header("content-type") ?? "")) return bare(400);
    if (!isDue(upload.announced, upload.received, range)) return bare(416, receivedSoFar(upload));
    const came = await receive(req, upload, range);
    if (!came) return bare(400);
    if (upload.received < upload.announced.bytes) return bare(206, receivedSoFar(upload));
    complete(world, share, upload);
    return bare(201, receivedSoFar(upload));
  });
  return host;
}

function receivedSoFar({ received, announced }: ShareUpload): Record<string, string> {
  return received === 0 ? {} : { "content-range": `bytes 0-${received - 1}/${announced.bytes}` };
}

/** A chunk counts when it has come whole, and only once. */
async function receive(request: HonoRequest, upload: ShareUpload, { first, last }: RangeGiven): Promise<boolean> {
  const hash = upload.hash.copy();
  const head: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of request.raw.body ?? []) {
      if (first === 0 && length < 64) head.push(piece.slice(0, 64));
      hash.update(piece);
      length += piece.length;
    }
  } catch {
    return false;
  }
  if (length !== last - first + 1 || upload.received !== first) return false;
  upload.hash = hash;
  upload.received = last + 1;
  if (first === 0) upload.head = Buffer.concat(head).subarray(0, 64);
  upload.type = request.header("content-type") ?? null;
  return true;
}

/** What is inside decides. Beyond that the sandbox looks into no video. */
const signatures: readonly (readonly [at: number, bytes: string])[] = [
  [4, "ftyp"],
  [4, "moov"],
  [4, "wide"],
  [4, "mdat"],
  [0, "\x1a\x45\xdf\xa3"],
];

function complete(world: World, share: Share, { head }: ShareUpload): void {
  const text = head.toString("latin1");
  share.completeAt = world.clock.now();
  if (!signatures.some(([at, bytes]) => text.startsWith(bytes, at))) share.failReason = "file_format_check_failed";
  else if (!share.inbox) publish(world, share);
}
