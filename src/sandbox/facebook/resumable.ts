/** The Resumable Upload API. https://developers.facebook.com/docs/graph-api/guides/upload */
import { days } from "../../domain/time.ts";
import type { GraphContext } from "../graph/access.ts";
import { graphError, invalidParameter, noSuchObject } from "../graph/errors.ts";
import { ReceivedFile } from "../received-file.ts";
import type { Upload } from "../uploads.ts";
import type { World } from "../world.ts";

const types = ["application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"];

export const largestVideo = 10 * 1024 ** 3;

export function beginUpload(world: World) {
  return (context: GraphContext): Response => {
    const parameters = context.get("parameters");
    const app = context.req.param("id") ?? "";
    if (app !== context.get("token").grant.clientId) return noSuchObject(app, "post");
    const missing = ["file_name", "file_length", "file_type"].find((name) => !parameters.text(name));
    if (missing !== undefined) return invalidParameter(`The parameter ${missing} is required`);
    const bytes = Number(parameters.text("file_length"));
    const type = parameters.text("file_type") ?? "";
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > largestVideo) return invalidParameter("Invalid file_length");
    if (!types.includes(type)) return invalidParameter(`file_type must be one of ${types.join(", ")}`);
    const id = `upload:${Buffer.from(world.random.bytes(18)).toString("base64url")}`;
    world.uploads.add({
      platform: "facebook",
      id,
      owner: context.get("person").handle,
      kind: "video",
      type,
      bytes,
      expiresAt: world.clock.now() + days(1),
      file: new ReceivedFile({ keep: false }),
      finalizedAt: null,
      alt: null,
    });
    return context.json({ id });
  };
}

/** The rest of the file from `file_offset` on, in one request; what came of it before a break is kept. */
export function receiveUpload(world: World) {
  return async (context: GraphContext): Promise<Response> => {
    const upload = ownUpload(world, context, "post");
    if (upload instanceof Response) return upload;
    const offset = context.req.header("file_offset");
    if (offset === undefined) return invalidParameter("The header file_offset is required");
    if (Number(offset) !== upload.file.size) {
      return graphError({
        code: 100,
        message: `(#100) file_offset must be ${upload.file.size}, the bytes that are there`,
      });
    }
    const whole = await receiveInto(upload, upload.bytes, context.req.raw.body);
    if (whole === "too-much") return invalidParameter("More bytes than file_length");
    // A part of the file is taken as well.
    if (upload.file.size < upload.bytes) return context.json({ id: upload.id, file_offset: upload.file.size });
    upload.finalizedAt = world.clock.now();
    return context.json({ h: handleOf(upload) });
  };
}

export function uploadState(world: World) {
  return (context: GraphContext): Response => {
    const upload = ownUpload(world, context, "get");
    return upload instanceof Response ? upload : context.json({ id: upload.id, file_offset: upload.file.size });
  };
}

function ownUpload(world: World, context: GraphContext, verb: "get" | "post"): Upload | Response {
  const id = context.req.param("upload") ?? "";
  const upload = world.uploads.find("facebook", id);
  const usable = upload?.owner === context.get("person").handle && upload.expiresAt > world.clock.now();
  return upload && usable ? upload : noSuchObject(id, verb);
}

/** As it comes in; a connection that breaks leaves what came. */
export async function receiveInto(
  { file }: Pick<Upload, "file">,
  total: number,
  body: ReadableStream<Uint8Array> | null,
): Promise<"whole" | "broken" | "too-much"> {
  try {
    for await (const bytes of body ?? []) {
      if (file.size + bytes.length > total) return "too-much";
      file.put(file.count, bytes);
    }
    return "whole";
  } catch {
    return "broken";
  }
}

const handleOf = ({ id }: Upload): string => `4::${Buffer.from(id).toString("base64url")}`;

/** A whole file of this person, by its handle. */
export function fileOfHandle(world: World, handle: string, owner: string): Upload | null {
  const id = Buffer.from(handle.replace(/^4::/, ""), "base64url").toString();
  const upload = world.uploads.find("facebook", id);
  return upload?.owner === owner && upload.finalizedAt !== null ? upload : null;
}
