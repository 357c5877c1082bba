/** PUT /dms-uploads/…: the bytes of an image or document, or of one part of a video. */
import type { Context } from "hono";
import type { TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { type Asset, assetsOf, etagOf } from "./assets.ts";
import { linkedinError, linkedinErrors } from "./errors.ts";

/** https://learn.microsoft.com/linkedin/marketing/community-management/shares/documents-api */
const largest: Readonly<Record<Asset["kind"], number>> = {
  image: 36_152_320,
  document: 100_000_000,
  video: 4_194_304,
};

export function receive(world: World) {
  return async (context: Context<{ Bindings: TwinBindings }>): Promise<Response> => {
    const { kind = "", id = "", part: number = "" } = context.req.param();
    const asset = assetsOf(world).get(`urn:li:${kind}:${id}`);
    const part = asset?.parts[Number(number)];
    if (!asset || !part || context.req.query("sig") !== asset.secret) return linkedinErrors["not-found"]();
    const refusal = refused(world, asset, context);
    if (refusal) return refusal;
    const bytes = await bytesOf(context.req.raw.body, part.length ?? largest[asset.kind]);
    if (bytes === null) return linkedinErrors["too-large"]();
    if (bytes.length === 0 || bytes.length !== (part.length ?? bytes.length)) {
      return linkedinError(400, null, `${bytes.length} bytes are not this part's`);
    }
    if (!asset.file.put(Number(number), bytes)) return linkedinError(409, null, "This was sent with other bytes");
    part.etag = etagOf(bytes);
    if (asset.kind === "video") return new Response(null, { status: 200, headers: { etag: part.etag } });
    asset.completedAt = world.clock.now();
    return new Response(null, { status: 201 });
  };
}

function refused(world: World, asset: Asset, context: Context): Response | null {
  if (asset.expiresAt <= world.clock.now()) return linkedinError(403, null, "The upload URL has expired");
  if (asset.completedAt !== null) return linkedinError(409, null, "The upload is complete");
  // The address of a part is the right to it; the others want the token as well.
  if (asset.kind !== "video") return isOwn(world, context) ? null : linkedinErrors["access-token-invalid"]();
  const isPlain = context.req.header("content-type") === "application/octet-stream";
  return isPlain ? null : linkedinError(415, null, "Unsupported Media Type");
}

function isOwn(world: World, context: Context): boolean {
  const bearer = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
  return bearer !== undefined && world.grants.access("linkedin", bearer) !== null;
}

/** null: more than `most`, or a connection that broke. */
async function bytesOf(body: ReadableStream<Uint8Array> | null, most: number): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of body ?? []) {
      size += piece.length;
      if (size > most) return null;
      pieces.push(piece);
    }
  } catch {
    return new Uint8Array();
  }
  return Buffer.concat(pieces);
}
