/** POST /v5/media, GET /v5/media/ID, and the host where the file goes. */
import { createHash } from "node:crypto";
import type { Context } from "hono";
import { type Instant, seconds } from "../../domain/time.ts";
import type { World } from "../world.ts";
import type { PinterestContext } from "./access.ts";
import { answer, pinterestError, pinterestErrors } from "./errors.ts";

export const uploadHost = "pinterest-media-upload.s3-accelerate.amazonaws.com";

export interface Media {
  readonly id: string;
  readonly owner: string;
  readonly fields: Readonly<Record<string, string>>;
  file: { readonly bytes: number; readonly sha256: string; readonly type: string; readonly isVideo: boolean } | null;
  receivedAt: Instant;
}

export const mediaOf = (world: World): Map<string, Media> => world.shelves.of<Media>("pinterest media");

/** How long Pinterest looks into a video. */
const processing = seconds(3);

export function statusOf({ clock }: World, { file, receivedAt }: Media): string {
  if (!file) return "registered";
  if (clock.now() < receivedAt + processing) return "processing";
  return file.isVideo ? "succeeded" : "failed";
}

export function register(world: World) {
  return async (context: PinterestContext): Promise<Response> => {
    const body = (await context.req.json().catch(() => null)) as { media_type?: unknown } | null;
    if (body?.media_type !== "video") return pinterestError(400, 1, "Invalid request: 'media_type' must be video");
    const id = String(Buffer.from(world.random.bytes(6)).readUIntBE(0, 6));
    const fields = {
      "x-amz-date": "20261121T000000Z",
      "x-amz-signature": Buffer.from(world.random.bytes(32)).toString("hex"),
      "x-amz-security-token": Buffer.from(world.random.bytes(24)).toString("base64"),
      "x-amz-algorithm": "AWS4-HMAC-SHA256",
      key: `uploads/${id}/video`,
      policy: Buffer.from(world.random.bytes(24)).toString("base64"),
      "x-amz-credential": "ASIASANDBOX/20261121/us-east-1/s3/aws4_request",
      "Content-Type": "multipart/form-data",
    };
    mediaOf(world).set(id, { id, owner: context.get("person").handle, fields, file: null, receivedAt: 0 });
    return answer(
      { media_id: id, media_type: "video", upload_url: `https://${uploadHost}/`, upload_parameters: fields },
      201,
    );
  };
}

export function readMedia(world: World) {
  return (context: PinterestContext): Response => {
    const media = mediaOf(world).get(context.req.param("id") ?? "");
    if (media?.owner !== context.get("person").handle) return pinterestErrors["pin-not-found"]?.() ?? answer({}, 404);
    return answer({ media_id: media.id, media_type: "video", status: statusOf(world, media) });
  };
}

const refused = (status: number, code: string) =>
  new Response(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${code}</Message></Error>`,
    {
      status,
      headers: { "content-type": "application/xml" },
    },
  );

/** Amazon's: every field as it was given, the file last. */
export function receive(world: World) {
  return async (context: Context): Promise<Response> => {
    if (context.req.header("authorization") !== undefined) return refused(400, "InvalidArgument");
    const form = await context.req.raw.formData().catch(() => null);
    const media = [...mediaOf(world).values()].find(({ fields }) => fields["key"] === form?.get("key"));
    if (!form || !media) return refused(403, "AccessDenied");
    if (Object.entries(media.fields).some(([name, value]) => form.get(name) !== value))
      return refused(403, "AccessDenied");
    const file = form.get("file");
    if (!(file instanceof File) || [...form.keys()].at(-1) !== "file") return refused(400, "InvalidArgument");
    const content = Buffer.from(await file.arrayBuffer());
    media.file = {
      bytes: content.length,
      sha256: createHash("sha256").update(content).digest("hex"),
      type: "video/mp4",
      isVideo: content.subarray(4, 8).toString("latin1") === "ftyp",
    };
    media.receivedAt = world.clock.now();
    return new Response(null, { status: 204 });
  };
}
