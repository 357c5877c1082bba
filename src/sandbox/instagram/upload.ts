/** POST rupload.facebook.com/ig-api-upload/{version}/{container}: a video, or the rest of one. */
import type { Context } from "hono";
import { seconds } from "../../domain/time.ts";
import { stateOf } from "../containers.ts";
import { receiveInto } from "../facebook/resumable.ts";
import { refusedToken } from "../graph/access.ts";
import { fileTypeOf } from "../graph/file-type.ts";
import { personOf, type World } from "../world.ts";
import { rulesOf } from "./create-container.ts";
import { uploadErrors } from "./errors.ts";

export function receiveVideo(world: World) {
  return async (context: Context): Promise<Response> => {
    const container = world.containers.find("instagram", context.req.param("id") ?? "");
    const owner = tokenOwner(world, context.req.header("authorization") ?? "");
    if (!container?.upload || owner !== container.owner) return uploadErrors["upload-unauthorized"]();
    const [offset, size] = [context.req.header("offset"), context.req.header("file_size")].map(Number);
    const rules = rulesOf(container);
    const isOpen = stateOf(container, world.clock.now()) === "IN_PROGRESS" && container.readyAt === null;
    if (!isOpen || !size || size > rules.bytes) return uploadErrors["upload-refused"]();
    if (offset !== container.upload.size) return uploadErrors["upload-offset"]();
    const received = await receiveInto({ file: container.upload }, size, context.req.raw.body);
    if (received === "too-much") return uploadErrors["upload-refused"]();
    if (received === "broken" || container.upload.size !== size) return uploadErrors["upload-partial"]();
    const type = fileTypeOf(container.upload.content);
    if (type?.startsWith("video/")) {
      container.file = { kind: "video", type, bytes: size, sha256: container.upload.sha256, content: null };
    } else container.problem = rules.problems.unusable;
    container.readyAt = world.clock.now() + seconds(rules.processing);
    return context.json({ success: true, message: "Upload successful." });
  };
}

/** In this header alone, and with this scheme. Of either way in. */
function tokenOwner(world: World, authorization: string): string | null {
  const value = /^OAuth (\S+)$/i.exec(authorization)?.[1] ?? "";
  const token = world.grants.accessToken(value);
  const platform = token?.grant.platform;
  if (!token || (platform !== "instagram" && platform !== "facebook")) return null;
  if (refusedToken(world, platform, token)) return null;
  return personOf(world, token.grant.person)?.handle ?? null;
}
